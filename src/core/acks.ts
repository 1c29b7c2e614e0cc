import type { AckListener } from "../adapter/mod.ts";
import { AckTimeoutError, DisconnectedError } from "./errors.ts";

interface PendingAck {
  readonly onAnswer: AckListener;
  /** Hears that no answer will come, where there is a place to say so. */
  readonly onFailure: ((error: Error) => void) | undefined;
  readonly timer: ReturnType<typeof setTimeout> | undefined;
}

/** The acknowledgements that one socket's client owes us. */
export class AckTable {
  readonly #pending = new Map<number, PendingAck>();

  /** How many answers are waited for. */
  get size(): number {
    return this.#pending.size;
  }

  /**
   * Waits for an answer.
   *
   * @param id The number of the event.
   * @param onAnswer Gets the answer's arguments.
   * @param onFailure Gets an error when time runs out or the client is gone.
   * @param timeout Milliseconds to wait; without it, until the client is gone.
   */
  add(
    id: number,
    onAnswer: AckListener,
    onFailure?: (error: Error) => void,
    timeout?: number,
  ): void {
    const timer = timeout === undefined
      ? undefined
      : setTimeout(() => this.#fail(id, new AckTimeoutError()), timeout);
    this.#pending.set(id, { onAnswer, onFailure, timer });
  }

  /** Hands over an answer; one that nobody waits for is ignored. */
  settle(id: number, args: readonly unknown[]): void {
    const ack = this.#take(id);
    ack?.onAnswer(...args);
  }

  /** Waits no longer; nobody is told. */
  delete(id: number): void {
    this.#take(id);
  }

  /** Fails all that is waited for: the client is gone. */
  clear(): void {
    for (const id of [...this.#pending.keys()]) {
      this.#fail(id, new DisconnectedError());
    }
  }

  #fail(id: number, error: Error): void {
    const ack = this.#take(id);
    ack?.onFailure?.(error);
  }

  #take(id: number): PendingAck | undefined {
    const ack = this.#pending.get(id);
    if (ack === undefined) return undefined;
    this.#pending.delete(id);
    clearTimeout(ack.timer);
    return ack;
  }
}
