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

/** A listener that goes by itself. */
interface Passing {
  readonly callback: AnyListener;
  readonly once: boolean;
  /** Forgets the abort signal. */
  release?: () => void;
}

/** A listener: most are kept without anything around them. */
type Entry = AnyListener | Passing;

/** The listeners of one event: most have one, which is kept without a list. */
type Entries = Entry | readonly Entry[];

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
 * @throws {TypeError} If it is not a function; `what` it was to be, and of which `event`.
 */
export function assertFunction(
  value: unknown,
  what: string,
  event?: string,
): void {
  if (typeof value === "function") return;
  const whose = event === undefined ? what : `${what} of "${event}"`;
  throw new TypeError(`Cannot add ${whose}: it is not a function`);
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
  #entries: Map<string, Entries> | undefined;
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
    assertFunction(callback, "a listener", name);
    const signal = options?.signal;
    if (signal?.aborted) return;
    const once = options?.once === true;
    if (!once && signal === undefined) return this.#add(name, callback, first);
    const entry: Passing = { callback, once };
    if (signal !== undefined) {
      const abort = () => this.#drop(name, entry);
      signal.addEventListener("abort", abort, { once: true });
      entry.release = () => signal.removeEventListener("abort", abort);
    }
    this.#add(name, entry, first);
  }

  #add(name: string, entry: Entry, first: boolean): void {
    this.#entries ??= new Map();
    const others = this.#entries.get(name);
    if (others === undefined) this.#entries.set(name, entry);
    else {
      const list = toList(others);
      this.#entries.set(name, first ? [entry, ...list] : [...list, entry]);
    }
  }

  /** Removes the listener that was added last, where it was added twice. */
  remove(name: string, callback: AnyListener): void {
    const list = this.#list(name);
    const at = list.findLastIndex((entry) => callbackOf(entry) === callback);
    if (at >= 0) this.#removeAt(name, list, at);
  }

  removeAll(name?: string): void {
    for (const each of name === undefined ? this.names() : [name]) {
      for (const entry of this.#list(each)) release(entry);
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
    if (typeof entries === "function") {
      callSafely(entries, self, args, this.#onError, name);
      return true;
    }
    for (const entry of toList(entries)) {
      if (!this.#isDue(name, entry)) continue;
      callSafely(callbackOf(entry), self, args, this.#onError, name);
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
    for (const entry of this.#list(name)) {
      if (!this.#isDue(name, entry)) continue;
      const result = callSafely(callbackOf(entry), self, args, onError, name);
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
    return this.#list(name).map(callbackOf);
  }

  names(): string[] {
    return [...this.#entries?.keys() ?? []];
  }

  #list(name: string): readonly Entry[] {
    const entries = this.#entries?.get(name);
    return entries === undefined ? [] : toList(entries);
  }

  /** Whether a listener that was there is to be called. */
  #isDue(name: string, entry: Entry): boolean {
    // Another call, made by a listener before it, may have been its one.
    return typeof entry === "function" || !entry.once ||
      this.#drop(name, entry);
  }

  /** Returns whether `entry` was there. */
  #drop(name: string, entry: Passing): boolean {
    const list = this.#list(name);
    const at = list.indexOf(entry);
    if (at >= 0) this.#removeAt(name, list, at);
    return at >= 0;
  }

  #removeAt(name: string, list: readonly Entry[], at: number): void {
    release(list[at]!); // it is there
    if (list.length === 1) this.#entries?.delete(name);
    else this.#entries?.set(name, list.toSpliced(at, 1));
  }
}

function toList(entries: Entries): readonly Entry[] {
  return Array.isArray(entries) ? entries : [entries as Entry]; // no list
}

function callbackOf(entry: Entry): AnyListener {
  return typeof entry === "function" ? entry : entry.callback;
}

function release(entry: Entry): void {
  if (typeof entry !== "function") entry.release?.();
}
