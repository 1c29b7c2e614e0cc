/** How many errors of one outage are told apart. */
const MAX_ERRORS = 16;

/** What has been told of an outage: each error is told once, however often it comes. */
export class Outage {
  readonly #told = new Set<string>();

  /** Tells whether an error is new. From then on it is not. */
  isNews(error: unknown): boolean {
    const text = String(error);
    if (this.#told.has(text) || this.#told.size === MAX_ERRORS) return false;
    this.#told.add(text);
    return true;
  }

  /** Whether nothing has been told since it was over for the last time. */
  get isOver(): boolean {
    return this.#told.size === 0;
  }

  /** Takes note that all is well again. */
  end(): void {
    // Called for each message; clearing makes a new table, even of nothing.
    if (!this.isOver) this.#told.clear();
  }
}
