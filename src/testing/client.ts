import {
  type EventNames,
  type EventsMap,
  EventSource,
  type ListenerOf,
} from "../event_source.ts";
import type {
  AckValue,
  AnyFunction,
  DefaultEventsMap,
  EventAck,
  EventNamesWithAck,
  EventParameters,
  ParametersWithoutAck,
} from "../server/events.ts";
import type { Socket } from "../server/namespace.ts";
import type { Server } from "../server/server.ts";
import { ClientCore } from "./client_core.ts";
import {
  type ClientOperator,
  createClientOperator,
} from "./client_operator.ts";
import type { ClientDisconnectReason } from "./connection.ts";
import type { ConnectError } from "./errors.ts";

/** A test client's own events, with the arguments of their listeners. */
export interface ClientReservedEvents {
  /** The client has connected again. */
  connect: () => void;
  /** The client could not connect again. */
  connect_error: (error: ConnectError) => void;
  /** The client is no longer connected. */
  disconnect: (reason: ClientDisconnectReason) => void;
}

/** The arguments of an event as {@linkcode TestClient.next} gives them. */
export type ReceivedArguments<
  ListenEvents extends EventsMap,
  Name extends string,
> = Parameters<
  Extract<ListenerOf<ClientReservedEvents, ListenEvents, Name>, AnyFunction>
>;

/** Makes a client; its constructor is nobody else's. */
export let createTestClient: (
  core: ClientCore,
  // deno-lint-ignore no-explicit-any -- whoever calls it knows the maps
  io: Server<any, any, any, any>,
  // deno-lint-ignore no-explicit-any -- the same
) => TestClient<any, any, any, any>;

/**
 * A client of a server in the same process: what {@linkcode connect} returns.
 *
 * Its types are the server's events the other way round. Whatever it sends, and is sent,
 * is encoded, and arrives in a later microtask. What one of its listeners throws fails
 * the test.
 *
 * With connection state recovery, events carry their offset as a last argument, as they
 * do for official clients.
 *
 * @example Usage
 * ```ts
 * import { Server } from "@deno-socketio/server";
 * import { connect } from "@deno-socketio/server/testing";
 * import { assertEquals } from "@std/assert";
 *
 * await using io = new Server();
 * io.on("connection", (socket) => {
 *   socket.emit("welcome", socket.id);
 *   socket.on("add", (a, b, reply) => reply(a + b));
 * });
 *
 * await using client = await connect(io);
 * assertEquals(await client.next("welcome"), [client.id]);
 * assertEquals(await client.emitWithAck("add", 1, 2), 3);
 * ```
 */
export class TestClient<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
  // deno-lint-ignore no-explicit-any -- the default of Socket.IO
  SocketData = any,
