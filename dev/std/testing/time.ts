// The npm copy of the standard library lacks `testing/`: this is a fake clock
// with the interface of `@std/testing/time`.

// @ts-types="npm:@types/sinonjs__fake-timers@15.0.1"
import { type Clock, install } from "npm:@sinonjs/fake-timers@15.5.0";

// The real ones, whatever `globalThis` has later.
const { setTimeout, setInterval, clearTimeout, clearInterval } = globalThis;
const REAL_TIMERS = { setTimeout, setInterval, clearTimeout, clearInterval };
const realAbortTimeout = AbortSignal.timeout;

/** As they were before Deno 2.8. */
const ARE_TIMERS_NUMBERS = hasNumberTimers();

let current: FakeTime | undefined;

/** Thrown when time is faked twice, or restored when it is not faked. */
export class TimeError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "TimeError";
  }
}

/** Options of {@linkcode FakeTime.delay}. */
export interface DelayOptions {
  signal?: AbortSignal;
}

/**
 * A clock that moves only when told to.
 *
 * It replaces `Date`, `setTimeout`, `setInterval`, their `clear…` functions
 * and `AbortSignal.timeout`; promises go on as ever.
 */
export class FakeTime {
  readonly #clock: Clock & { uninstall(): void };
  readonly #start: number;

  constructor(start?: number | string | Date | null) {
    if (current) {
      throw new TimeError("Cannot construct FakeTime: already faked");
    }
    this.#start = start === undefined || start === null
      ? Date.now()
      : new Date(start).getTime();
    if (Number.isNaN(this.#start)) {
      throw new TypeError(`Cannot construct FakeTime: invalid start ${start}`);
    }
    this.#clock = install({
      now: this.#start,
      shouldClearNativeTimers: true,
      toFake: [
        "Date",
        "setTimeout",
        "clearTimeout",
        "setInterval",
        "clearInterval",
      ],
    });
    if (ARE_TIMERS_NUMBERS) numberTimers();
    AbortSignal.timeout = abortAfter;
    current = this;
  }

  /** Gives the real time back, whichever clock is on. */
  static restore(): void {
    if (!current) throw new TimeError("Cannot restore time: it is not faked");
    current.restore();
  }

  /** The fake time; may be set to a later one, as by {@linkcode tick}. */
  get now(): number {
    return this.#clock.now;
  }
  set now(value: number) {
    if (value < this.now) {
      throw new RangeError(
        `Cannot set time in the past: ${value} is before ${this.now}`,
      );
    }
    this.#clock.tick(value - this.now);
  }

  /** The fake time at the start. */
  get start(): number {
    return this.#start;
  }

  /** Waits in real time. */
  delay(ms: number, options: DelayOptions = {}): Promise<void> {
    const { signal } = options;
    if (signal?.aborted) return Promise.reject(signal.reason);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, ms);
    function abort(): void {
      clearTimeout(timer);
      reject(signal?.reason);
    }
    signal?.addEventListener("abort", abort, { once: true });
    return promise;
  }

  /** Lets all that waits in the microtask queue run. */
  runMicrotasks(): Promise<void> {
    return this.delay(0);
  }

  /** Moves on by `ms` and runs what falls due. */
  tick(ms = 0): void {
    this.now += ms;
  }

  /** Runs the microtasks, then ticks. */
  async tickAsync(ms = 0): Promise<void> {
    await this.runMicrotasks();
    this.tick(ms);
  }

  /** Moves on to the next timer; `false` if there is none. */
  next(): boolean {
    if (this.#clock.countTimers() === 0) return false;
    this.#clock.next();
    return true;
  }

  /** Runs the microtasks, then moves on to the next timer. */
  async nextAsync(): Promise<boolean> {
    await this.runMicrotasks();
    return this.next();
  }

  /** Moves on until no timer is left. */
  runAll(): void {
    while (this.next());
  }

  /** The same, running the microtasks before each timer. */
  async runAllAsync(): Promise<void> {
    while (await this.nextAsync());
  }

  /** Gives the real time back. */
  restore(): void {
    if (current !== this) {
      throw new TimeError("Cannot restore time: it is not faked");
    }
    current = undefined;
    this.#clock.uninstall();
    // Code from npm may see other timers than ours, and has put those here.
    Object.assign(globalThis, REAL_TIMERS);
    AbortSignal.timeout = realAbortTimeout;
  }

  [Symbol.dispose](): void {
    this.restore();
  }
}

function hasNumberTimers(): boolean {
  const timer: unknown = setTimeout(() => {}, 0);
  clearTimeout(Number(timer));
  return typeof timer === "number";
}

/** Lets fake timers be numbers: `Deno.unrefTimer()` takes nothing else there. */
function numberTimers(): void {
  for (const name of ["setTimeout", "setInterval"] as const) {
    const set = globalThis[name] as (...args: unknown[]) => unknown;
    Reflect.set(globalThis, name, (...args: unknown[]) => Number(set(...args)));
  }
}

function abortAfter(ms: number): AbortSignal {
  const controller = new AbortController();
  globalThis.setTimeout(() => {
    controller.abort(new DOMException("Signal timed out.", "TimeoutError"));
  }, ms);
  return controller.signal;
}
