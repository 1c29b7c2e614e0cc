/**
 * Answers that one member waits for, from all the others.
 *
 * Waiting → done, once: when all have answered or are gone, when time is up, or
 * when it is cancelled.
 */
export class Gathering<Answer> {
  readonly #answers: Answer[] = [];
  readonly #answered = new Set<string>();
  /** How many members are to answer; `Infinity` until they are counted. */
  #expected = Infinity;
  #gone = 0;
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

  /** Takes how many members are to answer. */
  expect(count: number): void {
    this.#expected = count;
    this.#check();
  }

  /** Takes the answer of a member, `undefined` where the bus does not know it. */
  add(answer: Answer, from: string | undefined): void {
    if (from !== undefined) this.#answered.add(from);
    this.#answers.push(answer);
    this.#check();
  }

  /** Waits no longer for a member. */
  forget(member: string): void {
    // Before they are counted, it is not among those that are expected.
    if (this.#expected === Infinity || this.#answered.has(member)) return;
    this.#answered.add(member);
    this.#gone++;
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
    if (this.#answers.length + this.#gone >= this.#expected) this.fail(null);
  }

  #timeoutError(): Error {
    const expected = this.#expected === Infinity ? "?" : this.#expected;
    return new Error(
      `timeout reached: only ${this.#answers.length} responses received out of ${expected}`,
    );
  }
}
