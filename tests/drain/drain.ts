import { createClient } from "redis";
import { Server } from "@deno-socketio/server";
import { createStreamsAdapter } from "@deno-socketio/server/redis";
import { until } from "../_support/cluster_bed.ts";
import { findFreePort, startRedis } from "../_support/environment.ts";
import { Program } from "../_support/program.ts";
import { Balancer } from "./balancer.ts";

/** How a server is drained, or killed. */
export interface DrainTrial {
  readonly clients: number;
  /** How many processes have the clients. */
  readonly processes: number;
  /** Events in a second. */
  readonly rate: number;
  /** Options of `io.drain()`; none if the server is killed instead. */
  readonly drain?: object;
  /** Options of the clients. */
  readonly client: object;
}

/** What came of it. */
export interface DrainOutcome {
  /** Clients that have gone on with the other server. */
  readonly moved: number;
  /** Times that one had to start afresh. */
  readonly losses: number;
  /** Events that clients have heard, all together. */
  readonly heard: number;
  /** Events that one has not heard. */
  readonly missed: number;
  /** Events that one has heard twice. */
  readonly doubled: number;
  /** The numbers of the last events that clients have heard. */
  readonly lasts: readonly number[];
  /** How many events there were. */
  readonly sent: number;
  /** The code that the drained server ended with. */
  readonly code: number;
  /** Clients that it had left when it was drained. */
  readonly left: number;
  /** Milliseconds that draining took. */
  readonly drained: number;
  /** Milliseconds from the signal until all clients were connected again. */
  readonly settled: number;
}

/**
 * Lets clients connect to one of two servers, drains or kills it while events are
 * broadcast, and looks at what each client has heard.
 */
export async function drainServer(trial: DrainTrial): Promise<DrainOutcome> {
  await using stack = new AsyncDisposableStack();
  const { port } = stack.use(await startRedis());
  const adapter = trial.drain ? {} : { snapshotInterval: 10_000 };
  // Nobody else gets the port of the one that ends.
  const ports = [findFreePort(), findFreePort()] as const;
  const startServer = (own: number) =>
    stack.use(
      new Program(
        "drain/server.ts",
        `${port}`,
        `${own}`,
        JSON.stringify({ adapter, drain: trial.drain }),
      ),
    );
  const servers = [startServer(ports[0]), startServer(ports[1])] as const;
  for (const server of servers) {
    await server.find((line) => "listens" in line, "a server");
  }
  const balancer = stack.use(new Balancer(ports));
  const share = Math.ceil(trial.clients / trial.processes);
  const crowds = Array.from({ length: trial.processes }, () =>
    stack.use(
      new Program(
        "drain/clients.ts",
        balancer.url,
        `${share}`,
        JSON.stringify(trial.client),
      ),
    ));
  const whenConnected = () =>
    Promise.all(
      crowds.map((crowd) =>
        crowd.find(({ connected }) => connected === share, "all clients")
      ),
    );
  await whenConnected();

  await using publisher = await startPublisher(port, trial.rate);
  if (trial.drain === undefined) {
    const isWhole = async () => await publisher.snapshots() === trial.clients;
    await until(isWhole, "all sessions in Redis");
  }
  const start = performance.now();
  const { code, drained, left } = await (trial.drain ? drain : kill)(
    servers[0],
  );
  await whenConnected();
  const settled = performance.now() - start;
  const sent = await publisher.stop();
  const outcomes = await Promise.all(
    crowds.map((crowd) => tally(crowd, sent)),
  );
  const sum = (name: string) =>
    outcomes.reduce((total, outcome) => total + Number(outcome[name]), 0);
  return {
    moved: sum("moved"),
    losses: sum("losses"),
    heard: sum("heard"),
    missed: sum("missed"),
    doubled: sum("doubled"),
    lasts: [...new Set(outcomes.flatMap(({ lasts }) => lasts as number[]))], // as they print it
    sent,
    code,
    left,
    drained,
    settled,
  };
}

async function drain(server: Program) {
  const ended = server.terminate();
  const line = await server.find(
    (line) => "drained" in line,
    "the end of the drain",
  );
  return {
    code: await ended,
    drained: Number(line.drained),
    left: Number(line.left),
  };
}

async function kill(server: Program) {
  return { code: await server.kill(), drained: 0, left: 0 };
}

/** Broadcasts numbers from a server that has no clients. */
async function startPublisher(port: number, rate: number) {
  const client = createClient({ socket: { host: "127.0.0.1", port } });
  await client.connect();
  const io = new Server({ adapter: createStreamsAdapter(client) });
  let sent = 0;
  const timer = setInterval(
    () => io.to("news").emit("news", ++sent),
    1_000 / rate,
  );
  return {
    /** Counts the clients whose session is kept. */
    async snapshots(): Promise<number> {
      return (await client.keys("sio:session:connected:*")).length;
    },
    /** Sends no more. Returns how many there were. */
    async stop(): Promise<number> {
      clearInterval(timer);
      await client.ping();
      return sent;
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await io.close();
      client.destroy();
    },
  };
}

/** Asks clients what they have heard, until all have heard the last event. */
async function tally(
  crowd: Program,
  last: number,
): Promise<Record<string, unknown>> {
  for (;;) {
    await crowd.ask();
    const outcome = await crowd.find((line) => "heard" in line, "a tally");
    const { lasts } = outcome as { lasts: number[] }; // as it prints it
    if (lasts.every((number) => number >= last)) return outcome;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
