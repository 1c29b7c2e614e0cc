import { MapView } from "../map_view.ts";
import {
  hasValue,
  type OneOrMany,
  valuesOf,
  withoutValue,
  withValue,
} from "../one_or_many.ts";
import type { EncodedPacket, Packet } from "../parser/mod.ts";
import {
  type AckListener,
  Adapter,
  type AdapterNamespace,
  type BroadcastFlags,
  type Room,
  type RoomMember,
  type SocketDetails,
  type SocketId,
  type Target,
} from "./adapter.ts";

const NO_FLAGS: BroadcastFlags = {};

/** A member and its rooms. */
interface Entry {
  readonly member: RoomMember;
  rooms: OneOrMany<Room> | undefined;
}

/**
 * The default adapter: the rooms of one server, in memory.
 *
 * @example Watch rooms come and go
 * ```ts
 * import { Server } from "@deno-socketio/server";
 *
 * const io = new Server();
 * io.of("/").adapter.on("create-room", (room) => console.log("new room", room));
 * ```
 */
export class MemoryAdapter extends Adapter {
  readonly #entries = new Map<SocketId, Entry>();
  /** Members themselves, so that a broadcast looks nothing up. */
  readonly #rooms = new Map<Room, OneOrMany<RoomMember>>();

  /** Serves `nsp`. */
  constructor(nsp: AdapterNamespace) {
    super(nsp);
  }

  /** The sockets of each room: a view, whose sets are copies. */
  get rooms(): ReadonlyMap<Room, ReadonlySet<SocketId>> {
    return new MapView(this.#rooms, (members) => toIds(valuesOf(members)));
  }

  /** The rooms of each socket: a view. */
  get sids(): ReadonlyMap<SocketId, ReadonlySet<Room>> {
    return new MapView(this.#entries, toRoomSet);
  }

  /** Adds a connected socket to rooms. Others are in none. */
  addAll(id: SocketId, rooms: Iterable<Room>): Promise<void> | void {
    let entry = this.#entries.get(id);
    if (entry === undefined) {
      const member = this.nsp.sockets.get(id);
      if (member === undefined) return;
      entry = { member, rooms: undefined };
      this.#entries.set(id, entry);
    }
    for (const room of rooms) this.#join(entry, room);
  }

  #join(entry: Entry, room: Room): void {
    const { member, rooms } = entry;
    if (rooms !== undefined && hasValue(rooms, room)) return;
    entry.rooms = rooms === undefined ? room : withValue(rooms, room);
    const members = this.#rooms.get(room);
    if (members === undefined) {
      this.#rooms.set(room, member);
      this.fire("create-room", room);
    } else {
      this.#rooms.set(room, withValue(members, member));
    }
    this.fire("join-room", room, member.id);
  }

  /** Takes a socket out of a room. */
  del(id: SocketId, room: Room): Promise<void> | void {
    const entry = this.#entries.get(id);
    if (entry?.rooms === undefined || !hasValue(entry.rooms, room)) return;
    entry.rooms = withoutValue(entry.rooms, room);
    this.#leave(entry.member, room);
  }

  /** Takes a socket out of all rooms. */
  delAll(id: SocketId): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#entries.delete(id);
    for (const room of valuesOf(entry.rooms)) this.#leave(entry.member, room);
  }

  #leave(member: RoomMember, room: Room): void {
    const members = this.#rooms.get(room);
    if (members === undefined) return;
    const left = withoutValue(members, member);
    const isEmpty = left === undefined ||
      left instanceof Set && left.size === 0;
    if (isEmpty) this.#rooms.delete(room);
    this.fire("leave-room", room, member.id);
    // A listener may have made the room anew.
    if (isEmpty && !this.#rooms.has(room)) this.fire("delete-room", room);
  }

  /** Returns the rooms of a socket: a set which changes with them. */
  socketRooms(id: SocketId): ReadonlySet<Room> | undefined {
    const entry = this.#entries.get(id);
    return entry === undefined ? undefined : toRoomSet(entry);
  }

