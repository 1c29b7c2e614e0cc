import type { EncodedPacket } from "../../parser/mod.ts";
import type { Room, Target } from "../adapter.ts";
import { isMeant } from "../is_meant.ts";
import { sizeOf } from "../size_of.ts";
import type { StreamEntry } from "./stream_entry.ts";
import { compareIds } from "./stream_id.ts";

/** A packet that was sent, as it may have to be sent again. */
export interface SentPacket {
  readonly encoded: EncodedPacket;
  readonly target: Target;
}

/** A packet, or an entry that nobody here had to read, until somebody has to. */
interface Recent {
  readonly id: string;
  readonly size: number;
  /** What can be sent again; nothing if the entry is nothing of the kind. */
  packet: SentPacket | undefined;
  entry: StreamEntry | undefined;
}

/** How many are kept at the least, and at the most twice as many. */
const COUNT = 1_000;
/** Characters and bytes that are kept at the most, and half of them at the least. */
const MAX_SIZE = 4 * 1024 * 1024;

/**
 * The last packets that came with a stream, so that clients which return at once, as
 * after a restart, do not each read them from there.
 */
export class RecentPackets {
  readonly #read: (entry: StreamEntry) => SentPacket | undefined;
  /** In their order. */
  #list: Recent[] = [];
  #size = 0;
  /** All packets behind this entry are here. */
  #floor: string | undefined;

  /** @param read Reads an entry which was put aside. */
  constructor(read: (entry: StreamEntry) => SentPacket | undefined) {
    this.#read = read;
  }

  /** Hears of an entry, whatever it is: nothing of what follows is missed. */
  onEntry(id: string): void {
    this.#floor ??= id;
  }

  /** Keeps a packet. */
  add(id: string, packet: SentPacket): void {
    const size = sizeOf(packet.encoded);
    this.#push({ id, size, packet, entry: undefined });
  }

  /** Puts an entry aside. */
  addUnread(entry: StreamEntry): void {
    const size = entry.data?.length ?? 0;
    this.#push({ id: entry.id, size, packet: undefined, entry });
  }

  #push(recent: Recent): void {
    this.#list.push(recent);
    this.#size += recent.size;
    if (this.#list.length > 2 * COUNT || this.#size > MAX_SIZE) this.#trim();
  }

  #trim(): void {
    const list = this.#list;
    let at = 0;
    while (
      list.length - at > COUNT || this.#size > MAX_SIZE / 2 && at < list.length
    ) {
      this.#size -= list[at]!.size;
      this.#floor = list[at++]!.id;
    }
    this.#list = list.slice(at);
  }

  /** Forgets all: something was missed. */
  clear(): void {
    this.#list = [];
    this.#size = 0;
    this.#floor = undefined;
  }

  /** Whether all packets behind an entry are here. */
  covers(id: string): boolean {
    return this.#floor !== undefined && compareIds(id, this.#floor) >= 0;
  }

  /** Whether the packet of an entry is here. */
  has(id: string): boolean {
    return this.#list[this.#indexAfter(id) - 1]?.id === id;
  }

  /** The packets behind an entry that were for somebody in `rooms`. */
  after(id: string, rooms: ReadonlySet<Room>): EncodedPacket[] {
    const packets: EncodedPacket[] = [];
    for (const recent of this.#list.slice(this.#indexAfter(id))) {
      const { entry } = recent;
      if (entry !== undefined) {
        if (entry.room !== undefined && !rooms.has(entry.room)) continue;
        recent.packet = this.#read(entry);
        recent.entry = undefined;
      }
      const { packet } = recent;
      if (packet !== undefined && isMeant(rooms, packet.target)) {
        packets.push(packet.encoded);
      }
    }
    return packets;
  }

  /** The index of the first behind an entry. */
  #indexAfter(id: string): number {
    let low = 0;
    let high = this.#list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compareIds(this.#list[middle]!.id, id) > 0) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
