/** A message that a member sends to itself, to see whether it arrives. */
export class Echo {
  #awaited: PromiseWithResolvers<void> | undefined;

  /**
   * Waits for the message, or for one that is on its way already.
   *
   * @param send Sends it. If that fails, so does the wait.
   */
  async await(send: () => Promise<unknown> | void): Promise<void> {
    this.#awaited ??= Promise.withResolvers();
    await Promise.all([this.#awaited.promise, send()]);
  }

  /** Hears it. */
  arrive(): void {
    this.#awaited?.resolve();
    this.#awaited = undefined;
  }

  /** Hears that it will not come. */
  fail(error: Error): void {
    this.#awaited?.reject(error);
    this.#awaited = undefined;
  }
}
