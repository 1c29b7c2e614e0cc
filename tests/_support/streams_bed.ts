/** Servers that recover sessions from a Redis stream, and clients that move between them. */

import type { Server, ServerOptions, Socket } from "@deno-socketio/server";
import type { StreamsAdapterOptions } from "@deno-socketio/server/redis";
import {
  type Client,
  connected,
  engineOf,
  next,
  TestBed,
  Visitors,
} from "./clients.ts";
import { untilJoined } from "./cluster_bed.ts";
import { connectStreamsFleet } from "./redis_bed.ts";
import { RedisProcess } from "./redis_process.ts";

/** How the servers of a {@linkcode StreamsBed} are. */
export interface StreamsBedOptions {
  readonly adapter?: StreamsAdapterOptions;
  readonly server?: ServerOptions;
}

/** A busy machine does not make Redis one that hangs. */
export const PATIENT: StreamsAdapterOptions = { publishTimeout: 10_000 };

/** What a client knows of its session: private to it. */
interface SessionKeys {
  readonly _pid: string;
  readonly _lastOffset: string | undefined;
}

/** The secrets of a client's session, as it sends them when it comes back. */
export function keysOf(
  client: Client,
): { pid: string; offset: string | undefined } {
  const { _pid, _lastOffset } = client as unknown as SessionKeys;
  return { pid: _pid, offset: _lastOffset };
}

/** Servers behind one Redis, which a test may disturb. */
export class StreamsBed implements AsyncDisposable {
  readonly #stack: AsyncDisposableStack;
  readonly #visitors: Visitors;
  readonly #options: StreamsBedOptions;
  readonly redis: RedisProcess;
  readonly beds: TestBed[] = [];

  private constructor(redis: RedisProcess, options: StreamsBedOptions) {
    this.#stack = new AsyncDisposableStack();
    this.redis = this.#stack.use(redis);
    this.#visitors = new Visitors();
    this.#options = options;
  }

  /** Starts two servers, and waits until they know of each other. */
  static async start(options: StreamsBedOptions = {}): Promise<StreamsBed> {
    const bed = new StreamsBed(await RedisProcess.start(), options);
    await bed.grow();
    await bed.grow();
    return bed;
  }

  /** Starts one more server. Returns its number. */
  async grow(): Promise<number> {
    const { adapter, server } = this.#options;
    const options = { ...PATIENT, ...adapter };
    const fleet = this.#stack.use(
      await connectStreamsFleet("node-redis", this.redis.port, 1, options),
    );
    const [createAdapter] = fleet.adapters;
    const bed = this.#stack.use(
      new TestBed("4.8.4", "websocket", {
        connectionStateRecovery: {},
        adapter: createAdapter!, // the fleet is of one
        ...server,
      }),
    );
    const number = this.beds.push(bed) - 1;
    await untilJoined(this.servers);
    return number;
  }

  /** The servers. */
  get servers(): readonly Server[] {
    return this.beds.map(({ io }) => io);
  }

  /**
   * Connects a client, which may have been elsewhere before.
   *
   * @param server The number of a server here, or the URL of another.
   * @param auth What it knows of its session.
   * @param namespace Where it connects.
   */
  async connect(
    server: number | string,
    auth: { pid?: string; offset?: string | undefined } = {},
    namespace = "/",
  ): Promise<Mover> {
    const url = typeof server === "string" ? server : this.beds[server]!.url;
    const mover = this.open(url + namespace, auth);
    await connected(mover.client);
    return mover;
  }

  /** Opens a client, and does not wait for it. */
  open(
    url: string,
    auth: { pid?: string; offset?: string | undefined } = {},
  ): Mover {
    return new Mover(
      this.#visitors.open("4.8.4", "websocket", url, { auth }),
    );
  }

  /** The server's end of a client. */
  socketOf({ client }: Mover): Socket {
    for (const { sockets } of this.servers.map((io) => io.of("/"))) {
      const socket = sockets.get(client.id ?? "");
      if (socket !== undefined) return socket;
    }
    throw new Error(`No socket ${client.id}`);
  }

  /** Whether a client's session goes on: it does not know what another had before. */
  hasRecovered(mover: Mover): boolean {
    return this.socketOf(mover).recovered;
  }

  /** Cuts a client off, and waits until its server knows. */
  async cut(mover: Mover): Promise<void> {
    const gone = next(this.socketOf(mover), "disconnect");
    engineOf(mover.client).close();
    await gone;
  }

  /** Lets a client that was cut off go on with another server. */
  move(mover: Mover, server: number): Promise<Mover> {
    return this.connect(server, keysOf(mover.client));
  }

  /** Resolves when what a server has sent to a client before is there. */
  async settle(mover: Mover, server = 0): Promise<void> {
    const settled = next(mover.client, "settled");
    this.servers[server]!.to(mover.client.id!).emit("settled");
    await settled;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#visitors[Symbol.asyncDispose]();
    await this.#stack.disposeAsync();
  }
}

/** A client, and what it hears. */
export class Mover {
  readonly client: Client;
  /** The events it has got, without their offsets, but for `settled`. */
  readonly heard: unknown[][] = [];
  /** The offsets of all of them. */
  readonly offsets: unknown[] = [];

  constructor(client: Client) {
    this.client = client;
    client.onAny((...event: unknown[]) => {
      // What wants an answer has no offset.
      if (typeof event.at(-1) === "function") event.pop();
      else this.offsets.push(event.pop());
      if (event[0] !== "settled") this.heard.push(event);
    });
  }
}
