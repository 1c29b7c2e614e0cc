/** An allowance which refills steadily: one second's worth may be used at once. */
export class TokenBucket {
  readonly #perSecond: number;
  #tokens: number;
  #filled: number;

  /** @param perSecond How much is allowed in a second. */
  constructor(perSecond: number) {
    this.#perSecond = perSecond;
    this.#tokens = perSecond;
    this.#filled = Date.now();
  }

  /** Uses up `count`. Returns whether that was allowed. */
  take(count: number): boolean {
    const now = Date.now();
    // A clock that was set back refills nothing.
    const seconds = Math.max(0, now - this.#filled) / 1000;
    this.#filled = now;
    this.#tokens = Math.min(
      this.#perSecond,
      this.#tokens + seconds * this.#perSecond,
    );
    this.#tokens -= count;
    return this.#tokens >= 0;
  }
}