  /** Returns the ids of the sockets in any of `rooms`, or of all for an empty set. */
  sockets(rooms: ReadonlySet<Room>): Promise<Set<SocketId>> {
    return Promise.resolve(toIds(this.members({ rooms, except: new Set() })));
  }

  /** Sends a packet to this server's sockets. */
  broadcast(packet: Packet, target: Target): void {
    this.deliver(this.nsp.encode(packet), packet, target);
  }

  /** Hands a packet, encoded as it will be sent, to this server's sockets. */
  protected deliver(
    encoded: EncodedPacket,
    packet: Packet,
    target: Target,
  ): void {
    const flags = target.flags ?? NO_FLAGS;
    // A copy: a listener that hears of it may let members leave and come back.
    for (const member of [...this.members(target)]) {
      member.deliver(encoded, packet, flags);
    }
  }

  /** Sends a packet to this server's sockets, and hands on their answers. */
  broadcastWithAck(
    packet: Packet,
    target: Target,
    onClientCount: (count: number) => void,
    onAck: AckListener,
    onGone: () => void,
  ): () => void {
    const id = this.nsp.nextAckId();
    const numbered = { ...packet, id } as Packet; // only events are broadcast with an acknowledgement
    const encoded = this.nsp.encode(numbered);
    const flags = target.flags ?? NO_FLAGS;
    const members = [...this.members(target)];
    onClientCount(members.length);
    for (const member of members) {
      member.expectAck(id, onAck, onGone);
      member.deliver(encoded, numbered, flags);
    }
    return () => {
      for (const member of members) member.forgetAck(id);
    };
  }

  /** Returns this server's sockets that are meant. */
  fetchSockets(
    target: Target,
  ): Promise<(RoomMember | SocketDetails)[]> {
    return Promise.resolve([...this.members(target)]);
  }

  /** Adds this server's sockets to rooms. */
  addSockets(target: Target, rooms: readonly Room[]): void {
    for (const member of [...this.members(target)]) {
      member.join(rooms);
    }
  }

  /** Takes this server's sockets out of rooms. */
  delSockets(target: Target, rooms: readonly Room[]): void {
    for (const member of [...this.members(target)]) {
      for (const room of rooms) member.leave(room);
    }
  }

  /** Disconnects this server's sockets. */
  disconnectSockets(target: Target, close: boolean): void {
    for (const member of [...this.members(target)]) member.disconnect(close);
  }

  /** Sends an event to the other servers, of which there are none. */
  serverSideEmit(args: readonly unknown[]): void {
    const ack = args.at(-1);
    if (typeof ack === "function") ack(null, []);
  }

  /** Returns this server's sockets that are meant, each of them once. */
  protected members({ rooms, and = [], except }: Target): Iterable<RoomMember> {
    if (and.length === 0 && except.size === 0) {
      if (rooms.size === 0) return this.nsp.sockets.values();
      if (rooms.size === 1) {
        const [room] = rooms;
        return valuesOf(this.#rooms.get(room!));
      }
    }
    let members = rooms.size === 0
      ? new Set<RoomMember>(this.nsp.sockets.values())
      : this.#membersOf(rooms);
    for (const rooms of and) {
      members = members.intersection(this.#membersOf(rooms));
    }
    for (const room of except) {
      for (const member of valuesOf(this.#rooms.get(room))) {
        members.delete(member);
      }
    }
    return members;
  }

  #membersOf(rooms: ReadonlySet<Room>): Set<RoomMember> {
    const members = new Set<RoomMember>();
    for (const room of rooms) {
      for (const member of valuesOf(this.#rooms.get(room))) members.add(member);
    }
    return members;
  }
}

/** The rooms of a member, as a set from now on. */
function toRoomSet(entry: Entry): Set<Room> {
  if (!(entry.rooms instanceof Set)) {
    entry.rooms = new Set(valuesOf(entry.rooms));
  }
  return entry.rooms;
}

function toIds(members: Iterable<RoomMember>): Set<SocketId> {
  return new Set(Array.from(members, (member) => member.id));
}
