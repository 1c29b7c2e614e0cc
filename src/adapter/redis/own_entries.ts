import { DelayLine } from "../../delay_line.ts";

/** Delivers a packet, with the id of its entry if it is known. Must not throw. */
export type Deliver = (id: string | undefined) => void;

/** What waits for its turn. */
interface Item {
  /** The message whose entry is waited for; none waits for those before it alone. */
  readonly seq: number | undefined;
  readonly deliver: Deliver;
}

/** Items from which the head is removed only when half of the list is stale. */
const COMPACT_FROM = 1_024;

/**
 * What this server has added to a stream, until it comes back: then it is delivered
 * here too, in the order of the stream, since a client's offset is a place in it.
 *
 * present ──nothing comes back in time, or cannot be added──▶ away
 *    ▲───────────────something comes back in time───────────────┘
 *
 * While the stream is away, all is delivered at once, and without an id.
 */
export class OwnEntries implements Disposable {
  readonly #timeout: number;
  readonly #onAway: (reason: unknown) => void;
  #state: "present" | "away" = "present";
  /** What waits, in order, behind places that are free. */
  #items: (Item | undefined)[] = [];
  /** Where the first of them is. */
  #head = 0;
  /** The messages that have not come back, each until it is late. */
  readonly #expected: DelayLine<number>;

  /**
   * @param timeout Milliseconds within which an entry must come back.
   * @param onAway Hears that the stream is away, and why.
   */
  constructor(timeout: number, onAway: (reason: unknown) => void) {
    this.#timeout = timeout;
    this.#onAway = onAway;
    this.#expected = new DelayLine(timeout, () => this.#onLate());
  }

  /** How many wait. */
  get size(): number {
    return this.#items.length - this.#head;
  }

  /** Delivers a packet when its entry comes back; numbers must ascend. */
  add(seq: number, deliver: Deliver): void {
    this.#expected.add(seq);
    if (this.#state === "present") this.#items.push({ seq, deliver });
    else this.inOrder(() => deliver(undefined));
  }

  /** Does something behind all that waits. */
  inOrder(action: () => void): void {
    if (this.size === 0) action();
    else this.#items.push({ seq: undefined, deliver: action });
  }

  /** A message has come back. Returns whether it was waited for. */
  onRead(seq: number, id: string): boolean {
    let wasWaiting = false;
    const isInTime = this.#expected.delete(seq);
    for (
      let first = this.#items[this.#head];
      first !== undefined && (first.seq === undefined || first.seq <= seq);
      first = this.#items[this.#head]
    ) {
      this.#shift();
      // What does not come back before those behind it never does.
      first.deliver(first.seq === seq ? id : undefined);
      wasWaiting ||= first.seq === seq;
    }
    if (isInTime) this.#state = "present";
    return wasWaiting;
  }

  /** Messages cannot be added: nothing waits any longer. */
  leave(reason: unknown): void {
    const wasPresent = this.#state === "present";
    this.#state = "away";
    this.#flush();
    if (wasPresent) this.#onAway(reason);
  }

  #onLate(): void {
    this.leave(
      new Error(`Redis has not brought a message within ${this.#timeout} ms`),
    );
  }

  #flush(): void {
    for (
      let first = this.#items[this.#head];
      first !== undefined;
      first = this.#items[this.#head]
    ) {
      this.#shift();
      first.deliver(undefined);
    }
  }

  #shift(): void {
    this.#items[this.#head++] = undefined;
    if (this.#head === this.#items.length) {
      this.#items = [];
      this.#head = 0;
    } else if (
      this.#head >= COMPACT_FROM && this.#head * 2 > this.#items.length
    ) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
  }

  /** Delivers all that waits, and waits for nothing more. */
  [Symbol.dispose](): void {
    this.#state = "away";
    this.#flush();
    this.#expected.flush();
  }
}
