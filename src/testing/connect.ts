import { abortable } from "../core/acks.ts";
import type { RequestInfo } from "../engine/mod.ts";
import type { EventsMap } from "../event_source.ts";
import { type Codec, JsonCodec } from "../parser/mod.ts";
import type { Server } from "../server/server.ts";
import { createTestClient, type TestClient } from "./client.ts";
import { ClientCore } from "./client_core.ts";
import { Connection } from "./connection.ts";
import { noteTurn } from "./lane.ts";
import type { Dial } from "./link.ts";
import { PollingLink } from "./polling_link.ts";
import { WebSocketLink } from "./websocket_link.ts";

/** Options of {@linkcode connect}. */
export interface ConnectOptions {
  /**
   * The namespace.
   *
   * @default {"/"}
   */
  namespace?: string;
  /** Credentials: `socket.handshake.auth`. */
  auth?: Readonly<Record<string, unknown>>;
  /** Headers of each request, such as `cookie` and `origin`. */
  headers?: HeadersInit;
  /** Parameters of the URL, beside those of the protocol. */
  query?: Readonly<Record<string, string>>;
  /**
   * What carries the connection.
   *
   * Over `"polling"` a fake clock must not move by more than `pingInterval +
   * pingTimeout` without giving the client a chance to answer.
   *
   * @default {"websocket"}
   */
  transport?: "websocket" | "polling";
  /**
   * The client's address.
   *
   * @default {"127.0.0.1"}
   */
  address?: string;
  /**
   * Where the server seems to be; `https:` makes a connection secure.
   *
   * @default {"http://localhost"}
   */
  url?: string | URL;
  /**
   * How packets are written and read, if the server was given a `parser`.
   *
   * @default {new JsonCodec()}
   */
  parser?: Codec;
  /**
   * Answers the requests: the application's own handler, to test that it passes on what
   * is the server's. It must pass on its second argument too.
   *
   * @default {io.engine.handle}
   */
  handler?: TestHandler;
  /** Gives up. */
  signal?: AbortSignal;
}

/** What answers a test client's requests: a handler for `Deno.serve`, or one of ours. */
export type TestHandler = (
  request: Request,
  info: Deno.ServeHandlerInfo<Deno.NetAddr> & RequestInfo,
) => Response | Promise<Response>;

/** The port of all test clients. */
const PORT = 50_000;

/**
 * Connects a client to a server, without a port or a network.
 *
 * It speaks the real protocol to the real server, through memory: sessions, middlewares,
 * heartbeats, limits and codec are those of production. No timer is needed to connect or
 * to deliver, so a fake clock may be on.
 *
 * @example Usage
 * ```ts
 * import { Server } from "@deno-socketio/server";
 * import { connect } from "@deno-socketio/server/testing";
 * import { assertEquals } from "@std/assert";
 *
 * interface ClientToServer {
 *   greet: (name: string, reply: (greeting: string) => void) => void;
 * }
 *
 * await using io = new Server<ClientToServer>();
 * io.on("connection", (socket) => {
 *   socket.on("greet", (name, reply) => reply(`Hello, ${name}`));
 * });
 *
 * await using client = await connect(io, { auth: { token: "secret" } });
 * assertEquals(await client.emitWithAck("greet", "Ada"), "Hello, Ada");
 * ```
 *
 * @param io The server.
 * @param options See {@linkcode ConnectOptions}.
 * @returns The client, once it is in its namespace.
 * @throws {ConnectError} If it is refused.
 */
export async function connect<
  ListenEvents extends EventsMap,
  EmitEvents extends EventsMap,
  ServerSideEvents extends EventsMap,
  SocketData,
>(
  io: Server<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
  options: ConnectOptions = {},
): Promise<TestClient<EmitEvents, ListenEvents, ServerSideEvents, SocketData>> {
  const {
    namespace = "/",
    auth = {},
    transport = "websocket",
    // A server may send any number of attachments.
    parser = new JsonCodec({ maxAttachments: Infinity }),
    signal,
  } = options;
  const connection = new Connection({
    dial: createDial(io, options),
    codec: parser,
    createLink: (owner) =>
      transport === "polling"
        ? new PollingLink(owner)
        : new WebSocketLink(owner),
  });
  const core = new ClientCore(namespace, auth, connection);
  const client = createTestClient(core, io);
  noteTurn();
  await abortable<void>(signal, (resolve, reject) => {
    core.start().then(resolve, reject);
    return () => void core.disconnect();
  });
  return client;
}

/** Makes the function that sends requests to a server. */
function createDial(
  // deno-lint-ignore no-explicit-any -- its events do not matter here
  io: Server<any, any, any, any>,
  {
    headers,
    query,
    address = "127.0.0.1",
    url = "http://localhost",
    handler = (request, info) => io.engine.handle(request, info),
  }: ConnectOptions,
): Dial {
  return async (protocolQuery, init = {}, acceptWebSocket) => {
    const target = new URL(`${io.path()}/`, url);
    const parameters = { ...query, EIO: "4", ...protocolQuery };
    target.search = new URLSearchParams(parameters).toString();
    const all = new Headers(headers);
    for (const [name, value] of new Headers(init.headers)) all.set(name, value);
    const request = new Request(target, { ...init, headers: all });
    const response: unknown = await handler(request, {
      remoteAddr: { transport: "tcp", hostname: address, port: PORT },
      completed: Promise.resolve(),
      ...(acceptWebSocket === undefined ? {} : { acceptWebSocket }),
    });
    if (response instanceof Response) return response;
    throw new TypeError("Cannot connect: the handler has returned no response");
  };
}
