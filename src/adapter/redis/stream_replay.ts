import type { Room } from "../adapter.ts";
import { WireType } from "../cluster_wire/mod.ts";
import { LastSeqs } from "./last_seqs.ts";
import { readEntries, type StreamEntry } from "./stream_entry.ts";
import type { StreamsHub } from "./streams_hub.ts";

/** Which entries are of interest. */
export interface ReplayWish {
  readonly nsp: string;
  readonly rooms: ReadonlySet<Room>;
  /** The entry before the first. */
  readonly from: string;
  /** The last. */
  readonly to: string;
}

/** Entries to read at once. */
const COUNT = 500;

/** Reads again what is in a stream. */
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
      await this.#hub.outbox.command(
        ...["XRANGE", this.#stream, from, to, "COUNT", `${count}`] as const,
      ),
    );
  }

  /**
   * Reads what may have been for somebody in rooms.
   *
   * @returns The entries in order; nothing if the stream has forgotten some of them.
   */
  async read(wish: ReplayWish): Promise<StreamEntry[] | undefined> {
    const found: StreamEntry[] = [];
    const lastSeqs = new LastSeqs();
    let last = wish.from;
    while (last !== wish.to) {
      // With the last of those before, to see that it is still there.
      const [first, ...entries] = await this.#range(last, wish.to, COUNT);
      if (first?.id !== last) return undefined;
      for (const entry of entries) {
        last = entry.id;
        if (!lastSeqs.isRepeated(entry) && mayBeWanted(entry, wish)) {
          found.push(entry);
        }
      }
      if (entries.length < COUNT - 1) break;
    }
    return found;
  }
}

function mayBeWanted(entry: StreamEntry, { nsp, rooms }: ReplayWish): boolean {
  return entry.nsp === nsp && Number(entry.type) === WireType.BROADCAST &&
    (entry.room === undefined || rooms.has(entry.room));
}
