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
import { connectStreamsFleet } from "./redis_bed.ts";
import { RedisProcess } from "./redis_process.ts";

/** How the servers of a {@linkcode StreamsBed} are. */
export interface StreamsBedOptions {
  readonly size?: number;
  readonly adapter?: StreamsAdapterOptions;
  readonly server?: ServerOptions;
}

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
  readonly redis: RedisProcess;
  readonly beds: readonly TestBed[];

  private constructor(
    stack: AsyncDisposableStack,
    redis: RedisProcess,
    beds: readonly TestBed[],
  ) {
    this.#visitors = stack.use(new Visitors());
    this.#stack = stack;
    this.redis = redis;
    this.beds = beds;
  }

  static async start(
    { size = 2, adapter, server }: StreamsBedOptions = {},
  ): Promise<StreamsBed> {
    await using stack = new AsyncDisposableStack();
    const redis = stack.use(await RedisProcess.start());
    const fleet = stack.use(
      await connectStreamsFleet("node-redis", redis.port, size, adapter),
    );
    const beds = fleet.adapters.map((adapter) =>
      stack.use(
        new TestBed("4.8.4", "websocket", {
          connectionStateRecovery: {},
          adapter,
          ...server,
        }),
      )
    );
    for (const { io } of beds) {
      while (await io.of("/").adapter.serverCount() < size) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
    return new StreamsBed(stack.move(), redis, beds);
  }

  /** The servers. */
  get servers(): readonly Server[] {
    return this.beds.map(({ io }) => io);
  }

  /** Connects a client, which may have been elsewhere before. */
  async connect(
    server: number,
    auth: { pid?: string; offset?: string | undefined } = {},
    namespace = "/",
  ): Promise<Mover> {
    const mover = new Mover(
      this.#visitors.open(
        "4.8.4",
        "websocket",
        this.beds[server]!.url + namespace,
        { auth },
      ),
    );
    await connected(mover.client);
    return mover;
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
