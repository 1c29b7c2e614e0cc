// Socket and Namespace share a file since each is part of the other's type.
import type { Adapter, Room, Rooms, SocketId } from "../adapter/mod.ts";
import type { Handshake } from "../core/handshake.ts";
import type { NamespaceCore } from "../core/namespace_core.ts";
import type { SocketCore } from "../core/socket_core.ts";
import type {
  Server as EngineServer,
  Socket as EngineSocket,
} from "../engine/mod.ts";
import type { EventNames, EventsMap } from "../event_source.ts";
import { MapView } from "../map_view.ts";
import type { BroadcastOperator } from "./broadcast.ts";
import { Broadcaster } from "./broadcaster.ts";
import { EventReceiver } from "./event_receiver.ts";
import type {
  AckValue,
  DefaultEventsMap,
  EventAck,
  EventNamesWithAck,
  EventParameters,
  ParametersWithOptions,
} from "./events.ts";
import {
  createSocketOperator,
  type SocketOperator,
} from "./socket_operator.ts";

/** A namespace's own events, with the arguments of their listeners. */
export interface NamespaceReservedEvents<
  ListenEvents extends EventsMap,
  EmitEvents extends EventsMap,
  ServerSideEvents extends EventsMap,
  SocketData,
> {
  /** A client has connected. */
  connection: (
    socket: Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
  ) => void;
  /** Another name of `connection`. */
  connect: (
    socket: Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
  ) => void;
  /**
   * A handler of a socket, or of `connection`, threw or rejected; told to the main
   * namespace for all. Without a listener the error goes to `io.diagnostics`, and from
   * there to the console.
   */
  handler_error: (
    error: unknown,
    context: HandlerErrorContext<
      Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>
    >,
  ) => void;
  /** A namespace came into being; told to the main one. */
  new_namespace: (
    namespace: Namespace<
      ListenEvents,
      EmitEvents,
      ServerSideEvents,
      SocketData
    >,
  ) => void;
}

/** Which of a socket's handlers has failed. */
export interface HandlerErrorContext<Socket = unknown> {
  /** The socket that the handler belongs to. */
  readonly socket: Socket;
  /** The event that it was called for. */
  readonly event: string;
}

/** What a middleware calls an error with, beside its message. */
export interface ExtendedError extends Error {
  /** Sent to the client with the message. */
  // deno-lint-ignore no-explicit-any -- whatever the application wants to send
  data?: any;
}

/**
 * Decides whether a client may connect to a namespace.
 *
 * One that declares `next` lets the client in by calling it; one that does not, by
 * returning or by its promise. A throw, a rejection or `next(error)` refuses the
 * client, which gets the error's `message` and `data`.
 */
export type NamespaceMiddleware<
  ListenEvents extends EventsMap,
  EmitEvents extends EventsMap,
  ServerSideEvents extends EventsMap,
  SocketData,
> = (
  socket: Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
  next: (error?: ExtendedError) => void,
) => unknown;

/**
 * The server of a namespace, as the namespace sees it: a {@linkcode Server} of the same
 * event maps.
 */
export interface NamespaceServer<
  ListenEvents extends EventsMap,
  EmitEvents extends EventsMap,
  ServerSideEvents extends EventsMap,
  SocketData,
> extends
  Broadcaster<
    NamespaceReservedEvents<
      ListenEvents,
      EmitEvents,
      ServerSideEvents,
      SocketData
    >,
    EmitEvents,
    ServerSideEvents,
    SocketData
  > {
  /** The Engine.IO server that carries the clients' sessions. */
  readonly engine: EngineServer;
  /** The main namespace, `/`. */
  readonly sockets: Namespace<
    ListenEvents,
    EmitEvents,
    ServerSideEvents,
    SocketData
  >;
  /** Returns a namespace, which comes into being at the first call. */
  of(
    name: string,
  ): Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>;
  /** Disconnects all clients and refuses new ones. */
  close(): Promise<void>;
}

