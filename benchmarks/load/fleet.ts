/**
 * Compares fleets: servers that are one to their clients, over each adapter, ours and
 * npm's on Node. CPU time of all their processes, deliveries per second.
 *
 * @module
 */
import { parseArgs } from "node:util";
import pg from "pg";
import { PostgresProcess } from "../../tests/_support/postgres_process.ts";
import { RedisProcess } from "../../tests/_support/redis_process.ts";
import { choose, names, parseRounds } from "./choices.ts";
import { describeEnvironment } from "./environment.ts";
import {
  type Bus,
  FleetProcesses,
  type Kind,
  KINDS,
  type Side,
  SIDES,
} from "./fleets.ts";
import { compileLoad, type Failure, type Figures, loadAll } from "./load.ts";
import { digits, median, spread, table } from "./markdown.ts";
import { installPeers } from "./peers.ts";
import { endServersOnSignals } from "./server_process.ts";

/** What clients of a fleet do: all of them get what one of them asks for. */
interface Scenario {
  readonly name: string;
  readonly title: string;
  /** How many clients there are, of whom each gets all broadcasts. */
  clients(members: number): number;
  /** How many broadcasts are measured. */
  readonly count: number;
  /** How many come before. */
  readonly warm: number;
  /** What else the load generator is told. */
  readonly options: string;
}

/** Seconds in which the members get to know each other. */
const SETTLE = 2;

const TEXT = "scenario=bcast size=186 vary=1";

const SCENARIOS: readonly Scenario[] = [
  {
    name: "many",
    title: "broadcasts of 200 B to 800 clients, 8 in flight",
    clients: () => 800,
    count: 150,
    warm: 50,
    options: `${TEXT} window=8`,
  },
  {
    name: "few",
    title: "the same to two clients of each member, 16 in flight",
    clients: (members) => 2 * members,
    count: 16_000,
    warm: 8_000,
    options: `${TEXT} window=16`,
  },
  {
    name: "few-warm",
    title:
      "the same after 40,000 broadcasts, when nothing is compiled any more",
    clients: (members) => 2 * members,
    count: 40_000,
    warm: 40_000,
    options: `${TEXT} window=16`,
  },
  {
    name: "bytes",
    title: "broadcasts of 1 KiB of bytes to eight clients of each member",
    clients: (members) => 8 * members,
    count: 2_000,
    warm: 1_000,
    options: "scenario=bcast-bin size=1024 window=8",
  },
];

/** One fleet, once. */
interface Run {
  readonly kind: string;
  readonly members: number;
  readonly scenario: string;
  readonly side: Side;
  readonly round: number;
  readonly result: Figures | Failure;
  /** CPU seconds of the bus for 100,000 deliveries, connects and warm-up included. */
  readonly bus: number;
}

/** What the servers meet in, started when it is first needed. */
class Buses implements AsyncDisposable {
  #redis: RedisProcess | undefined;
  #postgres: PostgresProcess | undefined;

  /** Starts it, or makes it empty, and tells where it is and which process. */
  async prepare(bus: Bus | undefined): Promise<{ url: string; pid?: number }> {
    if (bus === undefined) return { url: "" };
    if (bus === "redis") {
      const redis = this.#redis ??= await RedisProcess.start();
      await redis.command("FLUSHALL");
      return {
        url: `redis://127.0.0.1:${redis.port}`,
        pid: redis.pid ?? 0,
      };
    }
    const { url, pid = 0 } = this.#postgres ??= await PostgresProcess.start();
    const client = new pg.Client(url);
    await client.connect();
    await client.query(
      "CREATE TABLE IF NOT EXISTS socket_io_attachments (id bigserial UNIQUE, created_at timestamptz DEFAULT now(), payload bytea)",
    );
    await client.end();
    return { url, pid };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#redis?.kill();
    await this.#postgres?.[Symbol.asyncDispose]();
  }
}

/** CPU seconds that a process and its children have taken so far; 0 for none. */
async function cpuOf(pid: number | undefined): Promise<number> {
  if (pid === undefined) return 0;
  const path = `/proc/${pid}/task/${pid}/children`;
  const children = (await Deno.readTextFile(path)).trim();
  let ticks = 0;
  for (const each of [pid, ...children.split(" ").filter(Boolean)]) {
    const stat = await Deno.readTextFile(`/proc/${each}/stat`).catch(() => "");
    // Behind the name, which may hold anything: its own time, then of ended children.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    for (const field of fields.slice(11, 15)) ticks += Number(field);
  }
  return ticks / 100;
}

