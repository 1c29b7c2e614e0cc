/**
 * The official clients, as npm has them, against a server in this process.
 *
 * @module
 */

import { Agent, type ClientRequestArgs } from "node:http";
import type { Duplex } from "node:stream";
import {
  io as connect4,
  type ManagerOptions,
  type Socket as NpmSocket,
  type SocketOptions,
} from "socket.io-client";
import connect2 from "socket.io-client-v2";
import connect20 from "socket.io-client-v2-0";
import { io as connect3 } from "socket.io-client-v3";
import { Server, type ServerOptions, type Socket } from "../../mod.ts";
import { within } from "./within.ts";

export { within } from "./within.ts";

/** A client; those of versions 2 and 3 lack some of its members. */
export type Client = NpmSocket;

/** Options of a client, and of the connection it opens. */
export type ClientOptions = Partial<ManagerOptions & SocketOptions>;

/** The transports that a client is told to use. */
export type Mode = "polling" | "websocket" | "upgrade";

/** The versions of the official client that are tested. */
export type Version = "4.8.4" | "3.1.3" | "2.5.0" | "2.0.4";

const MODES: readonly Mode[] = ["polling", "websocket", "upgrade"];

const CONNECT: Readonly<Record<Version, typeof connect4>> = {
  "4.8.4": connect4,
  "3.1.3": connect3 as unknown as typeof connect4, // the same, with fewer options and an older type
  "2.5.0": connect2 as unknown as typeof connect4, // the same again, without types
  "2.0.4": connect20 as unknown as typeof connect4,
};

const TRANSPORTS: Readonly<Record<Mode, ("polling" | "websocket")[]>> = {
  polling: ["polling"],
  websocket: ["websocket"],
  upgrade: ["polling", "websocket"],
};

/** What the tests read and write of a client's engine: more than is public. */
export interface ClientEngine {
  readonly id: string;
  readyState: string;
  upgrading: boolean;
  transport: { readonly name: string; ws?: { send(data: string): void } };
  close(): void;
  write(data: string): void;
  on(event: string, listener: (...args: unknown[]) => void): void;
  once(event: string, listener: (...args: unknown[]) => void): void;
}

/** Anything that has events. */
export interface Source {
  once(event: string, listener: (...args: unknown[]) => void): unknown;
}

/** Clients of any server. */
export class Visitors implements AsyncDisposable {
  readonly #agent = new CountingAgent();
  readonly #clients: Client[] = [];

  /** Opens a client with a connection of its own, and does not wait for it. */
  open(
    version: Version,
    mode: Mode,
    url: string,
    options: ClientOptions = {},
  ): Client {
    const client = CONNECT[version](url, {
      transports: TRANSPORTS[mode],
      forceNew: true,
      reconnection: false,
      agent: this.#agent as unknown as string, // what the client's own documentation passes
      ...options,
    });
    this.#clients.push(client);
    return client;
  }

  /** Opens a client, and waits until it is where its transports lead. */
  async connect(
    version: Version,
    mode: Mode,
    url: string,
    options: ClientOptions = {},
  ): Promise<Client> {
    const client = this.open(version, mode, url, options);
    await connected(client);
    if (mode === "upgrade") await upgraded(client);
    return client;
  }

  /** Closes all clients. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) {
      const engine = engineOf(client);
      const closed = engine.readyState === "closed" ||
        new Promise<void>((resolve) => engine.once("close", () => resolve()));
      client.disconnect();
      // A client with several namespaces keeps its connection for the others.
      closeManager(client);
      await within(Promise.resolve(closed), "the end of a client");
    }
    await within(this.#agent.idle(), "the end of the clients");
  }
}

/** Ends the connection of a client for good, whatever its version calls that. */
function closeManager({ io }: Client): void {
  const manager = io as { _close?(): void; close?(): void }; // one is there
  (manager._close ?? manager.close)?.call(manager);
}

/** A server, and all clients that a test connects to it. */
export class TestBed implements AsyncDisposable {
  readonly io: Server;
  readonly url: string;
  readonly version: Version;
  readonly mode: Mode;
  readonly #visitors = new Visitors();
  readonly #http: Deno.HttpServer<Deno.NetAddr>;

  /**
   * Starts a server on a free port of 127.0.0.1.
   *
   * @param version The version of its clients.
   * @param mode Their transports.
   * @param options Options of the server.
   */
  constructor(version: Version, mode: Mode, options?: ServerOptions) {
    this.version = version;
    this.mode = mode;
    this.io = new Server({ allowEIO3: version.startsWith("2."), ...options });
    this.#http = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      this.io.handler(),
    );
    this.url = `http://127.0.0.1:${this.#http.addr.port}`;
  }

  /** Opens a client with a connection of its own, and does not wait for it. */
  open(namespace = "/", options?: ClientOptions): Client {
    const url = this.url + namespace;
    return this.#visitors.open(this.version, this.mode, url, options);
  }