/** Makes a namespace's face; its constructor is nobody else's. */
export let createNamespace: (
  core: NamespaceCore,
  // deno-lint-ignore no-explicit-any -- whoever calls it knows the maps
) => Namespace<any, any, any, any>;

/**
 * A part of a server's clients, under a name that they ask for.
 *
 * @example Usage
 * ```ts
 * import { Server } from "@deno-socketio/server";
 *
 * const io = new Server();
 * const admin = io.of("/admin");
 * admin.use((socket) => {
 *   if (socket.handshake.auth.token !== "secret") throw new Error("who are you?");
 * });
 * admin.on("connection", (socket) => socket.emit("welcome"));
 * ```
 */
export class Namespace<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
  // deno-lint-ignore no-explicit-any -- the default of Socket.IO
  SocketData = any,
> extends Broadcaster<
  NamespaceReservedEvents<
    ListenEvents,
    EmitEvents,
    ServerSideEvents,
    SocketData
  >,
  EmitEvents,
  ServerSideEvents,
  SocketData
> {
  readonly #core: NamespaceCore;
  /** The connected sockets of this server, by id. */
  readonly sockets: ReadonlyMap<
    SocketId,
    Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>
  >;

  /** @internal */
  protected constructor(core: NamespaceCore) {
    super(core);
    this.#core = core;
    this.sockets = new MapView(
      core.sockets,
      ({ face }) =>
        face as Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>, // made for this namespace
    );
  }

  static {
    createNamespace = (core) => new Namespace(core);
  }

  /** The namespace's name, which starts with `/`. */
  get name(): string {
    return this.#core.name;
  }

  /** The server that the namespace belongs to. */
  get server(): NamespaceServer<
    ListenEvents,
    EmitEvents,
    ServerSideEvents,
    SocketData
  > {
    return this.#core.server as NamespaceServer<
      ListenEvents,
      EmitEvents,
      ServerSideEvents,
      SocketData // the server that made this namespace
    >;
  }

  /** Who is in which room. */
  get adapter(): Adapter {
    return this.#core.adapter;
  }

  /** Adds a function that decides whether a client may connect. */
  use(
    middleware: NamespaceMiddleware<
      ListenEvents,
      EmitEvents,
      ServerSideEvents,
      SocketData
    >,
  ): this {
    this.#core.use(middleware);
    return this;
  }
}

/** A client's connection, which its sockets in several namespaces share. */
export interface ClientConnection {
  /** The Engine.IO session. */
  readonly conn: EngineSocket;
  /** The first request. */
  readonly request: Request;
}

/** Makes a socket's face; its constructor is nobody else's. */
// deno-lint-ignore no-explicit-any -- whoever calls it knows the maps
export let createSocket: (core: SocketCore) => Socket<any, any, any, any>;

/**
 * A client in a namespace: what a `connection` handler gets.
 *
 * @example Usage
 * ```ts
 * import { Server } from "@deno-socketio/server";
 *
 * const io = new Server();
 * io.on("connection", (socket) => {
 *   socket.join("lobby");
 *   socket.to("lobby").emit("joined", socket.id);
 *   socket.on("message", (text, acknowledge) => acknowledge(text.length));
 *   socket.on("disconnect", (reason) => console.log(socket.id, reason));
 * });
 * ```
 */
export class Socket<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
  // deno-lint-ignore no-explicit-any -- the default of Socket.IO
  SocketData = any,
