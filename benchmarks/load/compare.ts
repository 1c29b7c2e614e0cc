/**
 * Compares Socket.IO servers: every server in every scenario, interleaved, CPU
 * time of the server process. `--help` and README.md say how.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { choose, names, parseRounds } from "./choices.ts";
import { describeEnvironment } from "./environment.ts";
import type { Environment } from "./environment.ts";
import { compileLoad } from "./load.ts";
import { installPeers, peerVersion } from "./peers.ts";
import { run } from "./process.ts";
import { costOf, report } from "./report.ts";
import { runAll } from "./runner.ts";
import type { Run } from "./runner.ts";
import { SCENARIOS } from "./scenarios.ts";
import { endServersOnSignals } from "./server_process.ts";
import { FLOOR, SERVERS } from "./servers.ts";
import type { Server } from "./servers.ts";

/** What a kept file holds: the environment, then the runs, a line of JSON each. */
interface Kept {
  environment: Environment;
  runs: Run[];
}

const HELP = `deno task bench:load [options]

  --servers a,b      only these: ${names(SERVERS)}
  --scenarios a,b    only these: ${names(SCENARIOS)}
  --repeats 5        rounds; a verdict wants nine
  --reference a,b    whom ratios are taken to (node-ws,${FLOOR})
  --report file      print the tables of an earlier run
`;

/** Leaves out servers that cannot run here, and says so. */
async function available(servers: readonly Server[]): Promise<Server[]> {
  const found: Server[] = [];
  for (const server of servers) {
    const missing: string[] = [];
    for (const name of server.packages ?? []) {
      if (!await peerVersion(name)) missing.push(`npm:${name}`);
    }
    const [command] = server.command;
    if (missing.length === 0 && !(await run(command, ["--version"])).ok) {
      missing.push(command);
    }
    if (missing.length === 0) found.push(server);
    else console.error(`${server.name} skipped: no ${missing.join(", ")}`);
  }
  return found;
}

async function measure(
  servers: readonly Server[],
  scenarios: typeof SCENARIOS,
  rounds: number,
): Promise<Kept> {
  await compileLoad();
  if (servers.some(({ packages }) => packages)) await installPeers();
  const present = await available(servers);
  const environment = await describeEnvironment([
    "deno task bench:load",
    ...Deno.args,
  ]);
  const stamp = new Date().toISOString().slice(0, 19).replaceAll(":", "");
  const file = new URL(`out/${stamp}.jsonl`, import.meta.url);
  await Deno.writeTextFile(file, JSON.stringify(environment) + "\n");
  endServersOnSignals();
  const runs: Run[] = [];
  for await (const measured of runAll(present, scenarios, rounds)) {
    runs.push(measured);
    await Deno.writeTextFile(file, JSON.stringify(measured) + "\n", {
      append: true,
    });
    const cost = costOf(measured);
    const told = cost === undefined
      ? "failed"
      : `${cost.toFixed(3)} s per 100k`;
    console.error(
      `${
        measured.round + 1
      }/${rounds} ${measured.scenario} ${measured.server}: ${told}`,
    );
  }
  console.error(`kept in ${file.pathname}`);
  return { environment, runs };
}

async function readKept(file: string): Promise<Kept> {
  const [environment, ...runs] = (await Deno.readTextFile(file)).trim()
    .split("\n").map((line) => JSON.parse(line));
  return { environment, runs };
}

const { values } = parseArgs({
  args: Deno.args,
  options: {
    servers: { type: "string" },
    scenarios: { type: "string" },
    repeats: { type: "string", default: "5" },
    reference: { type: "string", default: `node-ws,${FLOOR}` },
    report: { type: "string" },
    help: { type: "boolean", default: false },
  },
});

if (values.help) {
  console.log(HELP);
} else {
  const references = choose(SERVERS, values.reference);
  const { environment, runs } = values.report
    ? await readKept(values.report)
    : await measure(
      choose(SERVERS, values.servers),
      choose(SCENARIOS, values.scenarios),
      parseRounds(values.repeats),
    );
  console.log(report(environment, runs, references.map(({ name }) => name)));
  if (runs.some(({ result }) => "error" in result)) Deno.exitCode = 1;
}
