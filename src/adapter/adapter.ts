import type { EventsMap } from "../event_source.ts";
import { EventSource } from "../event_source.ts";
import { Listeners } from "../listeners.ts";
import type { EncodedPacket, Packet } from "../parser/mod.ts";

/** The name of a room. */
export type Room = string;

/** One room or several. */
export type Rooms = Room | Iterable<Room>;

/**
 * Lists one room or several.
 *
 * @throws {TypeError} If they are neither text nor a list.
 */
export function toRooms(rooms: Rooms): readonly Room[] {
  if (typeof rooms === "string") return [rooms];
  if (typeof rooms !== "object" || rooms === null) {
    throw new TypeError(`Cannot use room ${rooms}: it is not a string`);
  }
  return [...rooms];
}

/** The id of a socket, which is also the name of a room with this socket alone. */
export type SocketId = string;

/** How a packet is to be sent. */
export interface BroadcastFlags {
  /** Drop it for clients that cannot take it at once. */
  readonly volatile?: boolean;
  /** Do not pass it to other servers. */
  readonly local?: boolean;
  /** Whether to compress it: Deno offers no compression of WebSocket messages. */
  readonly compress?: boolean;
  /** Milliseconds to wait for acknowledgements. */
  readonly timeout?: number | undefined;
}

/** Which sockets are meant. */
export interface Target {
  /** Sockets in any of these rooms; all of them where there is none. */
  readonly rooms: ReadonlySet<Room>;
  /** Of those, sockets that are also in any room of each of these sets. */
  readonly and?: readonly ReadonlySet<Room>[];
  /** Except sockets in any of these. */
  readonly except: ReadonlySet<Room>;
  /** How to send to them. */
  readonly flags?: BroadcastFlags;
}

/** Takes a client's answer: its first argument. */
export type AckListener = (answer: unknown) => void;

/** A socket as an adapter sees it. */
export interface RoomMember {
  /** The socket's id. */
  readonly id: SocketId;
  /** What was asked for when it connected. */
  readonly handshake: object;
  /** What the application keeps with it. */
  readonly data: unknown;
  /**
   * Sends a packet.
   *
   * @param encoded The packet's frames, shared with other members.
   * @param packet The packet, for listeners that watch what goes out.
   * @param flags How to send it.
   */
  deliver(encoded: EncodedPacket, packet: Packet, flags: BroadcastFlags): void;
  /**
   * Waits for the client's answer to the packet of this id.
   *
   * @param id The packet's id.
   * @param onAnswer Gets the answer.
   * @param onGone Is called if the client leaves before.
   */
  expectAck(id: number, onAnswer: AckListener, onGone: () => void): void;
  /** Waits no longer for the client's answer to the packet of this id. */
  forgetAck(id: number): void;
  /** Adds the socket to rooms; a failure is reported already. */
  join(rooms: Rooms): Promise<void> | void;
  /** Takes the socket out of a room; a failure is reported already. */
  leave(room: Room): Promise<void> | void;
  /** Disconnects the socket; with `close`, its client's whole connection. */
  disconnect(close?: boolean): void;
}

/** A socket on this server or another, as `fetchSockets()` finds it. */
export interface SocketDetails {
  /** The socket's id. */
  readonly id: SocketId;
  /** What was asked for when it connected. */
  readonly handshake: object;
  /** The rooms it is in. */
  readonly rooms: ReadonlySet<Room>;
  /** What the application keeps with it. */
  readonly data: unknown;
}

/** How interrupted sessions go on. */
export interface SessionRecovery {
  /** Milliseconds that a session, and what it missed, is to be kept. */
  readonly maxDisconnectionDuration: number;
  /** Bytes of packets that are sent to a client which returns: with more it starts afresh. */
  readonly maxReplay: number;
}

/** A namespace as its adapter sees it. */
export interface AdapterNamespace {
  /** The namespace's name. */
  readonly name: string;
  /** How interrupted sessions go on, where they do. */
  readonly recovery?: SessionRecovery | undefined;
  /** Its connected sockets. */
  readonly sockets: ReadonlyMap<SocketId, RoomMember>;
  /** Encodes a packet for any number of its sockets. */
  encode(packet: Packet): EncodedPacket;
  /** Draws the next number for an acknowledgement. */
  nextAckId(): number;
  /** Hands over an event from another server: its name, arguments, and an acknowledgement if it wants one. */
  onServerSideEmit(args: readonly unknown[]): void;
  /** Reports that something of the adapter's failed. */
  onError(error: unknown): void;
  /**
   * Hears that other servers have answered a request, or failed to.
   *
   * @param milliseconds How long it took.
   * @param error Why some did not answer, `undefined` if all did.
   */
  onRequest?(milliseconds: number, error?: unknown): void;
  /**
   * Ends the session of a client that has come back to another server.
   *
   * @param pid The secret of the session.
   * @returns Whether there was one here, when it has been handed to
   * {@linkcode Adapter.persistSession} and kept.
   */
  releaseSession?(pid: string): Promise<boolean>;
  /**
   * Tells what the session of a connected socket is now.
   *
   * @param id The socket's id.
   * @returns The session, or nothing if it is not one that can go on.
   */
  sessionOf?(id: SocketId): Session | undefined;
}

