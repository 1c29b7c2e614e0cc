/** How many events of one name are kept for `next()` and `take()`: the oldest go first. */
const MAX_WAITING = 10_000;

interface Wanted {
  resolve(args: unknown[]): void;
  reject(error: unknown): void;
}

/** What a client has got and its test has not asked for yet, and the other way round. */
export class Inbox {
  readonly #waiting = new Map<string, unknown[][]>();
  readonly #wanted = new Map<string, Wanted[]>();

  put(name: string, args: unknown[]): void {
    const wanted = this.#wanted.get(name)?.shift();
    if (wanted !== undefined) return wanted.resolve(args);
    const waiting = this.#waiting.get(name);
    if (waiting === undefined) this.#waiting.set(name, [args]);
    else if (waiting.push(args) > MAX_WAITING) waiting.shift();
  }

  /** Takes the oldest event of a name, if there is one. */
  shift(name: string): unknown[] | undefined {
    return this.#waiting.get(name)?.shift();
  }

  takeAll(name: string): unknown[][] {
    return this.#waiting.get(name)?.splice(0) ?? [];
  }

  /** Waits for an event that has not come. Returns how to wait no longer. */
  want(name: string, wanted: Wanted): () => void {
    const list = this.#wanted.get(name) ?? [];
    this.#wanted.set(name, list);
    list.push(wanted);
    return () => {
      const index = list.indexOf(wanted);
      if (index >= 0) list.splice(index, 1);
    };
  }

  /** Fails all that is waited for, but what comes of connecting anew. */
  fail(createError: (name: string) => Error): void {
    for (const [name, list] of this.#wanted) {
      if (name === "connect") continue;
      for (const { reject } of list.splice(0)) reject(createError(name));
    }
  }
}
