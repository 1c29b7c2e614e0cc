/** How many times a delay is looked at, unless another number is wanted. */
const MAX_TICKS = 50;

/**
 * Calls back many entries, each after the same delay, from one timer.
 *
 * Since the delay is the same for all, entries fall due in the order they were
 * added: a tick looks at those alone that are due. It counts ticks and reads no
 * clock, so a clock that jumps moves nothing. The timer runs while there are
 * entries, and up to a tick longer. An entry is never early, and late by little more
 * than a tick.
 */
export class DelayLine<Entry> {
  /** The tick at which each entry is due, the oldest entry first. */
  readonly #due = new Map<Entry, number>();
  /** Milliseconds between two ticks: whole, since timers cut fractions off. */
  readonly #tickLength: number;
  /** How many ticks a delay takes. */
  readonly #ticks: number;
  readonly #onDue: (entry: Entry) => void;
  #timer: ReturnType<typeof setInterval> | undefined;
  #now = 0;

  /**
   * @param delay Milliseconds from `add()` to `onDue()`.
   * @param onDue Gets each entry, which has left the line by then.
   * @param ticks How many times a delay is looked at, at the most.
   */
  constructor(
    delay: number,
    onDue: (entry: Entry) => void,
    ticks: number = MAX_TICKS,
  ) {
    this.#tickLength = Math.ceil(delay / ticks);
    this.#ticks = Math.ceil(delay / this.#tickLength);
    this.#onDue = onDue;
  }

  get size(): number {
    return this.#due.size;
  }

  /** Whether `entry` waits. */
  has(entry: Entry): boolean {
    return this.#due.has(entry);
  }

  /** Starts the delay of `entry`, anew if it is waiting already. */
  add(entry: Entry): void {
    this.#due.delete(entry);
    if (this.#timer === undefined) {
      this.#timer = setInterval(() => this.#tick(), this.#tickLength);
      this.#due.set(entry, this.#now + this.#ticks);
    } else {
      this.#due.set(entry, this.#now + this.#ticks + 1); // the running tick is partly over
    }
  }

  /**
   * Takes `entry` out. Returns whether it was waiting.
   *
   * The timer is left to find that the line is empty: another entry may come soon.
   */
  delete(entry: Entry): boolean {
    return this.#due.delete(entry);
  }

  /** Lets all entries fall due now, and stops the timer. */
  flush(): void {
    const entries = [...this.#due.keys()];
    this.#due.clear();
    this.#stop();
    for (const entry of entries) this.#onDue(entry);
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
