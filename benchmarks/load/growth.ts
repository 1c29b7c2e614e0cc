/**
 * Shows how the cost of one unit grows with the number of connections, rooms,
 * members and namespaces, and what memory is left after everyone went.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { describeEnvironment } from "./environment.ts";
import { compileLoad, runLoad } from "./load.ts";
import type { Figures } from "./load.ts";
import { digits, table } from "./markdown.ts";
import { endServersOnSignals, ServerProcess } from "./server_process.ts";

/** Something that grows. */
interface Series {
  readonly name: string;
  readonly title: string;
  /** What CPU time is counted by. */
  readonly unit: string;
  readonly sizes: readonly number[];
  /** The load at a size: options of the load generator. */
  load(size: number): string;
  /** CPU microseconds per unit. */
  cost(figures: Figures): number;
}

/** What the server tells about itself after a garbage collection. */
interface Memory {
  readonly clients: number;
  readonly heapUsed: number;
  readonly rss: number;
}

const perMessage = ({ cpu, n }: Figures) => cpu / n * 1e6;

const SERIES: readonly Series[] = [
  {
    name: "connections",
    title: "idle connections",
    unit: "connect",
    sizes: [10, 100, 1_000, 5_000, 10_000, 20_000],
    load: (size) => `scenario=idle clients=${size} hold=2`,
    cost: ({ connect_cpu, connects }) => connect_cpu / connects * 1e6,
  },
  {
    name: "clients",
    title: "clients that share 5,000 echoes a second",
    unit: "message",
    sizes: [10, 100, 1_000, 5_000, 10_000],
    load: (size) =>
      `scenario=echo clients=${size} count=15000 warm=10000 rate=5000`,
    cost: perMessage,
  },
  {
    name: "rooms",
    title: "rooms that each of 10 clients joins, then leaves",
    unit: "join or leave",
    sizes: [1, 10, 100, 1_000, 10_000],
    load: (size) =>
      `scenario=churn clients=10 depth=${size} count=200000 warm=20000`,
    cost: perMessage,
  },
  {
    name: "members",
    title: "members of the room that gets broadcasts",
    unit: "delivery",
    sizes: [1, 10, 100, 1_000, 10_000],
    load: (size) => {
      const count = Math.min(20_000, 200_000 / size);
      return `scenario=bcast clients=${size} count=${count} warm=${
        count / 5
      } size=186`;
    },
    cost: perMessage,
  },
  {
    name: "namespaces",
    title: "namespaces that each of 4 clients is in, left and entered again",
    unit: "reentry",
    sizes: [1, 10, 100, 1_000, 10_000],
    load: (size) =>
      `scenario=namespaces clients=4 depth=${size} count=50000 warm=${
        Math.max(20_000, 4 * size)
      }`,
    cost: perMessage,
  },
  {
    name: "backlog",
    title: "KB waiting for each client that does not read, then does",
    unit: "KB",
    sizes: [100, 1_000, 10_000],
    load: (size) =>
      `scenario=bcast clients=${
        Math.min(200, 200_000 / size)
      } size=100000 count=${size / 100} warm=10 stall=1`,
    cost: ({ cpu, n }) => cpu / (n * 100) * 1e6,
  },
];

const PROGRAM = [
  Deno.execPath(),
  "run",
  "--allow-net",
  "--allow-env",
  "--allow-sys",
  "--v8-flags=--expose-gc",
  "servers/growth.ts",
] as const;

/** Asks a server for its memory once all clients have left. */
async function memoryAfterwards(
  server: ServerProcess,
): Promise<Memory | undefined> {
  for (let attempt = 0; attempt < 50; attempt++) {
    server.kill("SIGUSR2");
    const line = await server.line();
    if (line === undefined) return undefined;
    const memory: Memory = JSON.parse(line);
    if (memory.clients === 0) return memory;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return undefined;
}

/** Loads one server twice: the second time it is warm, and must not grow. */
async function row(series: Series, size: number): Promise<string[]> {
  const label = size.toLocaleString("en");
  await using server = new ServerProcess(PROGRAM);
  const cold = await runLoad(server, series.load(size));
  if ("error" in cold) return [label, cold.error];
  const once = await memoryAfterwards(server);
  const warm = await runLoad(server, series.load(size));
  if ("error" in warm) return [label, warm.error];
  const twice = await memoryAfterwards(server);
  if (!once || !twice) return [label, "clients stay connected"];
  return [
    label,
    digits(series.cost(warm)),
    digits(cold.rss_before / 1024),
    digits(cold.rss / 1024),
    digits(once.rss / 2 ** 20),
    digits(twice.rss / 2 ** 20),
    digits(once.heapUsed / 2 ** 20),
    digits(twice.heapUsed / 2 ** 20),
  ];
}

const { values } = parseArgs({
  args: Deno.args,
  options: { series: { type: "string" }, sizes: { type: "string" } },
});
const wanted = values.series?.split(",");
const sizes = values.sizes?.split(",").map(Number);
if (sizes?.some((size) => !Number.isInteger(size) || size < 1)) {
  throw new RangeError(`Cannot measure sizes of "${values.sizes}"`);
}
for (const name of wanted ?? []) {
  if (!SERIES.some((series) => series.name === name)) {
    const names = SERIES.map((series) => series.name).join(", ");
    throw new RangeError(`Cannot find "${name}": there are ${names}`);
  }
}

await compileLoad();
endServersOnSignals();
console.log("# Growth\n");
const command = ["deno run -A benchmarks/load/growth.ts", ...Deno.args];
for (const line of await describeEnvironment(command)) console.log(`- ${line}`);
for (const series of SERIES) {
  if (!(wanted?.includes(series.name) ?? true)) continue;
  const rows: string[][] = [];
  for (const size of sizes ?? series.sizes) {
    console.error(`${series.name} ${size}`);
    rows.push(await row(series, size));
  }
  console.log(`\n## ${series.name}: ${series.title}\n`);
  console.log(table([
    series.name,
    `CPU µs per ${series.unit}`,
    "RSS MiB before",
    "with everyone",
    "after all left",
    "after a second time",
    "heap MiB after",
    "after a second time",
  ], rows));
}