> extends EventSource<ClientReservedEvents, ListenEvents> {
  readonly #core: ClientCore;
  readonly #io: Server<EmitEvents, ListenEvents, ServerSideEvents, SocketData>;

  private constructor(
    core: ClientCore,
    io: Server<EmitEvents, ListenEvents, ServerSideEvents, SocketData>,
  ) {
    super(core.listeners);
    this.#core = core;
    this.#io = io;
    core.face = this;
  }

  static {
    createTestClient = (core, io) => new TestClient(core, io);
  }

  /** The id of its socket; while it is not connected, that of the last one. */
  get id(): string {
    return this.#core.id;
  }

  /** The name of its namespace. */
  get namespace(): string {
    return this.#core.namespace;
  }

  /** Whether it is in its namespace, as far as it knows. */
  get connected(): boolean {
    return this.#core.connected;
  }

  /** Whether an interrupted session goes on with this connection. */
  get recovered(): boolean {
    return this.#core.recovered;
  }

  /** The answer to its handshake: what `io.engine.on("initial_headers")` has written to. */
  get response(): Response {
    return this.#core.connection.response ?? Response.error();
  }

  /**
   * The server's end of it: what a `connection` handler gets.
   *
   * @throws {Error} If it is not connected.
   */
  get peer(): Socket<EmitEvents, ListenEvents, ServerSideEvents, SocketData> {
    const { id, namespace, connected } = this;
    const socket = connected
      ? this.#io.of(namespace).sockets.get(id)
      : undefined;
    if (socket === undefined) {
      throw new Error("Cannot find the server's socket: it is not connected");
    }
    return socket;
  }

  /**
   * Sends an event to the server. Without a connection it waits for the next one.
   *
   * @param name The event.
   * @param args Its arguments. A function as the last of them gets the answer.
   * @returns This client.
   * @throws {Error} If the name is reserved.
   */
  emit<Name extends EventNames<EmitEvents>>(
    name: Name,
    ...args: EventParameters<EmitEvents, Name>
  ): this {
    this.#core.emit([name, ...args], {});
    return this;
  }

  /**
   * Sends an event and waits for its answer, as long as it is connected.
   *
   * @param name The event.
   * @param args Its arguments.
   * @returns The first argument of the answer.
   * @throws {DisconnectedError} If it is disconnected before.
   * @throws {Error} If the name is reserved.
   */
  emitWithAck<Name extends EventNamesWithAck<EmitEvents>>(
    name: Name,
    ...args: ParametersWithoutAck<EmitEvents, Name>
  ): Promise<AckValue<EventAck<EmitEvents, Name>>> {
    return this.#with({}).emitWithAck(name, ...args);
  }

  /** Says that the next event may be lost if there is no connection. */
  get volatile(): ClientOperator<EmitEvents> {
    return this.#with({}).volatile;
  }

  /**
   * Sets how long the answer to the next event is waited for.
   *
   * @param timeout Milliseconds.
   */
  timeout(timeout: number): ClientOperator<EmitEvents, true> {
    return this.#with({}).timeout(timeout);
  }

  #with(flags: Record<never, never>): ClientOperator<EmitEvents> {
    return createClientOperator(this.#core, flags);
  }

  /**
   * Waits for the next event of a name, from the first on: one that has come already,
   * and that `next()` and `take()` have not given yet, is given at once. At most 10,000
   * wait, the oldest are forgotten first.
   *
   * @param name The event, which may be one of the client's own, such as `disconnect`.
   * @param options `signal`: ends the wait.
   * @returns Its arguments; where the server wants an answer, the last is the function
   * that gives it.
   * @throws {Error} If the client is disconnected, and not by `drop()`, so that the event
   * cannot come.
   */
  next<
    Name extends EventNames<ClientReservedEvents> | EventNames<ListenEvents>,
  >(
    name: Name,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<ReceivedArguments<ListenEvents, Name>> {
    return this.#core.next(name, signal) as Promise<
      ReceivedArguments<ListenEvents, Name> // what the map says of the server
    >;
  }

  /**
   * Returns the arguments of all events of a name that have come, and that `next()` and
   * `take()` have not given yet. See {@linkcode settled} for when to ask.
   *
   * @param name The event.
   */
  take<
    Name extends EventNames<ClientReservedEvents> | EventNames<ListenEvents>,
  >(name: Name): ReceivedArguments<ListenEvents, Name>[] {
    return this.#core.take(name) as ReceivedArguments<ListenEvents, Name>[]; // what the map says of the server
  }

  /**
   * Joins another namespace over the same connection.
   *
   * @param namespace Its name.
   * @param options `auth`: credentials for it.
   * @returns The client in that namespace.
   * @throws {ConnectError} If it is refused.
   * @throws {Error} If it is there already.
   */
  async of(
    namespace: string,
    { auth = {} }: { readonly auth?: Readonly<Record<string, unknown>> } = {},
  ): Promise<
    TestClient<ListenEvents, EmitEvents, ServerSideEvents, SocketData>
  > {
    const core = new ClientCore(namespace, auth, this.#core.connection);
    const client = new TestClient(core, this.#io);
    await core.start();
    return client;
  }

  /**
   * Leaves the namespace, and ends the connection if that was the last one.
   *
   * @returns This client.
   */
  disconnect(): this {
    void this.#core.disconnect();
    return this;
  }

  /**
   * Loses the connection, with all its namespaces: what the server has sent and has not
   * arrived is gone. Events that are emitted now wait for {@linkcode TestClient.reconnect}.
   *
   * @param options `silently`: the server is not told, as when a cable is cut, and finds
   * out by its heartbeat (default `false`).
   * @returns This client.
   */
  drop({ silently = false }: { readonly silently?: boolean } = {}): this {
    this.#core.connection.drop(silently);
    return this;
  }

  /**
   * Connects again, after a `drop()` or any other end. Other namespaces of a connection
   * that was dropped come back with it.
   *
   * @param options `auth`: other credentials than before.
   * @returns A promise of this client, when it is connected.
   * @throws {ConnectError} If it is refused.
   * @throws {Error} If it is connected.
   */
  async reconnect(
    { auth }: { readonly auth?: Readonly<Record<string, unknown>> } = {},
  ): Promise<this> {
    if (auth !== undefined) this.#core.auth = auth;
    await this.#core.start();
    return this;
  }

  /**
   * Reads no more of what the server sends: it waits there, and volatile events are lost,
   * until {@linkcode TestClient.resume}.
   */
  pause(): this {
    this.#core.connection.pause();
    return this;
  }

  /** Reads again. */
  resume(): this {
    this.#core.connection.resume();
    return this;
  }

  /** Disconnects, and waits until the server knows, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#core.disconnect();
  }
}
