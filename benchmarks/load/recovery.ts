/**
 * Shows what connection state recovery costs a server that broadcasts 10,000 times
 * a second.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { describeEnvironment } from "./environment.ts";
import { digits, median, spread, table } from "./markdown.ts";
import { endServersOnSignals, ServerProcess } from "./server_process.ts";

/** What the server tells of its broadcasts. */
interface Cost {
  /** CPU microseconds for each. */
  readonly cpu: number;
  readonly heapUsed: number;
  readonly rss: number;
}

const PROGRAM = [
  Deno.execPath(),
  "run",
  "--allow-net",
  "--allow-env",
  "--allow-sys",
  "servers/recovery.ts",
] as const;

/** Connects a client that takes what it gets. */
async function connect(port: number): Promise<WebSocket> {
  const socket = new WebSocket(
    `ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`,
  );
  await new Promise<void>((resolve, reject) => {
    socket.onerror = () => reject(new Error("Cannot connect a client"));
    socket.onmessage = ({ data }) => {
      if (data.startsWith("0")) socket.send("40");
      else if (data.startsWith("40")) resolve();
    };
  });
  socket.onmessage = ({ data }) => {
    if (data === "2") socket.send("3");
  };
  return socket;
}

async function measure(recovery: string, clients: number): Promise<Cost> {
  await using server = new ServerProcess(PROGRAM, { RECOVERY: recovery });
  const port = await server.port();
  const sockets = await Promise.all(
    Array.from({ length: clients }, () => connect(port)),
  );
  server.kill("SIGUSR2");
  const cost: Cost = JSON.parse(await server.line(60_000) ?? "{}");
  for (const socket of sockets) socket.close();
  return cost;
}

const { values } = parseArgs({
  args: Deno.args,
  options: { repeats: { type: "string", default: "3" } },
});
endServersOnSignals();
console.log("# The cost of connection state recovery\n");
const command = [
  "deno run -A benchmarks/load/recovery.ts",
  ...Deno.args,
];
for (const line of await describeEnvironment(command)) console.log(`- ${line}`);
const rows: string[][] = [];
for (const clients of [1, 5]) {
  const costs: Record<string, Cost[]> = { off: [], on: [] };
  for (let round = 1; round <= Number(values.repeats); round++) {
    for (const [recovery, list] of Object.entries(costs)) {
      console.error(`${clients} clients, recovery ${recovery}, round ${round}`);
      list.push(await measure(recovery, clients));
    }
  }
  for (const [recovery, list] of Object.entries(costs)) {
    const ratios = list.map(({ cpu }, i) => cpu / (costs.off?.[i]?.cpu ?? NaN));
    rows.push([
      `${clients}, ${recovery}`,
      spread(list.map(({ cpu }) => cpu)),
      spread(ratios),
      digits(median(list.map(({ heapUsed }) => heapUsed / 2 ** 20))),
      digits(median(list.map(({ rss }) => rss / 2 ** 20))),
    ]);
  }
}
console.log();
console.log(table([
  "clients, recovery",
  "CPU µs per broadcast",
  "× without",
  "heap MiB",
  "RSS MiB",
], rows));
