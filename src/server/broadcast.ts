import type { BroadcastFlags, Room } from "../adapter/mod.ts";
import { AckTimeoutError } from "../core/errors.ts";
import {
  assertNotReserved,
  SocketCore,
  type SocketNamespace,
} from "../core/socket_core.ts";
import type { EventNames, EventsMap } from "../event_source.ts";
import { type AnyListener, callSafely } from "../listeners.ts";
import { PacketType } from "../parser/mod.ts";
import type {
  AckValue,
  BroadcastParameters,
  DefaultEventsMap,
  EventAck,
  EventNamesWithAck,
  ParametersWithoutAck,
} from "./events.ts";
import { createRemoteSocket, type RemoteSocket } from "./remote_socket.ts";

/** Milliseconds to wait for the answers to a broadcast that names no timeout. */
const DEFAULT_ACK_TIMEOUT = 5_000;

/** Makes an operator; its constructor is nobody else's. */
export let createBroadcastOperator: (
  nsp: SocketNamespace,
  rooms?: ReadonlySet<Room>,
  except?: ReadonlySet<Room>,
  flags?: BroadcastFlags,
  // deno-lint-ignore no-explicit-any -- whoever calls it knows the maps
) => BroadcastOperator<any, any>;

/**
 * Chooses sockets, then sends to them or acts on them.
 *
 * Each method that chooses returns a new operator: one can be kept and reused.
 *
 * @example Usage
 * ```ts
 * import { Server } from "@deno-socketio/server";
 *
 * const io = new Server();
 * const players = io.to("players").except("banned");
 * players.emit("round", 1);
 * players.volatile.emit("position", 3, 4);
 * ```
 */
export class BroadcastOperator<
  EmitEvents extends EventsMap = DefaultEventsMap,
  // deno-lint-ignore no-explicit-any -- the default of Socket.IO
  SocketData = any,
