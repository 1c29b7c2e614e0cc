import {
  type AckListener,
  type Adapter,
  type BroadcastFlags,
  type RestoredSession,
  type Room,
  type RoomMember,
  type Rooms,
  type Session,
  type SessionRecovery,
  type Target,
  toRooms,
} from "../adapter/mod.ts";
import {
  ConnectionRefusedEvent,
  DisconnectionEvent,
} from "../diagnostic_events.ts";
import type { Diagnostics } from "../diagnostics.ts";
import type { CloseDescription, CloseReason } from "../engine/mod.ts";
import {
  type AnyListener,
  assertFunction,
  callSafely,
  type ErrorReporter,
  Listeners,
} from "../listeners.ts";
import type { ObservedScope, ObservedSocket, Observer } from "../observer.ts";
import {
  type EncodedPacket,
  isReservedEvent,
  type Packet,
  PacketType,
} from "../parser/mod.ts";
import {
  abortable,
  AckTable,
  type AnswerListener,
  observed,
  takeSignal,
} from "./acks.ts";
import type { Client, ClientSocket } from "./client.ts";
import type { Failure } from "./dialect.ts";
import { DisconnectedError } from "./errors.ts";
import { createHandshake, type Handshake } from "./handshake.ts";
import { runMiddlewares } from "./middleware.ts";

/** Why a socket was disconnected. */
export type DisconnectReason =
  | CloseReason
  | "forced server close"
  | "server shutting down"
  | "client namespace disconnect"
  | "server namespace disconnect";

/** A namespace, as its sockets see it. */
export interface SocketNamespace {
  readonly name: string;
  /** What its traffic is counted under. */
  readonly group: string;
  /** What the application sees of it. */
  readonly face: object;
  readonly adapter: Adapter;
  /** Where it is told what happens. */
  readonly diagnostics: Diagnostics;
  /** How interrupted sessions go on, where they do. */
  readonly recovery: SessionRecovery | undefined;
  /** Reports what a listener or a watcher threw. */
  readonly onHandlerError: ErrorReporter;
  /** Reports what an acknowledgement threw. */
  readonly onAckError: ErrorReporter;
  /** Reports what the adapter threw. */
  onError(error: unknown): void;
  /** Returns what a method of the adapter returned, and reports it if it rejects. */
  watched<Result>(result: Result): Result;
  /** Makes what the application sees of a socket. */
  createSocketFace(socket: SocketCore): object;
  encode(packet: Packet): EncodedPacket;
  nextAckId(): number;
  /** Forgets a socket that has ended. */
  removeSocket(socket: SocketCore): void;
  /** Milliseconds to wait for answers that have no timeout of their own. */
  readonly ackTimeout: number | undefined;
  /** Keeps a session that was interrupted. */
  persistSession(session: Session): void;
  /** Keeps a session again that was restored for a client which was not let in. */
  returnSession(session: RestoredSession): void;
}

const NO_FLAGS: BroadcastFlags = {};

const NO_ROOMS: ReadonlySet<Room> = new Set();
/** Shared by the sockets that have none, which are nearly all. */
const NO_LISTENERS: readonly AnyListener[] = [];

/** The reasons after which a session may go on. */
const RECOVERABLE: ReadonlySet<DisconnectReason> = new Set<DisconnectReason>([
  "transport error",
  "transport close",
  "forced close",
  "ping timeout",
  "server shutting down",
  "forced server close",
]);

/** Who a socket is. */
export interface SocketIdentity {
  readonly id: string;
  /** The secret that brings its session back, where sessions can go on. */
  readonly pid: string | undefined;
  /** The session that goes on with it. */
  readonly restored: RestoredSession | undefined;
}

/** What an event's name and arguments look like to those who watch all events. */
type AnyWatchers = readonly AnyListener[];

/**
 * One client in one namespace.
 *
 * connecting ──connect()──▶ connected ──end()──▶ ending ──listeners heard──▶ ended
 *     └───────────────────end() or refuse()────────────────────────────────────▲
 */