> extends EventReceiver<ListenEvents> {
  readonly #core: SocketCore;

  private constructor(core: SocketCore) {
    super(core);
    this.#core = core;
  }

  static {
    createSocket = (core) => new Socket(core);
  }

  /** The socket's id: 20 characters, known to its client, and a room with it alone. */
  get id(): string {
    return this.#core.id;
  }

  /** What the client asked for when it connected. */
  get handshake(): Handshake {
    return this.#core.handshake;
  }

  /** What the application keeps with the socket; `fetchSockets()` shows it to other servers. */
  get data(): SocketData {
    return this.#core.data as SocketData; // what the application declares
  }

  set data(data: SocketData) {
    this.#core.data = data;
  }

  /**
   * Aborts when the socket has left, for what must not outlive it.
   *
   * @example Work that ends with its client
   * ```ts
   * import { Server } from "@deno-socketio/server";
   *
   * const io = new Server();
   * io.on("connection", (socket) => {
   *   socket.handle("look up", async (name: string) => {
   *     const url = `http://127.0.0.1/${encodeURIComponent(name)}`;
   *     const response = await fetch(url, { signal: socket.signal });
   *     return await response.json();
   *   });
   * });
   * ```
   */
  get signal(): AbortSignal {
    return this.#core.signal;
  }

  /** The rooms that the socket is in, its own id among them. */
  get rooms(): ReadonlySet<Room> {
    return this.#core.rooms;
  }

  /** Whether the socket is in its namespace. */
  get connected(): boolean {
    return this.#core.connected;
  }

  /** The opposite of {@linkcode Socket.connected}. */
  get disconnected(): boolean {
    return !this.connected;
  }

  /** Whether an interrupted session goes on with this socket. */
  get recovered(): boolean {
    return this.#core.recovered;
  }

  /** The namespace. */
  get nsp(): Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData> {
    return this.#core.nsp.face as Namespace<
      ListenEvents,
      EmitEvents,
      ServerSideEvents,
      SocketData // the namespace that made this socket
    >;
  }

  /** The client, which may be in other namespaces too. */
  get client(): ClientConnection {
    return this.#core.client;
  }

  /** The Engine.IO session. */
  get conn(): EngineSocket {
    return this.#core.client.conn;
  }

  /** The first request. */
  get request(): Request {
    return this.#core.client.request;
  }

  /**
   * Sends an event to the client.
   *
   * @example With and without an answer
   * ```ts
   * import { Server } from "@deno-socketio/server";
   *
   * const io = new Server();
   * io.on("connection", (socket) => {
   *   socket.emit("welcome", { at: new Date() }, Uint8Array.of(1, 2));
   *   socket.emit("your name?", (name: string) => console.log(name));
   * });
   * ```
   *
   * @param name The event.
   * @param args Its arguments. A function as the last of them gets the answer.
   * @returns `true`.
   * @throws {Error} If the name is reserved.
   */
  emit<Name extends EventNames<EmitEvents>>(
    name: Name,
    ...args: EventParameters<EmitEvents, Name>
  ): true {
    this.#core.emit([name, ...args]);
    return true;
  }

  /**
   * Sends an event and waits for its answer, as long as the client is there.
   *
   * @example With a signal, which ends the wait
   * ```ts
   * import { Server } from "@deno-socketio/server";
   *
   * const io = new Server();
   * io.on("connection", async (socket) => {
   *   const name = await socket.emitWithAck("your name?", {
   *     signal: AbortSignal.timeout(10_000),
   *   });
   *   console.log(name);
   * });
   * ```
   *
   * @param name The event.
   * @param args Its arguments.
   * @returns The first argument of the answer.
   * @throws {DisconnectedError} If the socket was disconnected before.
   * @throws {Error} If the name is reserved.
   */
  emitWithAck<Name extends EventNamesWithAck<EmitEvents>>(
    name: Name,
    ...args: ParametersWithOptions<EmitEvents, Name>
  ): Promise<AckValue<EventAck<EmitEvents, Name>>> {
    return this.#operator().emitWithAck(name, ...args);
  }

  /** Sends an event named `message`. */
  send(...args: EventParameters<EmitEvents, "message">): this {
    this.#core.emit(["message", ...args]);
    return this;
  }

  /** Another name of {@linkcode Socket.send}. */
  write(...args: EventParameters<EmitEvents, "message">): this {
    return this.send(...args);
  }

  /**
   * Says that the next event may be lost if the client cannot take it at once.
   *
   * @example Only the newest matters
   * ```ts
   * import { Server } from "@deno-socketio/server";
   *
   * const io = new Server();
   * io.on("connection", (socket) => {
   *   socket.on("mouse", (x, y) => socket.volatile.broadcast.emit("mouse", x, y));
   * });
   * ```
   */
  get volatile(): SocketOperator<EmitEvents, SocketData> {
    return this.#operator().volatile;
  }

  /** Accepts Node's hint whether to compress: Deno compresses no WebSocket messages. */
  compress(compress: boolean): SocketOperator<EmitEvents, SocketData> {
    return this.#operator().compress(compress);
  }

  /**
   * Sets how long the answer to the next event is waited for.
   *
   * @example An error comes first
   * ```ts
   * import { Server } from "@deno-socketio/server";
   *
   * const io = new Server();
   * io.on("connection", (socket) => {
   *   socket.timeout(1_000).emit("your name?", (error: Error, name: string) => {
   *     console.log(error ? "no answer" : name);
   *   });
   * });
   * ```
   *
   * @param timeout Milliseconds.
   */
  timeout(timeout: number): SocketOperator<EmitEvents, SocketData, true> {
    return this.#operator().timeout(timeout);
  }

  /** Chooses all sockets but this one. */
  get broadcast(): BroadcastOperator<EmitEvents, SocketData> {
    return this.#operator().broadcast;
  }

  /**
   * Chooses the sockets in a room but this one.
   *
   * @example To the others of a room
   * ```ts
   * import { Server } from "@deno-socketio/server";
   *
   * const io = new Server();
   * io.on("connection", (socket) => {
   *   socket.on("say", (text) => socket.to("lobby").except("muted").emit("said", text));
   * });
   * ```
   */
  to(room: Rooms): BroadcastOperator<EmitEvents, SocketData> {
    return this.broadcast.to(room);
  }

  /** Another name of {@linkcode Socket.to}. */
  in(room: Rooms): BroadcastOperator<EmitEvents, SocketData> {
    return this.broadcast.to(room);
  }

  /** Chooses all sockets but this one and those in a room. */
  except(
    room: Rooms,
  ): BroadcastOperator<EmitEvents, SocketData> {
    return this.broadcast.except(room);
  }

  /** Chooses all sockets of this server but this one. */
  get local(): BroadcastOperator<EmitEvents, SocketData> {
    return this.broadcast.local;
  }

  #operator(): SocketOperator<EmitEvents, SocketData> {
    return createSocketOperator(this.#core, {});
  }

  /**
   * Adds the socket to rooms. It does nothing once the socket has left.
   *
   * @example One room, or several
   * ```ts
   * import { Server } from "@deno-socketio/server";
   *
   * const io = new Server();
   * io.on("connection", async (socket) => {
   *   await socket.join("lobby");
   *   await socket.join(["team red", `user ${socket.data.user}`]);
   *   console.log(socket.rooms.size); // 4: its id is a room too
   * });
   * ```
   *
   * @returns A promise where the adapter needs one.
   */
  join(room: Rooms): Promise<void> | void {
    return this.#core.join(room);
  }

  /** Takes the socket out of a room. */
  leave(room: Room): Promise<void> | void {
    return this.#core.leave(room);
  }

  /**
   * Disconnects the socket from its namespace.
   *
   * @example Put out who came too often
   * ```ts
   * import { Server } from "@deno-socketio/server";
   *
   * const io = new Server();
   * io.on("connection", (socket) => {
   *   if (io.sockets.sockets.size > 1_000) socket.disconnect(true);
   * });
   * ```
   *
   * @param close Whether to end the client's whole connection (default `false`).
   * @returns This socket.
   */
  disconnect(close = false): this {
    this.#core.disconnect(close);
    return this;
  }
}
