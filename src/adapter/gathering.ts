/**
 * Answers that one member waits for, from all the others.
 *
 * Waiting → done, once: when all have answered or are gone, when time is up, or
 * when it is cancelled.
 */
export class Gathering<Answer> {
  readonly #answers: Answer[] = [];
  /** Who has answered or is gone, of those that the bus knows. */
  readonly #settled = new Set<string>();
  /** How many have answered of whom the bus knows nothing. */
  #unknown = 0;
  /** How many members are to answer; `Infinity` until they are counted. */
  #expected = Infinity;
  /** Those that are to answer, where the bus can name them. */
  #named: readonly string[] | undefined;
  readonly #timer: ReturnType<typeof setTimeout>;
  readonly #onDone: (error: Error | null, answers: Answer[]) => void;
  #isDone = false;

  /**
   * @param timeout Milliseconds to wait.
   * @param onDone Gets the answers, and an error if some did not come.
   */
  constructor(
    timeout: number,
    onDone: (error: Error | null, answers: Answer[]) => void,
  ) {
    this.#onDone = onDone;
    this.#timer = setTimeout(() => this.fail(this.#timeoutError()), timeout);
  }

  /**
   * Takes who is to answer.
   *
   * @param count How many.
   * @param members Who they are, where the bus can name them: others may answer too,
   * such as one that has just come, but none of these is done without.
   */
  expect(count: number, members?: Iterable<string>): void {
    this.#expected = count;
    if (members !== undefined) this.#named = [...members];
    this.#check();
  }

  /** Takes the answer of a member, `undefined` where the bus does not know it. */
  add(answer: Answer, from: string | undefined): void {
    if (from === undefined) this.#unknown++;
    else this.#settled.add(from);
    this.#answers.push(answer);
    this.#check();
  }

  /** Waits no longer for a member. */
  forget(member: string): void {
    // Before they are counted, it is not among those that are expected.
    if (this.#expected === Infinity) return;
    this.#settled.add(member);
    this.#check();
  }

  /** Ends the wait, with the answers that came. */
  fail(error: Error | null): void {
    if (this.#isDone) return;
    this.#isDone = true;
    clearTimeout(this.#timer);
    this.#onDone(error, this.#answers);
  }

  #check(): void {
    const isComplete = this.#named === undefined
      ? this.#settled.size + this.#unknown >= this.#expected
      : this.#named.every((member) => this.#settled.has(member));
    if (isComplete) this.fail(null);
  }

  #timeoutError(): Error {
    const expected = this.#expected === Infinity ? "?" : this.#expected;
    return new Error(
      `timeout reached: only ${this.#answers.length} responses received out of ${expected}`,
    );
  }
}
