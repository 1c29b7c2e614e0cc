/** Options of a listener, as `EventTarget` has them. */
export interface ListenerOptions {
  /**
   * Removes the listener before its first call.
   *
   * @default {false}
   */
  once?: boolean;
  /** Removes the listener when it aborts. */
  signal?: AbortSignal;
}

/** Any function: what is stored does not depend on its parameters. */
// deno-lint-ignore no-explicit-any -- the arguments of an event are known to its event map alone
export type AnyListener = (...args: any[]) => unknown;

interface Entry {
  readonly callback: AnyListener;
  readonly once: boolean;
  /** Forgets the abort signal. */
  release?: () => void;
}

/**
 * Gets what a function threw or rejected with, the name it was called for, its `this`
 * and its arguments.
 */
export type ErrorReporter = (
  error: unknown,
  name: string,
  self: unknown,
  args: readonly unknown[],
) => void;

/**
 * Calls `callback` and catches what it throws or rejects with.
 *
 * @param callback The user's function.
 * @param self Its `this`.
 * @param args Its arguments.
 * @param onError Gets the error, if there is one.
 * @param name What `onError` is told about it.
 * @returns What settles when the callback's promise has, if it returned one.
 */
export function callSafely(
  callback: AnyListener,
  self: unknown,
  args: readonly unknown[],
  onError: ErrorReporter,
  name: string,
): unknown {
  try {
    const result = callback.apply(self, args as unknown[]); // apply() does not write to it
    if (isThenable(result)) {
      return result.then(
        undefined,
        (error) => onError(error, name, self, args),
      );
    }
  } catch (error) {
    onError(error, name, self, args);
  }
}

/**
 * Refuses what is no function while the caller can be seen.
 *
 * @throws {TypeError} If it is not a function; `what` it was to be.
 */
export function assertFunction(value: unknown, what: string): void {
  if (typeof value === "function") return;
  throw new TypeError(`Cannot add ${what}: it is not a function`);
}

/** Tells whether `value` can be awaited to some effect. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null &&
    typeof (value as { then?: unknown }).then === "function";
}

/**
 * Listeners in the order they were added, by event name.
 *
 * It has the manners of an `EventTarget`: a listener that throws or rejects does
 * not stop the next one. The lists are copied on write, so that a listener may
 * add or remove others while it runs.
 */
export class Listeners {
  /** Made by the first `add()`: most engine sockets never have a listener. */
  #entries: Map<string, readonly Entry[]> | undefined;
  readonly #onError: ErrorReporter;

  /** @param onError Gets what a listener throws or rejects with. */
  constructor(onError: ErrorReporter) {
    this.#onError = onError;
  }

  add(
    name: string,
    callback: AnyListener,
    options?: ListenerOptions,
    first = false,
  ): void {
    assertFunction(callback, `a listener of "${name}"`);
    const signal = options?.signal;
    if (signal?.aborted) return;
    const entry: Entry = { callback, once: options?.once === true };
    if (signal !== undefined) {
      const abort = () => this.#drop(name, entry);
      signal.addEventListener("abort", abort, { once: true });
      entry.release = () => signal.removeEventListener("abort", abort);
    }
    this.#entries ??= new Map();
    const others = this.#entries.get(name) ?? [];
    this.#entries.set(name, first ? [entry, ...others] : [...others, entry]);
  }

  /** Removes the listener that was added last, where it was added twice. */
  remove(name: string, callback: AnyListener): void {
    const entry = this.#entries?.get(name)?.findLast((entry) =>
      entry.callback === callback
    );
    if (entry !== undefined) this.#drop(name, entry);
  }

  removeAll(name?: string): void {
    for (const each of name === undefined ? this.names() : [name]) {
      for (const entry of this.#entries?.get(each) ?? []) entry.release?.();
      this.#entries?.delete(each);
    }
  }

  /**
   * Calls the listeners of `name`.
   *
   * @returns Whether there was one.
   */
  call(self: unknown, name: string, args: readonly unknown[]): boolean {
    const entries = this.#entries?.get(name);
    if (entries === undefined) return false;
    for (const entry of entries) {
      // Another call, made by a listener before it, may have been its one.
      if (entry.once && !this.#drop(name, entry)) continue;
      callSafely(entry.callback, self, args, this.#onError, name);
    }
    return true;
  }

  /**
   * Calls the listeners of `name`, and tells when all they do is done.
   *
   * @param onSettled Hears once that all have returned and their promises have settled,
   * and gets the error of the first that failed.
   */
  callAndFollow(
    self: unknown,
    name: string,
    args: readonly unknown[],
    onSettled: (error?: unknown) => void,
  ): void {
    let failure: { readonly error: unknown } | undefined;
    const onError: ErrorReporter = (error, ...context) => {
      failure ??= { error };
      this.#onError(error, ...context);
    };
    const settling: unknown[] = [];
    for (const entry of this.#entries?.get(name) ?? []) {
      if (entry.once && !this.#drop(name, entry)) continue;
      const result = callSafely(entry.callback, self, args, onError, name);
      if (isThenable(result)) settling.push(result);
    }
    const end = () => onSettled(failure?.error);
    if (settling.length === 0) end();
    else Promise.allSettled(settling).then(end);
  }

  /** Whether there has never been a listener. */
  get isEmpty(): boolean {
    return this.#entries === undefined;
  }

  has(name: string): boolean {
    return this.#entries?.has(name) ?? false;
  }

  list(name: string): AnyListener[] {
    return this.#entries?.get(name)?.map((entry) => entry.callback) ?? [];
  }

  names(): string[] {
    return [...this.#entries?.keys() ?? []];
  }

  /** Returns whether `entry` was there. */
  #drop(name: string, entry: Entry): boolean {
    const entries = this.#entries?.get(name);
    if (!entries?.includes(entry)) return false;
    entry.release?.();
    if (entries.length === 1) this.#entries?.delete(name);
    else this.#entries?.set(name, entries.filter((other) => other !== entry));
    return true;
  }
}
