import type { Room, RoomMember, Rooms, SocketDetails } from "../adapter/mod.ts";
import type { Handshake } from "../core/handshake.ts";
import type { EventNames, EventsMap } from "../event_source.ts";
import type {
  AckValue,
  DefaultEventsMap,
  EventAck,
  EventNamesWithAck,
  ParametersWithOptions,
  ParametersWithoutAck,
  ParametersWithTimeout,
} from "./events.ts";

/** What a remote socket needs of an operator that has chosen it alone. */
interface RemoteTarget {
  emit(name: string, ...args: unknown[]): true;
  emitWithAck(name: string, ...args: unknown[]): Promise<unknown[]>;
  timeout(timeout: number): RemoteTarget;
  socketsJoin(room: Rooms): void;
  socketsLeave(room: Room): void;
  disconnectSockets(close?: boolean): void;
}

/** Makes a remote socket; its constructor is nobody else's. */
export let createRemoteSocket: (
  details: SocketDetails | RoomMember,
  target: RemoteTarget,
  // deno-lint-ignore no-explicit-any -- whoever calls it knows the maps
) => RemoteSocket<any, any>;

/**
 * A socket on this server or another, as `fetchSockets()` finds it.
 *
 * @example Usage
 * ```ts
 * import { Server } from "@deno-socketio/server";
 *
 * const io = new Server();
 * for (const socket of await io.in("lobby").fetchSockets()) {
 *   socket.emit("hello", socket.id);
 *   socket.leave("lobby");
 * }
 * ```
 */
export class RemoteSocket<
  EmitEvents extends EventsMap = DefaultEventsMap,
  // deno-lint-ignore no-explicit-any -- the default of Socket.IO
  SocketData = any,
> {
  /** The socket's id. */
  readonly id: string;
  /** What was asked for when it connected. */
  readonly handshake: Handshake;
  /** The rooms it was in when it was found. */
  readonly rooms: ReadonlySet<Room>;
  /** What the application keeps with it; a copy if it is on another server. */
  readonly data: SocketData;
  readonly #target: RemoteTarget;

  private constructor(
    details: SocketDetails | RoomMember,
    target: RemoteTarget,
  ) {
    this.id = details.id;
    this.handshake = details.handshake as Handshake; // that is what servers send each other
    this.rooms = "rooms" in details ? new Set(details.rooms) : new Set();
    this.data = details.data as SocketData; // what the application declares
    this.#target = target;
  }

  static {
    createRemoteSocket = (details, target) => new RemoteSocket(details, target);
  }

  /**
   * Sends an event to the socket.
   *
   * @throws {Error} If the name is reserved.
   */
  emit<Name extends EventNames<EmitEvents>>(
    name: Name,
    ...args: ParametersWithoutAck<EmitEvents, Name>
  ): true {
    return this.#target.emit(name, ...withOneAnswer(args));
  }

  /** Sets how long an answer is waited for, in milliseconds. */
  timeout(timeout: number): RemoteSocketWithTimeout<EmitEvents> {
    const target = this.#target.timeout(timeout);
    return {
      emit: (name, ...args) => target.emit(name, ...withOneAnswer(args)),
      emitWithAck: async (name, ...args) => {
        const [answer] = await target.emitWithAck(name, ...args);
        return answer as AckValue<EventAck<EmitEvents, typeof name>>; // what the map says of the client
      },
    };
  }

  /** Adds the socket to rooms. */
  join(room: Rooms): void {
    this.#target.socketsJoin(room);
  }

  /** Takes the socket out of a room. */
  leave(room: Room): void {
    this.#target.socketsLeave(room);
  }

  /**
   * Disconnects the socket.
   *
   * @param close Whether to end its client's whole connection (default `false`).
   * @returns This object.
   */
  disconnect(close = false): this {
    this.#target.disconnectSockets(close);
    return this;
  }
}

/** Lets the function that ends an event's arguments have the one answer, not a list of it. */
function withOneAnswer(args: readonly unknown[]): readonly unknown[] {
  const callback = args.at(-1);
  return typeof callback !== "function" ? args : [
    ...args.slice(0, -1),
    (error: Error | null, [answer]: unknown[]) =>
      error === null ? callback(null, answer) : callback(error),
  ];
}

/** How to ask a remote socket for an answer. */
export interface RemoteSocketWithTimeout<EmitEvents extends EventsMap> {
  /** Sends an event, whose last argument may be a function that gets an error (or `null`) and the answer. */
  emit<Name extends EventNames<EmitEvents>>(
    name: Name,
    ...args: ParametersWithTimeout<EmitEvents, Name>
  ): true;
  /** Sends an event and resolves with the first argument of its answer. */
  emitWithAck<Name extends EventNamesWithAck<EmitEvents>>(
    name: Name,
    ...args: ParametersWithOptions<EmitEvents, Name>
  ): Promise<AckValue<EventAck<EmitEvents, Name>>>;
}
