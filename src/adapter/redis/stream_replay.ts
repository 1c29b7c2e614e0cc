import type { Room, Target } from "../adapter.ts";
import { isMeant } from "../is_meant.ts";
import type { EventPacket } from "../../parser/mod.ts";
import { WireType } from "../cluster_wire/mod.ts";
import { decodeEntry, readEntries, type StreamEntry } from "./stream_entry.ts";
import type { StreamsHub } from "./streams_hub.ts";

/** A packet that a client has missed. */
export interface MissedPacket {
  readonly id: string;
  readonly packet: EventPacket;
}

/** Which packets a client has missed. */
export interface ReplayWish {
  readonly nsp: string;
  /** The rooms it was in. */
  readonly rooms: ReadonlySet<Room>;
  /** The last entry it got. */
  readonly from: string;
  /** The last entry that is of interest. */
  readonly to: string;
}

/** Entries to read at once. */
const COUNT = 500;

/** Finds out what clients have missed. */
export class StreamReplay {
  readonly #hub: StreamsHub;
  readonly #stream: string;

  /**
   * @param hub The connections.
   * @param stream The stream.
   */
  constructor(hub: StreamsHub, stream: string) {
    this.#hub = hub;
    this.#stream = stream;
  }

  /** Finds an entry, if the stream still has it. */
  async find(id: string): Promise<StreamEntry | undefined> {
    const [entry] = await this.#range(id, id, 1);
    return entry;
  }

  async #range(
    from: string,
    to: string,
    count: number,
  ): Promise<StreamEntry[]> {
    return readEntries(
      await this.#hub.command(
        ...["XRANGE", this.#stream, from, to, "COUNT", `${count}`] as const,
      ),
    );
  }

  /**
   * Reads what a client has missed.
   *
   * @returns The packets in order; nothing if the stream has forgotten some of them.
   */
  async read(wish: ReplayWish): Promise<MissedPacket[] | undefined> {
    const missed: MissedPacket[] = [];
    const seqs = new Map<string, number>();
    let last = wish.from;
    while (last !== wish.to) {
      // With the last of those before, to see that it is still there.
      const [first, ...entries] = await this.#range(last, wish.to, COUNT);
      if (first?.id !== last) return undefined;
      for (const entry of entries) {
        last = entry.id;
        const packet = isRepeated(entry, seqs)
          ? undefined
          : readMissed(entry, wish);
        if (packet !== undefined) missed.push({ id: entry.id, packet });
      }
      if (entries.length < COUNT - 1) break;
    }
    return missed;
  }
}

/** Whether a message has been added twice; see `StreamReader`. */
function isRepeated(
  { uid = "", seq }: StreamEntry,
  seqs: Map<string, number>,
): boolean {
  if (seq === undefined) return false;
  const number = Number(seq);
  if (number <= (seqs.get(uid) ?? 0)) return true;
  seqs.set(uid, number);
  return false;
}

/** The packet of an entry, if it was for a client, and is to be sent again. */
function readMissed(
  entry: StreamEntry,
  { nsp, rooms }: ReplayWish,
): EventPacket | undefined {
  if (entry.nsp !== nsp || Number(entry.type) !== WireType.BROADCAST) return;
  if (entry.room !== undefined && !rooms.has(entry.room)) return;
  const message = toBroadcast(entry);
  if (message === undefined) return;
  const { packet, target } = message;
  if (target.flags?.volatile || !isMeant(rooms, target)) return;
  return packet;
}

function toBroadcast(
  entry: StreamEntry,
): { readonly packet: EventPacket; readonly target: Target } | undefined {
  try {
    const received = decodeEntry(entry);
    if (received.kind !== "message") return;
    const { message } = received;
    if (message.type !== "broadcast") return;
    return message as { packet: EventPacket; target: Target }; // events alone are read
  } catch {
    return; // nobody has got it
  }
}