> {
  readonly #nsp: SocketNamespace;
  readonly #rooms: ReadonlySet<Room>;
  readonly #except: ReadonlySet<Room>;
  readonly #flags: BroadcastFlags;

  private constructor(
    nsp: SocketNamespace,
    rooms: ReadonlySet<Room>,
    except: ReadonlySet<Room>,
    flags: BroadcastFlags,
  ) {
    this.#nsp = nsp;
    this.#rooms = rooms;
    this.#except = except;
    this.#flags = flags;
  }

  static {
    const none: ReadonlySet<Room> = new Set();
    createBroadcastOperator = (nsp, rooms = none, except = none, flags = {}) =>
      new BroadcastOperator(nsp, rooms, except, flags);
  }

  /** Chooses the sockets in a room, beside those in rooms chosen before. */
  to(room: Room | readonly Room[]): BroadcastOperator<EmitEvents, SocketData> {
    return new BroadcastOperator(
      this.#nsp,
      union(this.#rooms, room),
      this.#except,
      this.#flags,
    );
  }

  /** Another name of {@linkcode BroadcastOperator.to}. */
  in(room: Room | readonly Room[]): BroadcastOperator<EmitEvents, SocketData> {
    return this.to(room);
  }

  /** Leaves out the sockets in a room. */
  except(
    room: Room | readonly Room[],
  ): BroadcastOperator<EmitEvents, SocketData> {
    return new BroadcastOperator(
      this.#nsp,
      this.#rooms,
      union(this.#except, room),
      this.#flags,
    );
  }

  /** Accepts Node's hint whether to compress: Deno compresses no WebSocket messages. */
  compress(compress: boolean): BroadcastOperator<EmitEvents, SocketData> {
    return this.#with({ compress });
  }

  /** Drops the next event for clients that cannot take it at once. */
  get volatile(): BroadcastOperator<EmitEvents, SocketData> {
    return this.#with({ volatile: true });
  }

  /** Chooses sockets of this server alone. */
  get local(): BroadcastOperator<EmitEvents, SocketData> {
    return this.#with({ local: true });
  }

  /**
   * Sets how long answers are waited for.
   *
   * @param timeout Milliseconds; 5,000 where none is set.
   */
  timeout(timeout: number): BroadcastOperator<EmitEvents, SocketData> {
    return this.#with({ timeout });
  }

  #with(flags: BroadcastFlags): BroadcastOperator<EmitEvents, SocketData> {
    return new BroadcastOperator(this.#nsp, this.#rooms, this.#except, {
      ...this.#flags,
      ...flags,
    });
  }

  /**
   * Sends an event to the chosen sockets, encoded once for all.
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
    assertNotReserved(name);
    const event: unknown[] = [name, ...args];
    const callback = args.at(-1);
    if (typeof callback === "function") {
      event.pop();
      this.#emitWithAck(event, (...answer) =>
        callSafely(
          callback as AnyListener, // a function
          undefined,
          answer,
          this.#nsp.onAckError,
          name,
        ));
    } else {
      this.#nsp.adapter.broadcast(this.#packet(event), this.#target);
    }
    return true;
  }

  /**
   * Sends an event and waits for all answers.
   *
   * @param name The event.
   * @param args Its arguments.
   * @returns The first argument of each answer, in the order they came.
   * @throws {AckTimeoutError} If some did not come in time; its `responses` did.
   * @throws {Error} If the name is reserved.
   */
  emitWithAck<Name extends EventNamesWithAck<EmitEvents>>(
    name: Name,
    ...args: ParametersWithoutAck<EmitEvents, Name>
  ): Promise<AckValue<EventAck<EmitEvents, Name>>[]> {
    assertNotReserved(name);
    return new Promise((resolve, reject) =>
      this.#emitWithAck(
        [name, ...args],
        (error, responses) =>
          error === null
            ? resolve(responses as AckValue<EventAck<EmitEvents, Name>>[]) // what the map says of the clients
            : reject(error),
      )
    );
  }

  #emitWithAck(
    event: unknown[],
    done: (error: Error | null, responses: unknown[]) => void,
  ): void {
    const { adapter } = this.#nsp;
    const responses: unknown[] = [];
    let serversExpected = -1;
    let serversHeard = 0;
    let clientsExpected = 0;
    const check = () => { // never before the timer: the servers are counted later
      if (
        serversHeard === serversExpected && responses.length === clientsExpected
      ) {
        serversExpected = -1; // done but once
        clearTimeout(timer);
        done(null, responses);
      }
    };
    const cancel = adapter.broadcastWithAck(
      this.#packet(event),
      this.#target,
      (count) => {
        clientsExpected += count;
        serversHeard++;
        check();
      },
      (response) => {
        responses.push(response);
        check();
      },
    );
    const timer = setTimeout(() => {
      cancel();
      done(new AckTimeoutError(responses), responses);
    }, this.#flags.timeout ?? DEFAULT_ACK_TIMEOUT);
    const count = this.#flags.local
      ? Promise.resolve(1)
      : adapter.serverCount();
    count.then((servers) => {
      serversExpected = servers;
      check();
    }, (error) => this.#nsp.onError(error));
  }

  /** Sends an event named `message`. */
  send(...args: BroadcastParameters<EmitEvents, "message">): this {
    this.emit("message", ...args);
    return this;
  }

  /** Another name of {@linkcode BroadcastOperator.send}. */
  write(...args: BroadcastParameters<EmitEvents, "message">): this {
    return this.send(...args);
  }

  /**
   * Returns the ids of the chosen sockets.
   *
   * @deprecated Use {@linkcode BroadcastOperator.fetchSockets}.
   */
  allSockets(): Promise<Set<string>> {
    return this.#nsp.adapter.sockets(this.#rooms);
  }

  /**
   * Returns the chosen sockets.
   *
   * Those of this server are the {@linkcode Socket} objects that handlers get.
   */
  async fetchSockets(): Promise<RemoteSocket<EmitEvents, SocketData>[]> {
    const sockets = await this.#nsp.adapter.fetchSockets(this.#target);
    return sockets.map((socket) =>
      socket instanceof SocketCore
        ? socket.face as RemoteSocket<EmitEvents, SocketData> // a Socket has all of it
        : createRemoteSocket(
          socket as Exclude<typeof socket, SocketCore>, // a peer's details
          createBroadcastOperator(
            this.#nsp,
            new Set([socket.id]),
            undefined,
            { ...this.#flags },
          ),
        )
    );
  }

  /** Adds the chosen sockets to rooms. */
  socketsJoin(room: Room | readonly Room[]): void {
    this.#nsp.adapter.addSockets(this.#target, toList(room));
  }

  /** Takes the chosen sockets out of rooms. */
  socketsLeave(room: Room | readonly Room[]): void {
    this.#nsp.adapter.delSockets(this.#target, toList(room));
  }

  /**
   * Disconnects the chosen sockets.
   *
   * @param close Whether to end their clients' whole connections (default `false`).
   */
  disconnectSockets(close = false): void {
    this.#nsp.adapter.disconnectSockets(this.#target, close);
  }

  get #target() {
    return { rooms: this.#rooms, except: this.#except, flags: this.#flags };
  }

  #packet(data: readonly unknown[]) {
    return { type: PacketType.EVENT, nsp: this.#nsp.name, data };
  }
}

function toList(room: Room | readonly Room[]): readonly Room[] {
  return typeof room === "string" ? [room] : room;
}

function union(
  rooms: ReadonlySet<Room>,
  more: Room | readonly Room[],
): ReadonlySet<Room> {
  return new Set([...rooms, ...toList(more)]);
}