/** What a client's session was when it was interrupted. */
export interface Session {
  /** The socket's id. */
  readonly sid: SocketId;
  /** The secret under which the client asks for it. */
  readonly pid: string;
  /** The rooms it was in. */
  readonly rooms: readonly Room[];
  /** What the application kept with it. */
  readonly data: unknown;
  /**
   * What was sent until then has reached the client for certain: in milliseconds of
   * the epoch, 0 if it has answered no ping.
   */
  readonly confirmedAt?: number;
}

/** A session that goes on, and what its client has missed. */
export interface RestoredSession extends Session {
  /** The packets it has missed, in order; read when the client is let in. */
  readonly missedPackets: readonly EncodedPacket[];
}

/** The events of an {@linkcode Adapter}, with the arguments of their listeners. */
export interface AdapterEvents extends EventsMap {
  /** The first socket joined a room. */
  "create-room": (room: Room) => void;
  /** A socket joined a room. */
  "join-room": (room: Room, id: SocketId) => void;
  /** A socket left a room. */
  "leave-room": (room: Room, id: SocketId) => void;
  /** The last socket left a room. */
  "delete-room": (room: Room) => void;
  /**
   * A message to or from other servers was lost. Without a listener it is reported
   * as an uncaught error.
   */
  error: (error: unknown) => void;
}

/**
 * Who is in which room of one namespace, and how a packet gets to all of them.
 *
 * Write a subclass of {@linkcode MemoryAdapter} to reach other servers too.
 */
export abstract class Adapter extends EventSource<AdapterEvents> {
  /** The namespace whose sockets these are. */
  readonly nsp: AdapterNamespace;
  readonly #listeners: Listeners;

  /** Serves `nsp`. */
  constructor(nsp: AdapterNamespace) {
    const listeners = new Listeners((error) => nsp.onError(error));
    super(listeners);
    this.nsp = nsp;
    this.#listeners = listeners;
  }

  /** Fires an event. Returns whether anybody listens to it. */
  protected fire<Name extends keyof AdapterEvents & string>(
    name: Name,
    ...args: Parameters<AdapterEvents[Name]>
  ): boolean {
    return this.#listeners.call(this, name, args);
  }

  /** The sockets of each room. */
  abstract get rooms(): ReadonlyMap<Room, ReadonlySet<SocketId>>;
  /** The rooms of each socket. */
  abstract get sids(): ReadonlyMap<SocketId, ReadonlySet<Room>>;

  /** Prepares the adapter; called once, before its first use. */
  init(): Promise<void> | void {}
  /** Lets go of what the adapter holds; called once, after its last use. */
  close(): Promise<void> | void {}
  /** Returns how many servers there are. */
  serverCount(): Promise<number> {
    return Promise.resolve(1);
  }

  /** Adds a socket to rooms. */
  abstract addAll(id: SocketId, rooms: Iterable<Room>): Promise<void> | void;
  /** Takes a socket out of a room. */
  abstract del(id: SocketId, room: Room): Promise<void> | void;
  /** Takes a socket out of all rooms. */
  abstract delAll(id: SocketId): Promise<void> | void;
  /** Returns the rooms of a socket. */
  abstract socketRooms(id: SocketId): ReadonlySet<Room> | undefined;
  /** Returns the ids of the sockets in any of `rooms`, or of all for an empty set. */
  abstract sockets(rooms: ReadonlySet<Room>): Promise<Set<SocketId>>;

  /**
   * Does something behind all that was broadcast so far: at once, unless packets are
   * still on their way to this server's own sockets.
   */
  inOrder(action: () => void): void {
    action();
  }

  /** Sends a packet to the sockets that are meant. */
  abstract broadcast(packet: Packet, target: Target): Promise<void> | void;
  /**
   * Sends a packet to the sockets that are meant, and hands on their answers.
   *
   * @param packet The packet, which gets an id.
   * @param target The sockets.
   * @param onClientCount Gets the number of sockets on each server.
   * @param onAck Gets each client's answer.
   * @param onGone Is called for each client of which it is known that it left
   * without an answer.
   * @returns A function which ends the wait for answers.
   */
  abstract broadcastWithAck(
    packet: Packet,
    target: Target,
    onClientCount: (count: number) => void,
    onAck: AckListener,
    onGone: () => void,
  ): () => void;
  /** Returns the sockets that are meant: local ones as they are, others by their details. */
  abstract fetchSockets(
    target: Target,
  ): Promise<(RoomMember | SocketDetails)[]>;
  /** Adds the sockets that are meant to rooms. */
  abstract addSockets(
    target: Target,
    rooms: readonly Room[],
  ): Promise<void> | void;
  /** Takes the sockets that are meant out of rooms. */
  abstract delSockets(
    target: Target,
    rooms: readonly Room[],
  ): Promise<void> | void;
  /** Disconnects the sockets that are meant. */
  abstract disconnectSockets(
    target: Target,
    close: boolean,
  ): Promise<void> | void;
  /** Sends an event to the other servers; the last of `args` may be an acknowledgement. */
  abstract serverSideEmit(args: readonly unknown[]): Promise<void> | void;

  /** Keeps a session that was interrupted. */
  persistSession(_session: Session): Promise<void> | void {}
  /**
   * Takes out a session that was interrupted.
   *
   * @param _pid The secret it was kept under.
   * @param _offset The last packet its client got, if it got one.
   * @returns The session, or nothing if it cannot go on.
   */
  restoreSession(
    _pid: string,
    _offset: string | undefined,
  ):
    | Promise<RestoredSession | undefined>
    | RestoredSession
    | undefined {
    return undefined;
  }
}
