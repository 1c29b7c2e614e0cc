import { DelayLine } from "../../delay_line.ts";
import type { OwnClient } from "./duplicate.ts";

/** Milliseconds to wait for a connection before another client tries. */
const CONNECT_TIME = 30_000;
/** Milliseconds between two attempts where Redis refuses what it is asked. */
const PAUSE = 1_000;

/**
 * A connection for commands that Redis may answer late, one at a time.
 *
 * A client that is lost while it is asked something, or does not answer in time, is
 * given up: the command fails, and the next one goes by another client.
 */
export class WatchedConnection {
  readonly #connect: () => OwnClient;
  readonly #onError: (error: unknown) => void;
  #client: OwnClient | undefined;
  /** Whether an answer is waited for: this is in it, then. */
  readonly #asking: DelayLine<this>;
  /** Ends what is waited for. */
  #interrupt: (error: unknown) => void = () => {};

  /**
   * @param connect Connects a client.
   * @param answerTime Milliseconds within which an answer must come.
   * @param onError Hears what goes wrong with a client.
   */
  constructor(
    connect: () => OwnClient,
    answerTime: number,
    onError: (error: unknown) => void,
  ) {
    this.#connect = connect;
    this.#onError = onError;
    // From one timer: there may be thousands of commands within this time.
    this.#asking = new DelayLine(answerTime, () => this.#onLate(answerTime));
  }

  /** Whether commands are sent at once. */
  get isReady(): boolean {
    return this.#client?.driver.isReady === true;
  }

  /**
   * Resolves when commands are sent at once.
   *
   * @throws {Error} If that takes too long; another client tries next time.
   */
  async open(): Promise<void> {
    const { driver } = this.#client ??= this.#createClient();
    if (driver.isReady) return;
    const timer = setTimeout(() => this.#onLate(CONNECT_TIME), CONNECT_TIME);
    try {
      await this.#unlessInterrupted(driver.nextReady());
    } finally {
      clearTimeout(timer);
    }
  }

  #createClient(): OwnClient {
    const client = this.#connect();
    client.driver.onError((error) => {
      this.#onError(error);
      // Else it may ask again by itself, and nobody would know.
      const isAsked = client === this.#client && this.#asking.size > 0;
      if (isAsked) this.#giveUp(error);
    });
    return client;
  }

  /**
   * Asks Redis something.
   *
   * @throws {Error} If Redis refuses it, or the client was given up.
   */
  async command(name: string, ...args: string[]): Promise<unknown> {
    if (this.#client === undefined) throw new Error("the connection was lost");
    this.#asking.add(this);
    try {
      return await this.#unlessInterrupted(
        this.#client.driver.command(name, ...args),
      );
    } finally {
      this.#asking.delete(this);
    }
  }

  /** Resolves after a while, or when the connection is closed. */
  pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, PAUSE);
      this.#interrupt = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Ends the client, and what is waited for. */
  close(): void {
    this.#asking.delete(this);
    this.#asking.flush();
    this.#giveUp(new Error("the connection was closed"));
  }

  #unlessInterrupted<Answer>(answer: Promise<Answer>): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#interrupt = reject;
      answer.then(resolve, reject);
    });
  }

  #onLate(time: number): void {
    this.#giveUp(new Error(`Redis has not answered within ${time} ms`));
  }

  #giveUp(error: unknown): void {
    this.#client?.end();
    this.#client = undefined;
    this.#interrupt(error);
  }
}
