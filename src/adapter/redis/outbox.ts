import type { RedisDriver } from "./driver.ts";
import { PendingBytes } from "./pending_bytes.ts";

/** Sends to Redis, and lets no more wait for it than may. */
export class Outbox {
  readonly #driver: RedisDriver;
  readonly #maxPendingBytes: number;
  readonly #pending = new PendingBytes();

  /**
   * @param driver The client.
   * @param maxPendingBytes Bytes that may wait; a character of text counts as one.
   */
  constructor(driver: RedisDriver, maxPendingBytes: number) {
    this.#driver = driver;
    this.#maxPendingBytes = maxPendingBytes;
  }

  /** Sends a command. Rejects if too much waits, too. */
  command(name: string, ...args: string[]): Promise<unknown> {
    const size = args.reduce((sum, arg) => sum + arg.length, 0);
    return this.#send(size, () => this.#driver.command(name, ...args));
  }

  /** Publishes a message. Rejects if too much waits, too. */
  publish(channel: string, message: string | Uint8Array): Promise<unknown> {
    return this.#send(
      message.length,
      () => this.#driver.publish(channel, message),
    );
  }

  #send(size: number, send: () => Promise<unknown>): Promise<unknown> {
    if (this.#pending.count + size > this.#maxPendingBytes) {
      return Promise.reject(
        new Error(
          `Cannot send to Redis: more than ${this.#maxPendingBytes} bytes would wait for it`,
        ),
      );
    }
    return this.#pending.until(size, send);
  }
}