  /** Opens a client, and waits until it is where its transports lead. */
  async connect(namespace = "/", options?: ClientOptions): Promise<Client> {
    const url = this.url + namespace;
    return await this.#visitors.connect(
      this.version,
      this.mode,
      url,
      options,
    );
  }

  /** Connects a client and returns both ends of it. */
  async pair(
    namespace = "/",
    options?: ClientOptions,
  ): Promise<[server: Socket, client: Client]> {
    const client = await this.connect(namespace, options);
    return [this.socketOf(client, namespace), client];
  }

  /** The server's end of a connected client. */
  socketOf(client: Client, namespace = "/"): Socket {
    const socket = this.io.of(namespace).sockets.get(client.id ?? "");
    if (socket === undefined) throw new Error(`No socket ${client.id}`);
    return socket;
  }

  /** Closes all clients, then the server. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#visitors[Symbol.asyncDispose]();
    await within(this.io.close(), "the end of the server");
    await within(this.#http.shutdown(), "the end of the HTTP server");
  }
}

/**
 * The connections of the clients: they let go of them before they are closed,
 * and keep a few timers of 0 ms for the requests that were under way.
 */
class CountingAgent extends Agent {
  readonly #open = new Set<Duplex>();
  #onClose: () => void = () => {};

  constructor() {
    super({ keepAlive: false });
  }

  override createConnection(
    options: ClientRequestArgs,
    callback?: (err: Error | null, stream: Duplex) => void,
  ): Duplex {
    const socket = super.createConnection(options, callback);
    this.#open.add(socket);
    socket.once("close", () => {
      this.#open.delete(socket);
      this.#onClose();
    });
    return socket;
  }

  /** Resolves when no connection is left, nor one of those timers. */
  async idle(): Promise<void> {
    do {
      while (this.#open.size > 0) {
        await new Promise<void>((resolve) => this.#onClose = resolve);
      }
      for (let round = 0; round < 5; round++) await macrotask();
    } while (this.#open.size > 0);
    this.destroy();
  }
}

function macrotask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/**
 * Defines a test for each version of the client and each way to connect.
 *
 * @param name The claim.
 * @param fn The test.
 * @param options Options of the server, and which clients can take part.
 */
export function testClients(
  name: string,
  fn: (bed: TestBed) => Promise<void>,
  { server, versions = ["4.8.4", "3.1.3"], modes = MODES }: {
    server?: ServerOptions;
    versions?: readonly Version[];
    modes?: readonly Mode[];
  } = {},
): void {
  for (const version of versions) {
    for (const mode of modes) {
      Deno.test(`${name} (client ${version}, ${mode})`, async () => {
        await using bed = new TestBed(version, mode, server);
        await fn(bed);
      });
    }
  }
}

/** Waits for an event, and resolves with its arguments. */
export function next(source: Source, event: string): Promise<unknown[]> {
  return within(
    new Promise((resolve) => source.once(event, (...args) => resolve(args))),
    `"${event}"`,
  );
}

/** Waits until a client is in its namespace. */
export async function connected(client: Client): Promise<void> {
  if (client.connected) return;
  await within(
    new Promise<void>((resolve, reject) => {
      client.once("connect", resolve);
      client.once("connect_error", reject);
    }),
    `the connection to ${client.io.opts.hostname}`,
  );
}

/** Waits until a client has moved to its WebSocket. */
export async function upgraded(client: Client): Promise<void> {
  const engine = engineOf(client);
  if (engine.transport.name === "websocket" && !engine.upgrading) return;
  await within(
    new Promise<void>((resolve, reject) => {
      engine.once("upgrade", () => resolve());
      engine.once("upgradeError", reject);
    }),
    "an upgrade",
  );
}

/** Sends an event and resolves with the arguments of its answer. */
export function ask(
  emitter: { emit(event: string, ...args: unknown[]): unknown },
  event: string,
  ...args: unknown[]
): Promise<unknown[]> {
  return within(
    new Promise((resolve) => {
      emitter.emit(event, ...args, (...answer: unknown[]) => resolve(answer));
    }),
    `the answer to "${event}"`,
  );
}

/** Resolves when all that either end has sent before has reached the other. */
export async function settle(client: Client, socket: Socket): Promise<void> {
  const atServer = next(socket, "settle");
  client.emit("settle");
  await atServer;
  const atClient = next(client, "settled");
  socket.emit("settled");
  await atClient;
}

/** A client's engine. */
export function engineOf(client: Client): ClientEngine {
  return client.io.engine as unknown as ClientEngine; // with what is private in the types
}

/** Bytes as clients get them, a `Buffer` here, in the plain form. */
export function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (value instanceof Date) return value;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [key, plain(each)]),
    );
  }
  return value;
}