async function measure(
  buses: Buses,
  kind: Kind,
  side: Side,
  members: number,
  scenario: Scenario,
): Promise<Pick<Run, "result" | "bus">> {
  const { url, pid } = await buses.prepare(kind.bus);
  await using fleet = await FleetProcesses.start(kind, side, members, url);
  const before = await cpuOf(pid);
  const { count, warm, options } = scenario;
  const clients = scenario.clients(members);
  const result = await loadAll(
    fleet,
    `${options} clients=${clients} count=${count} warm=${warm} settle=${SETTLE}`,
  );
  const deliveries = (count + warm) * clients;
  const bus = (await cpuOf(pid) - before) / deliveries * 100_000;
  return { result, bus };
}

const costOf = ({ result }: Run) =>
  "error" in result ? undefined : result.cpu / result.n * 100_000;

/** The row of one fleet in the table of its scenario. */
function row(runs: readonly Run[], kind: Kind, members: number): string[] {
  const mine = (side: Side) => runs.filter((run) => run.side === side);
  const costs = (side: Side) => mine(side).flatMap((run) => costOf(run) ?? []);
  const ratios = mine("ours").flatMap((run) => {
    const other = mine("node").find(({ round }) => round === run.round);
    const [own, base] = [costOf(run), other && costOf(other)];
    return own === undefined || base === undefined ? [] : [own / base];
  });
  const speeds = mine("ours").flatMap(({ result, round }) => {
    const other = mine("node").find((run) => run.round === round)?.result;
    return "error" in result || !other || "error" in other
      ? []
      : [result.n / result.wall / (other.n / other.wall)];
  });
  const busOf = (side: Side) =>
    kind.bus === undefined
      ? "-"
      : digits(median(mine(side).map(({ bus }) => bus)));
  return [
    kind.name,
    `${members}`,
    spread(costs("node")),
    spread(costs("ours")),
    spread(ratios),
    spread(speeds),
    `${busOf("node")}, ${busOf("ours")}`,
  ];
}

const HEAD = [
  "fleet",
  "members",
  "Node: CPU s",
  "ours: CPU s",
  "CPU × Node",
  "deliveries/s × Node",
  "bus: CPU s, Node and ours",
];

const HELP = `deno task bench:fleet [options]

  --kinds a,b        only these: ${names(KINDS)}
  --scenarios a,b    only these: ${names(SCENARIOS)}
  --members 1,2,4    how many servers, or workers
  --repeats 5        rounds
`;

const { values } = parseArgs({
  args: Deno.args,
  options: {
    kinds: { type: "string" },
    scenarios: { type: "string" },
    members: { type: "string", default: "1,2,4" },
    repeats: { type: "string", default: "5" },
    help: { type: "boolean", default: false },
  },
});

if (values.help) {
  console.log(HELP);
  Deno.exit();
}

const kinds = choose(KINDS, values.kinds);
const scenarios = choose(SCENARIOS, values.scenarios);
const sizes = values.members.split(",").map(Number);
const rounds = parseRounds(values.repeats);
await compileLoad();
await installPeers();
endServersOnSignals();
const environment = await describeEnvironment(
  ["deno task bench:fleet", ...Deno.args],
  ["socket.io", ...new Set(kinds.flatMap(({ packages }) => packages))],
);

const runs: Run[] = [];
await using buses = new Buses();
for (let round = 0; round < rounds; round++) {
  for (const scenario of scenarios) {
    for (const kind of kinds) {
      for (const members of sizes) {
        const sides = round % 2 === 0 ? SIDES : SIDES.toReversed();
        for (const side of sides) {
          const measured = await measure(buses, kind, side, members, scenario);
          const run: Run = {
            kind: kind.name,
            members,
            scenario: scenario.name,
            side,
            round,
            ...measured,
          };
          runs.push(run);
          const told = "error" in run.result
            ? run.result.error
            : `${costOf(run)?.toFixed(3)} s per 100k`;
          console.error(
            `${
              round + 1
            }/${rounds} ${scenario.name} ${kind.name} × ${members} ${side}: ${told}`,
          );
        }
      }
    }
  }
}

console.log("# Fleets\n");
for (const line of environment) console.log(`- ${line}`);
for (const { name, title } of kinds) console.log(`- \`${name}\`: ${title}`);
console.log("\nCPU seconds are those of all servers for 100,000 deliveries.");
for (const scenario of scenarios) {
  console.log(`\n## ${scenario.name}: ${scenario.title}\n`);
  const of = runs.filter((run) => run.scenario === scenario.name);
  console.log(table(
    HEAD,
    kinds.flatMap((kind) =>
      sizes.map((members) =>
        row(
          of.filter((run) => run.kind === kind.name && run.members === members),
          kind,
          members,
        )
      )
    ),
  ));
}
const failed = runs.filter(({ result }) => "error" in result);
if (failed.length > 0) Deno.exitCode = 1;
