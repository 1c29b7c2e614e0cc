import type { StreamEntry } from "./stream_entry.ts";

/** How many senders are remembered. */
const MAX_SENDERS = 1_000;

/**
 * Knows a sender's message when it comes again: a client that sends again what it got
 * no answer to may have added it to the stream twice.
 */
export class LastSeqs {
  /** The number of the last message, by sender. */
  readonly #bySender = new Map<string, number>();

  /** Whether an entry has come before; from then on it has. */
  isRepeated({ uid = "", seq }: StreamEntry): boolean {
    if (seq === undefined) return false;
    const number = Number(seq);
    const last = this.#bySender.get(uid);
    if (last !== undefined && number <= last) return true;
    this.#bySender.set(uid, number);
    if (last === undefined && this.#bySender.size > MAX_SENDERS) {
      const [oldest] = this.#bySender.keys();
      this.#bySender.delete(oldest!); // there are many
    }
    return false;
  }
}