export class SocketCore implements RoomMember, ClientSocket, ObservedSocket {
  readonly id: string;
  readonly pid: string | undefined;
  readonly nsp: SocketNamespace;
  readonly client: Client;
  readonly listeners: Listeners;
  /** What the application sees of this socket. */
  readonly face: object;
  data: unknown = {};
  /** Whether an interrupted session goes on with this socket. */
  readonly recovered: boolean;
  #state: "connecting" | "connected" | "ending" | "ended" = "connecting";
  readonly #auth: unknown;
  #handshake: Handshake | undefined;
  #acks: AckTable | undefined;
  #middlewares: readonly AnyListener[] = NO_LISTENERS;
  #incomingWatchers: AnyWatchers = NO_LISTENERS;
  #outgoingWatchers: AnyWatchers = NO_LISTENERS;
  /** What was sent before the client could know of the socket. */
  #early: (() => void)[] | undefined;
  /** The target that is this socket alone, once it has been needed. */
  #self: Target | undefined;
  /** The session that goes on, until the client knows of it. */
  #restored: RestoredSession | undefined;
  /** Rooms that were joined before the client could know of the socket. */
  #earlyRooms: Set<Room> | undefined;
  #lifetime: AbortController | undefined;

  constructor(
    nsp: SocketNamespace,
    client: Client,
    auth: unknown,
    { id, pid, restored }: SocketIdentity,
  ) {
    this.nsp = nsp;
    this.client = client;
    this.id = id;
    this.pid = pid;
    this.#auth = auth;
    this.#restored = restored;
    this.recovered = restored !== undefined;
    if (restored !== undefined) this.data = restored.data;
    this.listeners = new Listeners(nsp.onHandlerError);
    this.face = nsp.createSocketFace(this);
  }

  get namespace(): string {
    return this.nsp.name;
  }

  get namespaceGroup(): string {
    return this.nsp.group;
  }

  get address(): string {
    return this.client.conn.remoteAddress;
  }

  hears(name: string): boolean {
    return this.listeners.has(name);
  }

