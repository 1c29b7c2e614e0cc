import { PEERS_PATH } from "./peers.ts";
import type { Target } from "./load.ts";
import { ServerProcess } from "./server_process.ts";
import { findFreePort } from "../../tests/_support/environment.ts";

/** What the servers of a fleet meet in. */
export type Bus = "redis" | "postgres";

/** A way in which several servers are one, here and with npm's packages on Node. */
export interface Kind {
  readonly name: string;
  readonly title: string;
  /** The bus that is started for it, if the servers need one. */
  readonly bus?: Bus;
  /** The npm packages that count. */
  readonly packages: readonly string[];
}

/** Every kind, in the order of the report. */
export const KINDS: readonly Kind[] = [
  {
    name: "redis",
    title: "Redis, classic: `createAdapter()`",
    bus: "redis",
    packages: ["@socket.io/redis-adapter", "redis"],
  },
  {
    name: "sharded",
    title: "Redis, sharded channels: `createShardedAdapter()`",
    bus: "redis",
    packages: ["@socket.io/redis-adapter", "redis"],
  },
  {
    name: "streams",
    title: "Redis streams, without recovery: `createStreamsAdapter()`",
    bus: "redis",
    packages: ["@socket.io/redis-streams-adapter", "redis"],
  },
  {
    name: "postgres",
    title: "PostgreSQL, by `pg`",
    bus: "postgres",
    packages: ["@socket.io/postgres-adapter", "pg"],
  },
  {
    name: "cores",
    title: "one machine: `parallel`, and Node's `cluster` with its adapter",
    packages: ["@socket.io/cluster-adapter"],
  },
];

/** Who is compared. */
export const SIDES = ["node", "ours"] as const;

/** One of those who are compared. */
export type Side = (typeof SIDES)[number];

const DENO = Deno.execPath();

/** Servers that are one to their clients. They end with the scope. */
export class FleetProcesses implements Target, AsyncDisposable {
  readonly ports: readonly number[];
  readonly pids: readonly number[];
  readonly #servers: readonly ServerProcess[];

  private constructor(
    servers: readonly ServerProcess[],
    ports: readonly number[],
    pids: readonly number[],
  ) {
    this.#servers = servers;
    this.ports = ports;
    this.pids = pids;
  }

  /** Starts so many members, which meet at `address`. */
  static async start(
    kind: Kind,
    side: Side,
    members: number,
    address: string,
  ): Promise<FleetProcesses> {
    if (kind.bus === undefined) return await startWorkers(side, members);
    const command = side === "node"
      ? ["node", "servers/fleet_node.mjs"] as const
      : [DENO, "run", "--allow-all", "servers/fleet_ours.ts"] as const;
    const env = { ADAPTER: kind.name, BUS: address, PEERS: PEERS_PATH };
    const servers = Array.from(
      { length: members },
      () => new ServerProcess(command, env),
    );
    const ports = await Promise.all(servers.map((server) => server.port()));
    return new FleetProcesses(servers, ports, servers.map(({ pid }) => pid));

    async function startWorkers(side: Side, workers: number) {
      const port = findFreePort();
      const server = new ServerProcess(
        side === "node" ? ["node", "servers/workers_node.mjs"] : [
          DENO,
          "serve",
          "--parallel",
          "--allow-all",
          "--host=127.0.0.1",
          `--port=${port}`,
          "servers/workers_ours.ts",
        ],
        {
          WORKERS: `${workers}`,
          DENO_JOBS: `${workers}`,
          PORT: `${port}`,
          PEERS: PEERS_PATH,
        },
      );
      // The port, and the processes if they are others; Deno puts its own words before.
      const [, first, pids = `${server.pid}`] =
        /(\d+)(?: ([\d,]+))?\n/.exec(await server.line() ?? "") ?? [];
      return new FleetProcesses(
        [server],
        [Number(first)],
        pids.split(",").map(Number),
      );
    }
  }

  async complaint(): Promise<string> {
    const complaints = await Promise.all(
      this.#servers.map((server) => server.complaint()),
    );
    return complaints.filter((text) => text !== "").join("; ");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      this.#servers.map((server) => server[Symbol.asyncDispose]()),
    );
  }
}
