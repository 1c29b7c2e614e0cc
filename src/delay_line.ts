/** How many times a delay is looked at: entries are at most 1/50 of it late. */
const TICKS = 50;

/**
 * Calls back many entries, each after the same delay, from one timer.
 *
 * Since the delay is the same for all, entries fall due in the order they were
 * added: a tick looks at those alone that are due. It counts ticks and reads no
 * clock, so a clock that jumps moves nothing. The timer runs while there are
 * entries. An entry is never early, and late by at most a fiftieth of the delay.
 */
export class DelayLine<Entry> {
  /** The tick at which each entry is due, the oldest entry first. */
  readonly #due = new Map<Entry, number>();
  readonly #delay: number;
  readonly #onDue: (entry: Entry) => void;
  #timer: ReturnType<typeof setInterval> | undefined;
  #now = 0;

  /**
   * @param delay Milliseconds from `add()` to `onDue()`.
   * @param onDue Gets each entry, which has left the line by then.
   */
  constructor(delay: number, onDue: (entry: Entry) => void) {
    this.#delay = delay;
    this.#onDue = onDue;
  }

  get size(): number {
    return this.#due.size;
  }

  /** Starts the delay of `entry`, anew if it is waiting already. */
  add(entry: Entry): void {
    this.#due.delete(entry);
    if (this.#timer === undefined) {
      this.#timer = setInterval(() => this.#tick(), this.#delay / TICKS);
      this.#due.set(entry, this.#now + TICKS);
    } else {
      this.#due.set(entry, this.#now + TICKS + 1); // the running tick is partly over
    }
  }

  /** Takes `entry` out. Returns whether it was waiting. */
  delete(entry: Entry): boolean {
    const deleted = this.#due.delete(entry);
    if (deleted && this.#due.size === 0) this.#stop();
    return deleted;
  }

  #tick(): void {
    this.#now++;
    for (const [entry, due] of this.#due) {
      if (due > this.#now) break;
      this.#due.delete(entry);
      this.#onDue(entry);
    }
    if (this.#due.size === 0) this.#stop();
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