  get handshake(): Handshake {
    return this.#handshake ??= createHandshake(
      this.client.conn.handshake,
      this.#auth,
    );
  }

  get connected(): boolean {
    return this.#state === "connected" || this.#state === "ending";
  }

  get hasEnded(): boolean {
    return this.#state === "ended";
  }

  /** How many acknowledgements of the client are waited for. */
  get pendingAcks(): number {
    return this.#acks?.size ?? 0;
  }

  /** Aborts when the socket has left. */
  get signal(): AbortSignal {
    if (this.#lifetime === undefined) {
      this.#lifetime = new AbortController();
      if (this.hasEnded) this.#lifetime.abort(new DisconnectedError());
    }
    return this.#lifetime.signal;
  }

  get rooms(): ReadonlySet<Room> {
    return this.nsp.adapter.socketRooms(this.id) ??
      new Set(this.#earlyRooms);
  }

  /** Tells the client that it is in the namespace, behind what it has missed. */
  connect(): void {
    this.#state = "connected";
    const restored = this.#restored;
    this.#restored = undefined;
    const early = this.#earlyRooms;
    const rooms = restored === undefined && early === undefined
      ? [this.id]
      : [this.id, ...restored?.rooms ?? [], ...early ?? []];
    this.#earlyRooms = undefined;
    this.#guard(() => void this.join(rooms));
    this.client.onJoined();
    for (const encoded of restored?.missedPackets ?? []) {
      this.client.send(encoded);
    }
    this.client.write({
      type: PacketType.CONNECT,
      nsp: this.nsp.name,
      data: this.client.dialect.welcome(this.id, this.pid),
    });
    const sends = this.#early;
    this.#early = undefined;
    for (const send of sends ?? []) this.#guard(send);
  }

  /** Does what must not keep the rest from being done. */
  #guard(action: () => unknown): void {
    callSafely(action, this, [], (error) => this.nsp.onError(error), "");
  }

  /** Tells the client why it may not join. */
  refuse(failure: unknown): void {
    this.#finish(false);
    const { message, data } = describeFailure(failure);
    const { name, group, diagnostics } = this.nsp;
    if (diagnostics.hears("connectionrefused")) {
      diagnostics.dispatchEvent(
        new ConnectionRefusedEvent(name, group, this.address, message),
      );
    }
    try {
      this.#writeRefusal({ message, data });
    } catch (error) {
      this.nsp.onError(error); // its data cannot be sent
      this.#writeRefusal({ message });
    }
  }

  #writeRefusal(failure: Failure): void {
    this.client.write({
      type: PacketType.CONNECT_ERROR,
      nsp: this.nsp.name,
      data: this.client.dialect.refusal(failure),
    });
  }

  /** Handles a packet of this socket's namespace. */
  receive(packet: Packet): void {
    if (this.#state !== "connected") {
      if (packet.type === PacketType.DISCONNECT) {
        this.end("client namespace disconnect");
      }
      return;
    }
    switch (packet.type) {
      case PacketType.EVENT:
        return this.#onEvent(packet.data, packet.id);
      case PacketType.ACK:
        if (packet.id !== undefined) this.#acks?.settle(packet.id, packet.data);
        return;
      case PacketType.DISCONNECT:
        return this.end("client namespace disconnect");
      default:
        return this.client.close();
    }
  }

  #onEvent(data: readonly unknown[], id: number | undefined): void {
    if (data.length === 0) return;
    const event = id === undefined ? data : [...data, this.#createReply(id)];
    const { observer } = this.nsp.diagnostics;
    if (observer === undefined) this.#handle(event);
    else this.#handleObserved(event, observer);
  }

  /** By itself, so that an event that nobody observes needs no closure's context. */
  #handleObserved(
    event: readonly unknown[],
    observer: Required<Observer>,
  ): void {
    const scope = observer.onEventReceived(this, event);
    if (scope === undefined) this.#handle(event);
    else scope.run(() => this.#handle(event, scope));
  }

  /** Takes an event through the middlewares to its listeners. */
  #handle(event: readonly unknown[], scope?: ObservedScope): void {
    this.#callWatchers(this.#incomingWatchers, event);
    if (this.#middlewares.length === 0) this.#dispatch(event, scope);
    else this.#pass(event, scope);
  }

  /** Asks the middlewares first. */
  #pass(event: readonly unknown[], scope: ObservedScope | undefined): void {
    runMiddlewares(this.#middlewares, event, (failure) => {
      if (failure === undefined) return this.#dispatch(event, scope);
      this.onError(failure);
      scope?.end(failure);
    });
  }

  #dispatch(event: readonly unknown[], scope: ObservedScope | undefined): void {
    if (this.#state !== "connected") return scope?.end();
    const name = String(event[0]);
    const args = event.slice(1);
    if (scope === undefined) this.listeners.call(this.face, name, args);
    else this.#callWithin(scope, name, args);
  }

  #callWithin(
    scope: ObservedScope,
    name: string,
    args: readonly unknown[],
  ): void {
    const end = (error: unknown) => scope.end(error);
    this.listeners.callAndFollow(this.face, name, args, end);
  }

  /** Makes the function that answers event `id`, at its first call. */
  #createReply(id: number): (...args: unknown[]) => void {
    let isSent = false;
    return (...data) => {
      if (isSent) return;
      isSent = true;
      try {
        this.#send(
          { type: PacketType.ACK, nsp: this.nsp.name, id, data },
          NO_FLAGS,
        );
      } catch (error) {
        isSent = false; // it cannot be encoded: another answer may be
        throw error;
      }
    };
  }

  /** Something went wrong that the application may want to hear of. */
  onError(error: unknown): void {
    this.listeners.call(this.face, "error", [error]);
  }

  /**
   * Sends an event.
   *
   * @param event Its name and arguments; the last may be a function, which then
   * gets the answer, behind an error (or `null`) if there is a timeout.
   * @param flags How to send it.
   * @throws {Error} If the name is reserved.
   */
  emit(event: unknown[], flags: BroadcastFlags = NO_FLAGS): void {
    assertNotReserved(event[0]);
    const callback = event.at(-1);
    if (typeof callback !== "function") return this.#sendEvent(event, flags);
    event.pop();
    const { timeout } = flags;
    const call = (args: readonly unknown[]) =>
      callSafely(
        callback as AnyListener,
        this.face,
        args,
        this.nsp.onAckError,
        String(event[0]),
      ); // a function
    if (timeout === undefined) this.#ask(event, flags, call);
    else {
      this.#ask(
        event,
        flags,
        (args) => call([null, ...args]),
        (error) => call([error]),
      );
    }
  }

  /**
   * Sends an event and resolves with the first argument of its answer. The last
   * argument may be {@linkcode AckOptions}.
   */
  emitWithAck(event: unknown[], flags: BroadcastFlags): Promise<unknown> {
    assertNotReserved(event[0]);
    const timeout = flags.timeout ?? this.nsp.ackTimeout;
    return abortable(
      takeSignal(event),
      (resolve, reject) =>
        this.#ask(
          event,
          { ...flags, timeout },
          ([answer]) => resolve(answer),
          reject,
        ),
    );
  }

  /** Sends an event that wants an answer. Returns how to wait no longer. */
  #ask(
    event: unknown[],
    flags: BroadcastFlags,
    onAnswer: AnswerListener,
    onFailure?: (error: Error) => void,
  ): () => void {
    if (this.#state === "ended") {
      onFailure?.(new DisconnectedError());
      return () => {};
    }
    const id = this.nsp.nextAckId();
    this.#expectAck(id, onAnswer, onFailure, flags.timeout);
    try {
      this.#sendEvent(event, flags, id);
    } catch (error) {
      this.forgetAck(id); // it was not sent
      throw error;
    }
    return () => this.forgetAck(id);
  }

  #expectAck(
    id: number,
    onAnswer: AnswerListener,
    onFailure?: (error: Error) => void,
    timeout?: number,
  ): void {
    this.#acks ??= new AckTable();
    const { observer } = this.nsp.diagnostics;
    if (observer === undefined) {
      this.#acks.add(id, onAnswer, onFailure, timeout);
    } else {
      const timed = observed(observer, this, onAnswer, onFailure);
      this.#acks.add(id, timed.onAnswer, timed.onFailure, timeout);
    }
    if (this.#acks.size > this.client.limits.pendingAcknowledgements) {
      this.client.exceed("pendingAcknowledgements");
    }
  }

  #sendEvent(data: unknown[], flags: BroadcastFlags, id?: number): void {
    this.#send({ type: PacketType.EVENT, nsp: this.nsp.name, data, id }, flags);
  }

  #send(packet: Packet, flags: BroadcastFlags): void {
    if (
      this.pid !== undefined && packet.type === PacketType.EVENT &&
      packet.id === undefined
    ) {
      return this.#sendKept(packet, flags);
    }
    const encoded = this.nsp.encode(packet);
    const { nsp } = this;
    if (this.#state === "connecting") {
      this.#sendLater(() => this.deliver(encoded, packet, flags));
    } else if (nsp.recovery !== undefined) {
      // Events may still be on their way through the adapter.
      nsp.adapter.inOrder(() => this.deliver(encoded, packet, flags));
    } else this.deliver(encoded, packet, flags);
  }

  /** Sends as a broadcast to this socket, so that the adapter keeps it. */
  #sendKept(packet: Packet, flags: BroadcastFlags): void {
    this.#self ??= { rooms: new Set([this.id]), except: NO_ROOMS };
    const target = flags === NO_FLAGS ? this.#self : { ...this.#self, flags };
    const send = () =>
      this.nsp.watched(this.nsp.adapter.broadcast(packet, target));
    if (this.#state === "connecting") this.#sendLater(send);
    else send();
  }

  #sendLater(send: () => void): void {
    (this.#early ??= []).push(send);
  }

  deliver(encoded: EncodedPacket, packet: Packet, flags: BroadcastFlags): void {
    if (this.#state !== "connected") return;
    if (
      this.#outgoingWatchers.length > 0 && packet.type === PacketType.EVENT
    ) {
      this.#callWatchers(this.#outgoingWatchers, packet.data);
    }
    const { observer } = this.nsp.diagnostics;
    if (flags.volatile && !this.client.conn.writable) {
      if (packet.type === PacketType.EVENT) {
        observer?.onEventDropped(this, packet.data);
      }
      return;
    }
    if (observer !== undefined && packet.type === PacketType.EVENT) {
      observer.onEventSent(this, packet.data, packet.id !== undefined);
    }
    this.client.send(encoded);
  }

  expectAck(id: number, onAnswer: AckListener, onGone: () => void): void {
    if (this.hasEnded) return onGone();
    this.#expectAck(id, ([answer]) => onAnswer(answer), onGone);
  }

  forgetAck(id: number): void {
    this.#acks?.delete(id);
  }

  join(rooms: Rooms): Promise<void> | void {
    if (this.#state === "connecting") {
      this.#earlyRooms = new Set([
        ...this.#earlyRooms ?? [],
        ...toRooms(rooms),
      ]);
      return;
    }
    if (this.#state !== "connected") return;
    return this.nsp.watched(
      this.nsp.adapter.addAll(this.id, toRooms(rooms)),
    );
  }

  leave(room: Room): Promise<void> | void {
    this.#earlyRooms?.delete(room);
    return this.nsp.watched(this.nsp.adapter.del(this.id, room));
  }

  disconnect(close = false): void {
    const disconnect = () => close ? this.#disconnectAll() : this.dismiss();
    if (this.nsp.recovery !== undefined) this.nsp.adapter.inOrder(disconnect);
    else disconnect();
  }

  #disconnectAll(): void {
    if (this.#state === "connected") this.client.disconnect();
  }

  dismiss(): void {
    if (this.#state !== "connected") return;
    this.client.write({ type: PacketType.DISCONNECT, nsp: this.nsp.name });
    this.end("server namespace disconnect");
  }

  /** Takes the socket out of its namespace. */
  end(reason: DisconnectReason, description?: CloseDescription): void {
    if (this.#state === "ending" || this.#state === "ended") return;
    const wasConnected = this.#state === "connected";
    this.#state = "ending";
    if (wasConnected) {
      this.listeners.call(this.face, "disconnecting", [reason, description]);
      if (RECOVERABLE.has(reason)) {
        this.#guard(() => {
          const session = this.#describe();
          if (session !== undefined) this.nsp.persistSession(session);
        });
      }
      this.#guard(() => this.nsp.adapter.delAll(this.id));
    }
    this.#finish(reason === "server namespace disconnect");
    if (!wasConnected) return;
    this.listeners.call(this.face, "disconnect", [reason, description]);
    const { diagnostics } = this.nsp;
    if (!diagnostics.hears("disconnection")) return;
    diagnostics.dispatchEvent(
      new DisconnectionEvent(this, reason, description?.description),
    );
  }

  /** What its session is, while it can go on. */
  get session(): Session | undefined {
    return this.#state === "connected" ? this.#describe() : undefined;
  }

  #describe(): Session | undefined {
    const { id: sid, pid, data } = this;
    if (pid === undefined) return undefined;
    const { confirmedAt } = this.client.conn;
    return { sid, pid, rooms: [...this.rooms], data, confirmedAt };
  }

  /** Lets go of everything: the only way into `ended`. */
  #finish(byServer: boolean): void {
    this.#state = "ended";
    if (this.#restored !== undefined) this.nsp.returnSession(this.#restored);
    this.#restored = undefined;
    this.nsp.removeSocket(this);
    this.client.removeSocket(this, byServer);
    this.#acks?.clear();
    this.#lifetime?.abort(new DisconnectedError());
    this.#early = undefined;
  }

  /** Adds a function through which all events of the client must pass. */
  use(middleware: AnyListener): void {
    assertFunction(middleware, "a middleware");
    this.#middlewares = [...this.#middlewares, middleware];
  }

  /** Those who hear of each event of the client, in the order of their calls. */
  get incomingWatchers(): AnyWatchers {
    return this.#incomingWatchers;
  }

  set incomingWatchers(watchers: AnyWatchers) {
    for (const watcher of watchers) assertFunction(watcher, "a listener");
    this.#incomingWatchers = watchers;
  }

  /** Those who hear of each event to the client, in the order of their calls. */
  get outgoingWatchers(): AnyWatchers {
    return this.#outgoingWatchers;
  }

  set outgoingWatchers(watchers: AnyWatchers) {
    for (const watcher of watchers) assertFunction(watcher, "a listener");
    this.#outgoingWatchers = watchers;
  }

  #callWatchers(watchers: AnyWatchers, event: readonly unknown[]): void {
    const { face, nsp: { onHandlerError } } = this;
    for (const watcher of watchers) {
      callSafely(watcher, face, event, onHandlerError, String(event[0]));
    }
  }
}

/** What a client is told of a failure: its message and `data`, and no more of it. */
export function describeFailure(failure: unknown): Failure {
  if (typeof failure !== "object" || failure === null) {
    return { message: String(failure) };
  }
  const { message, data } = failure as { message?: unknown; data?: unknown }; // any property may be missing
  return {
    message: typeof message === "string" ? message : "refused",
    data,
  };
}

/**
 * Refuses names that clients give a meaning of their own.
 *
 * @throws {Error} With the text that Socket.IO users know.
 */
export function assertNotReserved(name: unknown): void {
  if (isReservedEvent(name)) {
    throw new Error(`"${String(name)}" is a reserved event name`);
  }
}
