import type { Rooms } from "../adapter/mod.ts";
import type { EventNames, EventsMap } from "../event_source.ts";
import type {
  DefaultEventsMap,
  ParametersWithoutAck,
} from "../server/events.ts";
import {
  createEmitterOperator,
  type EmitterOperator,
  sendQuietly,
  withoutAck,
} from "./operator.ts";
import type { Outlet } from "./outlet.ts";

/** Makes an emitter of another namespace. */
let createEmitter: (
  outlet: Outlet,
  nsp: string,
  // deno-lint-ignore no-explicit-any -- whoever calls it knows the maps
) => Emitter<any, any>;

/**
 * Sends to the clients of servers, and acts on them, from a program that is no server.
 *
 * Its two type parameters are the events that it sends to clients, and those that it
 * sends to servers. What sends returns a promise that resolves when Redis has the
 * message, and rejects if it does not get it: a rejection which nobody awaits harms
 * nobody.
 */
export class Emitter<
  EmitEvents extends EventsMap = DefaultEventsMap,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
> {
  readonly #outlet: Outlet;
  readonly #nsp: string;
  readonly #all: EmitterOperator<EmitEvents>;

  /**
   * Creates an emitter.
   *
   * @param outlet What carries the messages.
   * @param nsp The namespace.
   */
  protected constructor(outlet: Outlet, nsp: string) {
    this.#outlet = outlet;
    this.#nsp = nsp;
    this.#all = createEmitterOperator(outlet, nsp);
  }

  static {
    createEmitter = (outlet, nsp) => new Emitter(outlet, nsp);
  }

  /** Returns an emitter of another namespace. */
  of(namespace: string): Emitter<EmitEvents, ServerSideEvents> {
    const name = namespace.startsWith("/") ? namespace : `/${namespace}`;
    return createEmitter(this.#outlet, name);
  }

  /** Chooses the sockets in a room, or in any of several. */
  to(room: Rooms): EmitterOperator<EmitEvents> {
    return this.#all.to(room);
  }

  /** Another name of {@linkcode Emitter.to}. */
  in(room: Rooms): EmitterOperator<EmitEvents> {
    return this.#all.in(room);
  }

  /** Leaves out the sockets in a room. */
  except(room: Rooms): EmitterOperator<EmitEvents> {
    return this.#all.except(room);
  }

  /** Drops the next event for clients that cannot take it at once. */
  get volatile(): EmitterOperator<EmitEvents> {
    return this.#all.volatile;
  }

  /** Tells servers on Node whether to compress; those on Deno compress no WebSocket messages. */
  compress(compress: boolean): EmitterOperator<EmitEvents> {
    return this.#all.compress(compress);
  }

  /**
   * Sends an event to all clients.
   *
   * @param name The event.
   * @param args Its arguments. There is nobody to get an acknowledgement.
   * @throws {Error} If the name is reserved.
   * @throws {TypeError} If the last argument is a function, or something cannot be
   * encoded.
   */
  emit<Name extends EventNames<EmitEvents>>(
    name: Name,
    ...args: ParametersWithoutAck<EmitEvents, Name>
  ): Promise<void> {
    return this.#all.emit(name, ...args);
  }

  /** Adds all sockets to rooms. */
  socketsJoin(rooms: Rooms): Promise<void> {
    return this.#all.socketsJoin(rooms);
  }

  /** Takes all sockets out of rooms. */
  socketsLeave(rooms: Rooms): Promise<void> {
    return this.#all.socketsLeave(rooms);
  }

  /**
   * Disconnects all sockets.
   *
   * @param close Whether to close the whole connections of their clients.
   */
  disconnectSockets(close = false): Promise<void> {
    return this.#all.disconnectSockets(close);
  }

  /**
   * Sends an event to the servers themselves.
   *
   * @param name The event.
   * @param args Its arguments. There is nobody to get an acknowledgement.
   * @throws {TypeError} If the last argument is a function, or something cannot be
   * encoded.
   */
  serverSideEmit<Name extends EventNames<ServerSideEvents>>(
    name: Name,
    ...args: ParametersWithoutAck<ServerSideEvents, Name>
  ): Promise<void> {
    return sendQuietly(this.#outlet, {
      type: "server_side_emit",
      requestId: undefined,
      args: [name, ...withoutAck(args)],
    }, this.#nsp);
  }
}
