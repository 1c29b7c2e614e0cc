import type { BroadcastFlags, Rooms } from "../adapter/mod.ts";
import type { SocketCore } from "../core/socket_core.ts";
import type { EventNames, EventsMap } from "../event_source.ts";
import {
  type BroadcastOperator,
  createBroadcastOperator,
} from "./broadcast.ts";
import type {
  AckValue,
  DefaultEventsMap,
  EventAck,
  EventNamesWithAck,
  EventParameters,
  ParametersWithOptions,
  ParametersWithTimeout,
} from "./events.ts";

/** Makes an operator; its constructor is nobody else's. */
export let createSocketOperator: (
  socket: SocketCore,
  flags: BroadcastFlags,
  // deno-lint-ignore no-explicit-any -- whoever calls it knows the maps
) => SocketOperator<any, any, any>;

/**
 * Says how the next event of a socket is sent.
 *
 * Each method returns a new operator: the socket itself is not changed.
 *
 * @example Usage
 * ```ts
 * import { Server } from "@deno-socketio/server";
 *
 * const io = new Server();
 * io.on("connection", async (socket) => {
 *   socket.volatile.emit("position", 1, 2);
 *   const answer = await socket.timeout(1_000).emitWithAck("are you there?");
 *   console.log(answer);
 * });
 * ```
 */
export class SocketOperator<
  EmitEvents extends EventsMap = DefaultEventsMap,
  // deno-lint-ignore no-explicit-any -- the default of Socket.IO
  SocketData = any,
  HasTimeout extends boolean = false,
> {
  readonly #socket: SocketCore;
  readonly #flags: BroadcastFlags;

  private constructor(socket: SocketCore, flags: BroadcastFlags) {
    this.#socket = socket;
    this.#flags = flags;
  }

  static {
    createSocketOperator = (socket, flags) => new SocketOperator(socket, flags);
  }

  /** Drops the event if the client cannot take it at once. */
  get volatile(): SocketOperator<EmitEvents, SocketData, HasTimeout> {
    return new SocketOperator(this.#socket, { ...this.#flags, volatile: true });
  }

  /** Accepts Node's hint whether to compress: Deno compresses no WebSocket messages. */
  compress(
    compress: boolean,
  ): SocketOperator<EmitEvents, SocketData, HasTimeout> {
    return new SocketOperator(this.#socket, { ...this.#flags, compress });
  }

  /**
   * Sets how long an answer is waited for: an acknowledgement gets an error (or
   * `null`) first.
   *
   * @param timeout Milliseconds.
   */
  timeout(timeout: number): SocketOperator<EmitEvents, SocketData, true> {
    return new SocketOperator(this.#socket, { ...this.#flags, timeout });
  }

  /**
   * Sends an event to this socket's client.
   *
   * @returns `true`.
   * @throws {Error} If the name is reserved.
   */
  emit<Name extends EventNames<EmitEvents>>(
    name: Name,
    ...args: HasTimeout extends true ? ParametersWithTimeout<EmitEvents, Name>
      : EventParameters<EmitEvents, Name>
  ): true {
    this.#socket.emit([name, ...args as unknown[]], this.#flags); // a tuple in either case
    return true;
  }

  /**
   * Sends an event and waits for its answer.
   *
   * @returns The first argument of the answer.
   * @throws {AckTimeoutError} If there is a timeout, and no answer came within it.
   * @throws {DisconnectedError} If the socket was disconnected before.
   */
  emitWithAck<Name extends EventNamesWithAck<EmitEvents>>(
    name: Name,
    ...args: ParametersWithOptions<EmitEvents, Name>
  ): Promise<AckValue<EventAck<EmitEvents, Name>>> {
    return this.#socket.emitWithAck([name, ...args], this.#flags) as Promise<
      AckValue<EventAck<EmitEvents, Name>> // what the map says of the client
    >;
  }

  /** Sends an event named `message`. */
  send(...args: EventParameters<EmitEvents, "message">): this {
    this.#socket.emit(["message", ...args], this.#flags);
    return this;
  }

  /** Another name of {@linkcode SocketOperator.send}. */
  write(...args: EventParameters<EmitEvents, "message">): this {
    return this.send(...args);
  }

  /** Chooses the sockets in a room but this one. */
  to(room: Rooms): BroadcastOperator<EmitEvents, SocketData> {
    return this.broadcast.to(room);
  }

  /** Another name of {@linkcode SocketOperator.to}. */
  in(room: Rooms): BroadcastOperator<EmitEvents, SocketData> {
    return this.to(room);
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

  /** Chooses all sockets but this one. */
  get broadcast(): BroadcastOperator<EmitEvents, SocketData> {
    return createBroadcastOperator(this.#socket.nsp, {
      except: new Set([this.#socket.id]),
      flags: this.#flags,
    });
  }
}
