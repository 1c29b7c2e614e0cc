import {
  RecoveryAdapter,
  type RecoveryAdapterOptions,
  type RestoredSession,
  type Room,
  type Session,
  type SocketId,
  type Target,
} from "../../src/adapter/mod.ts";
import {
  type EncodedPacket,
  type Packet,
  PacketType,
} from "../../src/parser/mod.ts";
import { type FakeMember, FakeNamespace } from "./adapter_contract.ts";

/** Whom a broadcast is for: everybody unless it says otherwise. */
export interface Wanted {
  readonly rooms?: Iterable<Room>;
  readonly and?: readonly Iterable<Room>[];
  readonly except?: Iterable<Room>;
  readonly volatile?: boolean;
}

/** Limits that no test reaches by accident. */
export const GENEROUS: RecoveryAdapterOptions = {
  maxDisconnectionDuration: 60_000,
  maxPackets: 1_000,
  maxBytes: 1_000_000,
  maxSessions: 100,
};

/** A `RecoveryAdapter` in a namespace of fake sockets. */
export class RecoveryBed implements Disposable {
  readonly namespace = new FakeNamespace();
  readonly adapter: RecoveryAdapter;

  constructor(options: Partial<RecoveryAdapterOptions> = {}) {
    this.adapter = new RecoveryAdapter(this.namespace, {
      ...GENEROUS,
      ...options,
    });
    this.namespace.adapter = this.adapter;
  }

  /** Lets a new socket in. */
  add(id: SocketId, ...rooms: Room[]): Promise<FakeMember> {
    return this.namespace.add(id, ...rooms);
  }

  /** Sends an event, without arguments of its own. */
  emit(name: string, wanted: Wanted = {}): void {
    const packet: Packet = { type: PacketType.EVENT, nsp: "/", data: [name] };
    this.adapter.broadcast(packet, toTarget(wanted));
  }

  /** Interrupts a socket, whose secret is its id with an exclamation mark. */
  cut(member: FakeMember, data: unknown = {}, confirmedAt = 0): void {
    const { id } = member;
    this.adapter.persistSession({ ...this.sessionOf(id, data), confirmedAt });
    this.namespace.remove(member);
  }

  /** What is kept of a socket that is interrupted now. */
  sessionOf(id: SocketId, data: unknown = {}): Session {
    const rooms = [...this.adapter.socketRooms(id) ?? []];
    return { sid: id, pid: `${id}!`, rooms, data };
  }

  /** Takes a session out, as for a client that has come back. */
  restore(id: SocketId, offset?: string): RestoredSession | undefined {
    return this.adapter.restoreSession(`${id}!`, offset);
  }

  /** Lets an interrupted socket in again. Returns the names of what it missed. */
  async comeBack(
    id: SocketId,
    offset?: string,
  ): Promise<string[] | undefined> {
    const session = this.restore(id, offset);
    if (session === undefined) return undefined;
    await this.add(id, ...session.rooms);
    return session.missedPackets.map(nameOf);
  }

  [Symbol.dispose](): void {
    this.adapter.close();
  }
}

/** The name of an event that was encoded. */
export function nameOf({ frames }: EncodedPacket): string {
  return read(frames).data[0]!;
}

/** The offsets that a member got, one with each event. */
export function offsetsOf({ deliveries }: FakeMember): string[] {
  return deliveries.map(({ encoded }) => read(encoded.frames).data.at(-1)!);
}

/** The names of the events that a member got. */
export function namesOf({ deliveries }: FakeMember): string[] {
  return deliveries.map(({ encoded }) => nameOf(encoded));
}

function read(frames: EncodedPacket["frames"]): { data: string[] } {
  return JSON.parse(String(frames[0]));
}

function toTarget(
  { rooms = [], and = [], except = [], volatile }: Wanted,
): Target {
  return {
    rooms: new Set(rooms),
    and: and.map((rooms) => new Set(rooms)),
    except: new Set(except),
    ...(volatile === undefined ? {} : { flags: { volatile } }),
  };
}
