import type { ObservedSocket, Observer } from "../observer.ts";
import { MAX_DELAY } from "../options.ts";
import { AckTimeoutError, DisconnectedError } from "./errors.ts";

/** Takes all arguments of an answer: as a list, since a client decides how many there are. */
export type AnswerListener = (args: readonly unknown[]) => void;

interface PendingAck {
  readonly onAnswer: AnswerListener;
  /** Hears that no answer will come, where there is a place to say so. */
  readonly onFailure: ((error: Error) => void) | undefined;
  readonly timer: ReturnType<typeof setTimeout> | undefined;
}

/** Options of `emitWithAck()`, as its last argument. */
export interface AckOptions {
  /** Ends the wait for the answer: the promise rejects with the signal's reason. */
  readonly signal: AbortSignal;
}

/** Takes {@linkcode AckOptions} off the end of an event's arguments. */
export function takeSignal(event: unknown[]): AbortSignal | undefined {
  const last = event.at(-1);
  if (typeof last !== "object" || last === null || !("signal" in last)) {
    return undefined;
  }
  const { signal } = last;
  if (!(signal instanceof AbortSignal)) return undefined;
  event.pop();
  return signal;
}

/**
 * Starts what can be cancelled, and settles as it does or with the signal's reason.
 *
 * @param signal Cancels it.
 * @param start Starts it, and returns how to cancel it.
 */
export function abortable<Value>(
  signal: AbortSignal | undefined,
  start: (
    resolve: (value: Value) => void,
    reject: (error: unknown) => void,
  ) => () => void,
): Promise<Value> {
  if (signal?.aborted) return Promise.reject(signal.reason);
  const { promise, resolve, reject } = Promise.withResolvers<Value>();
  let cancel = () => {};
  try {
    cancel = start(resolve, reject);
  } catch (error) {
    reject(error);
  }
  if (signal === undefined) return promise;
  const onAbort = () => {
    cancel();
    reject(signal.reason);
  };
  signal.addEventListener("abort", onAbort, { once: true });
  return promise.finally(() => signal.removeEventListener("abort", onAbort));
}

/** Makes the listeners of an answer that an observer hears of too. */
export function observed(
  observer: Required<Observer>,
  socket: ObservedSocket,
  onAnswer: AnswerListener,
  onFailure: ((error: Error) => void) | undefined,
): { onAnswer: AnswerListener; onFailure: (error: Error) => void } {
  const start = performance.now();
  return {
    onAnswer: (args) => {
      observer.onAnswer(socket, performance.now() - start);
      onAnswer(args);
    },
    onFailure: (error) => {
      const isGone = error instanceof DisconnectedError;
      observer.onNoAnswer(socket, isGone ? "disconnected" : "timeout");
      onFailure?.(error);
    },
  };
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
    onAnswer: AnswerListener,
    onFailure?: (error: Error) => void,
    timeout?: number,
  ): void {
    const timer = timeout === undefined ? undefined : setTimeout(
      () => this.#fail(id, new AckTimeoutError()),
      Math.min(timeout, MAX_DELAY),
    );
    this.#pending.set(id, { onAnswer, onFailure, timer });
  }

  /** Hands over an answer; one that nobody waits for is ignored. */
  settle(id: number, args: readonly unknown[]): void {
    const ack = this.#take(id);
    ack?.onAnswer(args);
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
