import type {
  AdapterFactory,
  Server,
  ServerOptions,
  Socket,
} from "@deno-socketio/server";
import { type Client, type ClientOptions, TestBed, within } from "./clients.ts";

/** What lets servers find each other, and how it is ended behind them. */
export interface Fleet extends AsyncDisposable {
  /** One for each server. */
  readonly adapters?: readonly AdapterFactory[];
  /** Options of each server, where there are others than the adapter. */
  readonly options?: readonly ServerOptions[];
}

/** Makes what as many servers need to find each other. */
export type CreateFleet = (size: number) => Promise<Fleet>;

/** A client, and its socket on the server it is connected to. */
export interface Pair {
  readonly client: Client;
  readonly socket: Socket;
  /** The events the client gets, in order, with their arguments. */
  readonly heard: unknown[][];
}

/** Several servers that serve the same namespaces. */
export class ClusterBed implements AsyncDisposable {
  readonly #fleet: Fleet;
  readonly #beds: readonly TestBed[];
  /** Whether events have an offset behind them. */
  readonly #hasOffsets: boolean;
  /** The servers. */
  readonly servers: readonly Server[];

  private constructor(fleet: Fleet) {
    this.#fleet = fleet;
    const options: readonly ServerOptions[] = fleet.options ??
      (fleet.adapters ?? []).map((adapter) => ({ adapter }));
    this.#hasOffsets = options.some(({ connectionStateRecovery }) =>
      connectionStateRecovery !== undefined
    );
    this.#beds = options.map((options) =>
      new TestBed("4.8.4", "websocket", options)
    );
    this.servers = this.#beds.map(({ io }) => io);
  }

  /** Starts servers, and waits until each knows of all others. */
  static async start(create: CreateFleet, size: number): Promise<ClusterBed> {
    const bed = new ClusterBed(await create(size));
    await bed.join("/");
    return bed;
  }

  /** Waits until each server knows that all others serve a namespace. */
  async join(namespace: string): Promise<void> {
    await untilJoined(this.servers, namespace);
  }

  /** Connects a client to a server. */
  async connect(
    server: number,
    namespace = "/",
    options?: ClientOptions,
  ): Promise<Pair> {
    const bed = this.#beds[server];
    if (bed === undefined) throw new RangeError(`No server ${server}`);
    const [socket, client] = await bed.pair(namespace, options);
    const heard: unknown[][] = [];
    client.onAny((event, ...args) => {
      const values = args.filter((value) => typeof value !== "function");
      // What wants an answer has no offset.
      if (this.#hasOffsets && values.length === args.length) values.pop();
      if (event !== "fence") heard.push([event, ...values]);
    });
    return { client, socket, heard };
  }

  /** Connects a client to each server. */
  connectAll(namespace = "/"): Promise<Pair[]> {
    return Promise.all(
      this.servers.map((_, server) => this.connect(server, namespace)),
    );
  }

  /** Resolves when all that a server has sent before has reached the clients. */
  async fence(
    pairs: readonly Pair[],
    server = 0,
    namespace = "/",
  ): Promise<void> {
    const name = crypto.randomUUID();
    const all = pairs.map(({ client }) =>
      new Promise<void>((resolve) => {
        const listener = (passed: string) => {
          if (passed !== name) return;
          client.off("fence", listener);
          resolve();
        };
        client.on("fence", listener);
      })
    );
    this.servers[server]?.of(namespace).emit("fence", name);
    await within(Promise.all(all), "the fence");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#beds.map((bed) => bed[Symbol.asyncDispose]()));
    await this.#fleet[Symbol.asyncDispose]();
  }
}

/** Waits until each server knows that all of them serve a namespace. */
export async function untilJoined(
  servers: readonly Server[],
  namespace = "/",
): Promise<void> {
  const adapters = servers.map((io) => io.of(namespace).adapter);
  await until(async () => {
    const counts = await Promise.allSettled(
      // One that is still opening may not know before its patience is over.
      adapters.map((adapter) => adapter.serverCount()),
    );
    return counts.every((count) =>
      count.status === "fulfilled" && count.value === servers.length
    );
  }, `${servers.length} servers`);
}

/** Waits until a condition that nothing tells of holds. */
export async function until(
  holds: () => Promise<boolean> | boolean,
  what: string,
): Promise<void> {
  let isLate = false;
  const wait = async () => {
    while (!isLate && !(await holds())) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  try {
    await within(wait(), what);
  } finally {
    isLate = true;
  }
}
