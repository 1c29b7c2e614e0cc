import {
  type BroadcastFlags,
  type Room,
  type Rooms,
  type Target,
  toRooms,
} from "../adapter/mod.ts";
import { abortable, takeSignal } from "../core/acks.ts";
import { AckTimeoutError, DisconnectedError } from "../core/errors.ts";
import {
  assertNotReserved,
  SocketCore,
  type SocketNamespace,
} from "../core/socket_core.ts";
import type { EventNames, EventsMap } from "../event_source.ts";
import { type AnyListener, callSafely } from "../listeners.ts";
import { MAX_DELAY } from "../options.ts";
import { PacketType } from "../parser/mod.ts";
import type {
  AckValue,
  BroadcastParameters,
  DefaultEventsMap,
  EventAck,
  EventNamesWithAck,
  ParametersWithOptions,
} from "./events.ts";
import { createRemoteSocket, type RemoteSocket } from "./remote_socket.ts";

/** Milliseconds to wait for the answers to a broadcast that names no timeout. */
const DEFAULT_ACK_TIMEOUT = 5_000;

const NONE: ReadonlySet<Room> = new Set();
const NO_FLAGS: BroadcastFlags = {};

/** Makes an operator; its constructor is nobody else's. */
export let createBroadcastOperator: (
  nsp: SocketNamespace,
  target: Partial<Target>,
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
  readonly #target: Target & { readonly flags: BroadcastFlags };

  private constructor(
    nsp: SocketNamespace,
    target: Target & { readonly flags: BroadcastFlags },
  ) {
    this.#nsp = nsp;
    this.#target = target;
  }

  static {
    createBroadcastOperator = (
      nsp,
      { rooms = NONE, except = NONE, flags = NO_FLAGS },
    ) => new BroadcastOperator(nsp, { rooms, except, flags });
  }

  #choose(change: Partial<Target>): BroadcastOperator<EmitEvents, SocketData> {
    return new BroadcastOperator(this.#nsp, { ...this.#target, ...change });
  }

  /** Chooses the sockets in a room, beside those in rooms chosen before. */
  to(room: Rooms): BroadcastOperator<EmitEvents, SocketData> {
    return this.#choose({ rooms: union(this.#target.rooms, room) });
  }

  /** Another name of {@linkcode BroadcastOperator.to}. */
  in(room: Rooms): BroadcastOperator<EmitEvents, SocketData> {
    return this.to(room);
  }

  /**
   * Keeps of the chosen sockets those that are also in a room, or in any of several.
   *
   * Servers of other makes do not know of it: in a cluster it needs `local`.
   *
   * @example Who is in both rooms
   * ```ts
   * import { Server } from "@deno-socketio/server";
   *
   * const io = new Server();
   * io.to("premium").and("online").emit("offer");
   * ```
   */
  and(room: Rooms): BroadcastOperator<EmitEvents, SocketData> {
    return this.#choose({
      and: [...this.#target.and ?? [], new Set(toRooms(room))],
    });
  }

  /** Leaves out the sockets in a room. */
  except(room: Rooms): BroadcastOperator<EmitEvents, SocketData> {
    return this.#choose({ except: union(this.#target.except, room) });
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
    return this.#choose({ flags: { ...this.#target.flags, ...flags } });
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
      this.#nsp.watched(
        this.#nsp.adapter.broadcast(this.#packet(event), this.#target),
      );
    }
    return true;
  }

  /**
   * Sends an event and waits for all answers: 5 seconds at most, unless `timeout()`
   * or the option `ackTimeout` say otherwise.
   *
   * @example Usage
   * ```ts
   * import { AckTimeoutError, Server } from "@deno-socketio/server";
   *
   * const io = new Server();
   * try {
   *   console.log(await io.to("jury").timeout(1_000).emitWithAck("verdict"));
   * } catch (error) {
   *   if (error instanceof AckTimeoutError) console.log(error.responses);
   * }
   * ```
   *
   * @param name The event.
   * @param args Its arguments.
   * @returns The first argument of each answer, in the order they came.
   * @throws {AckTimeoutError} If some did not come in time; its `responses` did.
   * @throws {Error} If the name is reserved.
   */
  emitWithAck<Name extends EventNamesWithAck<EmitEvents>>(
    name: Name,
    ...args: ParametersWithOptions<EmitEvents, Name>
  ): Promise<AckValue<EventAck<EmitEvents, Name>>[]> {
    assertNotReserved(name);
    const event: unknown[] = [name, ...args];
    return abortable(takeSignal(event), (resolve, reject) =>
      this.#emitWithAck(
        event,
        (error, responses) =>
          error === null
            ? resolve(responses as AckValue<EventAck<EmitEvents, Name>>[]) // what the map says of the clients
            : reject(error),
      ));
  }

  /**
   * Sends an event and streams the answers as they come, for `for await`.
   *
   * The stream ends behind the last answer. If some did not come, it fails with an
   * {@linkcode AckTimeoutError} or {@linkcode DisconnectedError}, whose `responses`
   * are those that did. Leaving the loop ends the wait.
   *
   * @example Usage
   * ```ts
   * import { Server } from "@deno-socketio/server";
   *
   * const io = new Server();
   * for await (const vote of io.timeout(1_000).emitWithAckStream("vote")) {
   *   console.log(vote);
   * }
   * ```
   *
   * @param name The event.
   * @param args Its arguments.
   * @returns The first argument of each answer.
   * @throws {Error} If the name is reserved.
   */
  emitWithAckStream<Name extends EventNamesWithAck<EmitEvents>>(
    name: Name,
    ...args: ParametersWithOptions<EmitEvents, Name>
  ): ReadableStream<AckValue<EventAck<EmitEvents, Name>>> {
    assertNotReserved(name);
    const event: unknown[] = [name, ...args];
    const signal = takeSignal(event);
    let stop = () => {};
    return new ReadableStream({
      start: (controller) => {
        if (signal?.aborted) return controller.error(signal.reason);
        const onAbort = () => {
          stop();
          controller.error(signal?.reason);
        };
        const cancel = this.#emitWithAck(
          event,
          (error) => {
            signal?.removeEventListener("abort", onAbort);
            if (error === null) controller.close();
            else controller.error(error);
          },
          (answer) =>
            controller.enqueue(answer as AckValue<EventAck<EmitEvents, Name>>), // what the map says of the clients
        );
        stop = () => {
          signal?.removeEventListener("abort", onAbort);
          cancel();
        };
        signal?.addEventListener("abort", onAbort);
      },
      cancel: () => stop(),
    });
  }

  /** Sends an event that wants answers. Returns how to wait no longer. */
  #emitWithAck(
    event: unknown[],
    done: (error: Error | null, responses: unknown[]) => void,
    onAnswer?: (answer: unknown) => void,
  ): () => void {
    const { adapter } = this.#nsp;
    const timeout = Math.min(
      this.#target.flags.timeout ?? this.#nsp.ackTimeout ?? DEFAULT_ACK_TIMEOUT,
      MAX_DELAY,
    );
    const flags = { ...this.#target.flags, timeout };
    const responses: unknown[] = [];
    let gone = 0;
    let serversExpected = -1; // until they are counted
    let serversHeard = 0;
    let clientsExpected = 0;
    let isOver = false;
    const settle = (error: Error | null) => {
      stop();
      done(error, responses);
    };
    const check = () => {
      if (
        isOver || serversHeard !== serversExpected ||
        responses.length + gone !== clientsExpected
      ) return;
      settle(gone === 0 ? null : new DisconnectedError(responses));
    };
    const cancel = adapter.broadcastWithAck(
      this.#packet(event),
      { ...this.#target, flags },
      (count) => {
        clientsExpected += count;
        serversHeard++;
        check();
      },
      (response) => {
        responses.push(response);
        onAnswer?.(response);
        check();
      },
      () => {
        gone++;
        check();
      },
    );
    const timer = setTimeout(
      () => settle(new AckTimeoutError(responses)),
      timeout,
    );
    const stop = () => {
      isOver = true;
      clearTimeout(timer);
      cancel();
    };
    const count = flags.local ? Promise.resolve(1) : adapter.serverCount();
    count.then((servers) => {
      serversExpected = servers;
      check();
    }, (error) => this.#nsp.onError(error));
    return stop;
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
    return this.#nsp.adapter.sockets(this.#target.rooms);
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
          createBroadcastOperator(this.#nsp, {
            rooms: new Set([socket.id]),
            flags: this.#target.flags,
          }),
        )
    );
  }

  /** Adds the chosen sockets to rooms. */
  socketsJoin(room: Rooms): void {
    this.#nsp.watched(
      this.#nsp.adapter.addSockets(this.#target, toRooms(room)),
    );
  }

  /** Takes the chosen sockets out of rooms. */
  socketsLeave(room: Rooms): void {
    this.#nsp.watched(
      this.#nsp.adapter.delSockets(this.#target, toRooms(room)),
    );
  }

  /**
   * Disconnects the chosen sockets.
   *
   * @param close Whether to end their clients' whole connections (default `false`).
   */
  disconnectSockets(close = false): void {
    this.#nsp.watched(this.#nsp.adapter.disconnectSockets(this.#target, close));
  }

  #packet(data: readonly unknown[]) {
    return { type: PacketType.EVENT, nsp: this.#nsp.name, data };
  }
}

function union(
  rooms: ReadonlySet<Room>,
  more: Rooms,
): ReadonlySet<Room> {
  return new Set([...rooms, ...toRooms(more)]);
}
