import type { ClusterMessage } from "../adapter/mod.ts";
import {
  type BroadcastFlags,
  type Room,
  type Rooms,
  type Target,
  toRooms,
} from "../adapter/adapter.ts";
import type { EventNames, EventsMap } from "../event_source.ts";
import { isReservedEvent, PacketType } from "../parser/mod.ts";
import type {
  DefaultEventsMap,
  ParametersWithoutAck,
} from "../server/events.ts";
import type { Outlet } from "./outlet.ts";

type FullTarget = Target & { readonly flags: BroadcastFlags };

/** Makes an operator; its constructor is nobody else's. */
export let createEmitterOperator: (
  outlet: Outlet,
  nsp: string,
  // deno-lint-ignore no-explicit-any -- whoever calls it knows the map
) => EmitterOperator<any>;

/**
 * Chooses sockets of all servers, then sends to them or acts on them, from a program
 * that has none.
 *
 * Each method that chooses returns a new operator: one can be kept and reused. What
 * sends returns a promise that resolves when Redis has the message, and rejects if it
 * does not get it: a rejection which nobody awaits harms nobody.
 */
export class EmitterOperator<
  EmitEvents extends EventsMap = DefaultEventsMap,
> {
  readonly #outlet: Outlet;
  readonly #nsp: string;
  readonly #target: FullTarget;

  private constructor(outlet: Outlet, nsp: string, target: FullTarget) {
    this.#outlet = outlet;
    this.#nsp = nsp;
    this.#target = target;
  }

  static {
    createEmitterOperator = (outlet, nsp) =>
      new EmitterOperator(outlet, nsp, {
        rooms: new Set(),
        except: new Set(),
        flags: {},
      });
  }

  #choose(change: Partial<FullTarget>): EmitterOperator<EmitEvents> {
    const target = { ...this.#target, ...change };
    return new EmitterOperator(this.#outlet, this.#nsp, target);
  }

  #with(flags: BroadcastFlags): EmitterOperator<EmitEvents> {
    return this.#choose({ flags: { ...this.#target.flags, ...flags } });
  }

  /** Chooses the sockets in a room, beside those in rooms chosen before. */
  to(room: Rooms): EmitterOperator<EmitEvents> {
    return this.#choose({ rooms: union(this.#target.rooms, room) });
  }

  /** Another name of {@linkcode EmitterOperator.to}. */
  in(room: Rooms): EmitterOperator<EmitEvents> {
    return this.to(room);
  }

  /** Leaves out the sockets in a room. */
  except(room: Rooms): EmitterOperator<EmitEvents> {
    return this.#choose({ except: union(this.#target.except, room) });
  }

  /** Drops the next event for clients that cannot take it at once. */
  get volatile(): EmitterOperator<EmitEvents> {
    return this.#with({ volatile: true });
  }

  /** Tells servers on Node whether to compress; those on Deno compress no WebSocket messages. */
  compress(compress: boolean): EmitterOperator<EmitEvents> {
    return this.#with({ compress });
  }

  /**
   * Sends an event to the chosen sockets.
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
    if (isReservedEvent(name)) {
      throw new Error(`"${name}" is a reserved event name`);
    }
    const data = [name, ...withoutAck(args)];
    return this.#send({
      type: "broadcast",
      packet: { type: PacketType.EVENT, nsp: this.#nsp, data },
      target: this.#target,
    });
  }

  /** Adds the chosen sockets to rooms. */
  socketsJoin(rooms: Rooms): Promise<void> {
    return this.#send({
      type: "join",
      target: this.#target,
      rooms: toRooms(rooms),
    });
  }

  /** Takes the chosen sockets out of rooms. */
  socketsLeave(rooms: Rooms): Promise<void> {
    return this.#send({
      type: "leave",
      target: this.#target,
      rooms: toRooms(rooms),
    });
  }

  /**
   * Disconnects the chosen sockets.
   *
   * @param close Whether to close the whole connections of their clients.
   */
  disconnectSockets(close = false): Promise<void> {
    return this.#send({ type: "disconnect", target: this.#target, close });
  }

  #send(message: ClusterMessage): Promise<void> {
    return sendQuietly(this.#outlet, message, this.#nsp);
  }
}

/** Sends a message; a failure that nobody awaits is not reported as uncaught. */
export function sendQuietly(
  outlet: Outlet,
  message: ClusterMessage,
  nsp: string,
): Promise<void> {
  const sent = outlet.send(message, nsp).then(() => {});
  sent.catch(() => {});
  return sent;
}

/**
 * Returns an event's arguments.
 *
 * @throws {TypeError} If there is an acknowledgement among them.
 */
export function withoutAck(args: readonly unknown[]): readonly unknown[] {
  if (typeof args.at(-1) !== "function") return args;
  throw new TypeError(
    "Cannot emit with an acknowledgement: an emitter gets no answers",
  );
}

function union(set: ReadonlySet<Room>, rooms: Rooms): ReadonlySet<Room> {
  return set.union(new Set(toRooms(rooms)));
}
