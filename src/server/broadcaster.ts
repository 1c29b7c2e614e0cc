import type { Rooms, SocketId } from "../adapter/mod.ts";
import {
  type NamespaceCore,
  RESERVED_SERVER_SIDE,
} from "../core/namespace_core.ts";
import {
  type EventNames,
  type EventsMap,
  EventSource,
} from "../event_source.ts";
import {
  type BroadcastOperator,
  createBroadcastOperator,
} from "./broadcast.ts";
import type {
  AckValue,
  BroadcastParameters,
  EventAck,
  EventNamesWithAck,
  ParametersWithOptions,
  ParametersWithoutAck,
} from "./events.ts";
import type { RemoteSocket } from "./remote_socket.ts";

/** What one can send to all sockets of a namespace, and ask of them. */
export abstract class Broadcaster<
  Reserved extends EventsMap,
  EmitEvents extends EventsMap,
  ServerSideEvents extends EventsMap,
  SocketData,
> extends EventSource<Reserved, ServerSideEvents> {
  readonly #core: NamespaceCore;
  readonly #all: BroadcastOperator<EmitEvents, SocketData>;

  /** @internal */
  protected constructor(core: NamespaceCore) {
    super(core.listeners);
    this.#core = core;
    this.#all = createBroadcastOperator(core, {});
  }

  /**
   * Sends an event to all clients of the namespace.
   *
   * @example To everybody
   * ```ts
   * import { Server } from "@deno-socketio/server";
   *
   * const io = new Server();
   * io.emit("news", "hello");
   * io.emit("vote", (error: Error | null, votes: string[]) => console.log(error, votes));
   * ```
   *
   * @param name The event.
   * @param args Its arguments. A function as the last of them gets all answers: an
   * error (or `null`) and the list of them.
   * @returns `true`.
   * @throws {Error} If the name is reserved.
   */
  emit<Name extends EventNames<EmitEvents>>(
    name: Name,
    ...args: BroadcastParameters<EmitEvents, Name>
  ): true {
    return this.#all.emit(name, ...args);
  }

  /**
   * Sends an event and waits for all answers, 5 seconds at most. See
   * {@linkcode BroadcastOperator.emitWithAck}.
   *
   * @example Ask everybody
   * ```ts
   * import { Server } from "@deno-socketio/server";
   *
   * const io = new Server();
   * const votes = await io.timeout(1_000).emitWithAck("vote");
   * console.log(votes.length);
   * ```
   */
  emitWithAck<Name extends EventNamesWithAck<EmitEvents>>(
    name: Name,
    ...args: ParametersWithOptions<EmitEvents, Name>
  ): Promise<AckValue<EventAck<EmitEvents, Name>>[]> {
    return this.#all.emitWithAck(name, ...args);
  }

  /**
   * Sends an event and streams the answers as they come. See
   * {@linkcode BroadcastOperator.emitWithAckStream}.
   */
  emitWithAckStream<Name extends EventNamesWithAck<EmitEvents>>(
    name: Name,
    ...args: ParametersWithOptions<EmitEvents, Name>
  ): ReadableStream<AckValue<EventAck<EmitEvents, Name>>> {
    return this.#all.emitWithAckStream(name, ...args);
  }

  /** Sends an event named `message`. */
  send(...args: BroadcastParameters<EmitEvents, "message">): this {
    this.#all.emit("message", ...args);
    return this;
  }

  /** Another name of {@linkcode Broadcaster.send}. */
  write(...args: BroadcastParameters<EmitEvents, "message">): this {
    return this.send(...args);
  }

  /**
   * Chooses the sockets in a room.
   *
   * @example Rooms, and who is left out
   * ```ts
   * import { Server } from "@deno-socketio/server";
   *
   * const io = new Server();
   * io.to("red").to("blue").except("injured").emit("kick-off");
   * io.to(["red", "blue"]).and("captains").emit("toss");
   * ```
   */
  to(room: Rooms): BroadcastOperator<EmitEvents, SocketData> {
    return this.#all.to(room);
  }

  /** Another name of {@linkcode Namespace.to}. */
  in(room: Rooms): BroadcastOperator<EmitEvents, SocketData> {
    return this.#all.to(room);
  }

  /** Chooses all sockets but those in a room. */
  except(
    room: Rooms,
  ): BroadcastOperator<EmitEvents, SocketData> {
    return this.#all.except(room);
  }

  /** Accepts Node's hint whether to compress: Deno compresses no WebSocket messages. */
  compress(compress: boolean): BroadcastOperator<EmitEvents, SocketData> {
    return this.#all.compress(compress);
  }

  /** Says that the next event may be lost for clients that cannot take it at once. */
  get volatile(): BroadcastOperator<EmitEvents, SocketData> {
    return this.#all.volatile;
  }

  /** Chooses the sockets of this server alone. */
  get local(): BroadcastOperator<EmitEvents, SocketData> {
    return this.#all.local;
  }

  /** Sets how long answers are waited for, in milliseconds. */
  timeout(timeout: number): BroadcastOperator<EmitEvents, SocketData> {
    return this.#all.timeout(timeout);
  }

  /**
   * Returns the ids of all sockets.
   *
   * @deprecated Use {@linkcode Broadcaster.fetchSockets}.
   */
  allSockets(): Promise<Set<SocketId>> {
    return this.#all.allSockets();
  }

  /**
   * Returns all sockets, those of other servers too.
   *
   * @example Who is there
   * ```ts
   * import { Server } from "@deno-socketio/server";
   *
   * const io = new Server();
   * for (const socket of await io.in("lobby").fetchSockets()) {
   *   console.log(socket.id, socket.rooms, socket.data);
   * }
   * ```
   */
  fetchSockets(): Promise<RemoteSocket<EmitEvents, SocketData>[]> {
    return this.#all.fetchSockets();
  }

  /** Adds all sockets to rooms. */
  socketsJoin(room: Rooms): void {
    this.#all.socketsJoin(room);
  }

  /** Takes all sockets out of rooms. */
  socketsLeave(room: Rooms): void {
    this.#all.socketsLeave(room);
  }

  /**
   * Disconnects all sockets.
   *
   * @param close Whether to end their clients' whole connections (default `false`).
   */
  disconnectSockets(close = false): void {
    this.#all.disconnectSockets(close);
  }

  /**
   * Sends an event to the same namespace of the other servers.
   *
   * @example Tell the other servers
   * ```ts
   * import { Server } from "@deno-socketio/server";
   *
   * const io = new Server();
   * io.on("reload", (version: number) => console.log("now", version));
   * io.serverSideEmit("reload", 2);
   * ```
   *
   * @param name The event.
   * @param args Its arguments. A function as the last of them gets all answers: an
   * error (or `null`) and the list of them.
   * @returns `true`.
   * @throws {Error} If the name is reserved.
   */
  serverSideEmit<Name extends EventNames<ServerSideEvents>>(
    name: Name,
    ...args: BroadcastParameters<ServerSideEvents, Name>
  ): true {
    if (RESERVED_SERVER_SIDE.has(name)) {
      throw new Error(`"${name}" is a reserved event name`);
    }
    this.#core.watched(
      this.#core.adapter.serverSideEmit([name, ...args]),
    );
    return true;
  }

  /**
   * Sends an event to the same namespace of the other servers and waits for their
   * answers.
   *
   * @example Ask the other servers
   * ```ts
   * import { Server } from "@deno-socketio/server";
   *
   * const io = new Server();
   * io.on("load", (answer: (load: number) => void) => answer(Deno.loadavg()[0] ?? 0));
   * const loads = await io.serverSideEmitWithAck("load");
   * console.log(loads);
   * ```
   *
   * @param name The event.
   * @param args Its arguments.
   * @returns The answers, none where there is no other server.
   * @throws {Error} If the name is reserved, or a server did not answer in time.
   */
  serverSideEmitWithAck<Name extends EventNamesWithAck<ServerSideEvents>>(
    name: Name,
    ...args: ParametersWithoutAck<ServerSideEvents, Name>
  ): Promise<AckValue<EventAck<ServerSideEvents, Name>>[]> {
    return new Promise((resolve, reject) => {
      const acknowledge = (
        error: Error | null,
        responses: AckValue<EventAck<ServerSideEvents, Name>>[],
      ) => error ? reject(error) : resolve(responses);
      this.serverSideEmit(
        name,
        ...[...args, acknowledge] as BroadcastParameters<
          ServerSideEvents,
          Name
        >, // with all answers
      );
    });
  }
}
