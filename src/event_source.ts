import type { AnyListener, ListenerOptions, Listeners } from "./listeners.ts";

/**
 * Listener signatures by event name.
 *
 * @example Usage
 * ```ts
 * import type { EventsMap } from "@deno-socketio/server";
 *
 * interface Events extends EventsMap {
 *   message: (text: string, ack: (received: boolean) => void) => void;
 * }
 * ```
 */
// deno-lint-ignore no-explicit-any -- an interface without an index signature fits this and nothing narrower
export type EventsMap = Record<string, any>;

/** The event names of a map. */
export type EventNames<Map extends EventsMap> = keyof Map & string;

/** A map without events. */
// deno-lint-ignore ban-types -- the one type without any key
export type NoEvents = {};

/**
 * The listener of `Name`, which the library's own events (`Reserved`) decide
 * before the application's (`User`).
 */
export type ListenerOf<
  Reserved extends EventsMap,
  User extends EventsMap,
  Name extends string,
> = Name extends EventNames<Reserved> ? Reserved[Name]
  : Name extends EventNames<User> ? User[Name]
  : never;

/**
 * What one can listen to, with the method names of Node's `EventEmitter` and the
 * options of `EventTarget`.
 *
 * It has no `emit`: what that means is up to each subclass. A listener that
 * throws or rejects stops neither the next one nor the process.
 */
export class EventSource<
  Reserved extends EventsMap,
  User extends EventsMap = NoEvents,
> {
  readonly #listeners: Listeners;

  /** Reads and writes `listeners`, which others may call. */
  constructor(listeners: Listeners) {
    this.#listeners = listeners;
  }

  /**
   * Adds a listener behind those that are there.
   *
   * @example For a time
   * ```ts
   * import { Server } from "@deno-socketio/server";
   *
   * const io = new Server();
   * io.on("connection", (socket) => {
   *   const controller = new AbortController();
   *   const { signal } = controller;
   *   socket.on("tick", () => console.log("tick"), { signal });
   *   socket.on("stop", () => controller.abort(), { once: true });
   * });
   * ```
   *
   * @param name The event.
   * @param listener The function to call.
   * @param options `once`, and a `signal` that removes it.
   * @returns This object.
   * @throws {TypeError} If `listener` is not a function.
   */
  on<Name extends EventNames<Reserved> | EventNames<User>>(
    name: Name,
    listener: ListenerOf<Reserved, User, Name>,
    options?: ListenerOptions,
  ): this {
    this.#listeners.add(name, listener, options);
    return this;
  }

  /** Adds a listener that is called once. See {@linkcode EventSource.on}. */
  once<Name extends EventNames<Reserved> | EventNames<User>>(
    name: Name,
    listener: ListenerOf<Reserved, User, Name>,
    options?: ListenerOptions,
  ): this {
    this.#listeners.add(name, listener, { ...options, once: true });
    return this;
  }

  /** Another name of {@linkcode EventSource.on}. */
  addListener<Name extends EventNames<Reserved> | EventNames<User>>(
    name: Name,
    listener: ListenerOf<Reserved, User, Name>,
    options?: ListenerOptions,
  ): this {
    return this.on(name, listener, options);
  }

  /** Adds a listener in front of those that are there. */
  prependListener<Name extends EventNames<Reserved> | EventNames<User>>(
    name: Name,
    listener: ListenerOf<Reserved, User, Name>,
    options?: ListenerOptions,
  ): this {
    this.#listeners.add(name, listener, options, true);
    return this;
  }

  /** Adds a listener in front of those that are there, to be called once. */
  prependOnceListener<Name extends EventNames<Reserved> | EventNames<User>>(
    name: Name,
    listener: ListenerOf<Reserved, User, Name>,
    options?: ListenerOptions,
  ): this {
    this.#listeners.add(name, listener, { ...options, once: true }, true);
    return this;
  }

  /**
   * Removes a listener, the last one where it was added several times.
   *
   * @param name The event.
   * @param listener The function to remove; all of the event's without it.
   * @returns This object.
   */
  off<Name extends EventNames<Reserved> | EventNames<User>>(
    name: Name,
    listener?: ListenerOf<Reserved, User, Name>,
  ): this {
    if (listener === undefined) this.#listeners.removeAll(name);
    else this.#listeners.remove(name, listener);
    return this;
  }

  /** Another name of {@linkcode EventSource.off}. */
  removeListener<Name extends EventNames<Reserved> | EventNames<User>>(
    name: Name,
    listener: ListenerOf<Reserved, User, Name>,
  ): this {
    return this.off(name, listener);
  }

  /** Removes the listeners of one event, or all. */
  removeAllListeners(
    name?: EventNames<Reserved> | EventNames<User>,
  ): this {
    this.#listeners.removeAll(name);
    return this;
  }

  /** Returns a copy of an event's listeners, in the order of their calls. */
  listeners<Name extends EventNames<Reserved> | EventNames<User>>(
    name: Name,
  ): ListenerOf<Reserved, User, Name>[] {
    const listeners: AnyListener[] = this.#listeners.list(name);
    return listeners as ListenerOf<Reserved, User, Name>[]; // on() let no others in
  }

  /** Counts an event's listeners. */
  listenerCount(name: EventNames<Reserved> | EventNames<User>): number {
    return this.#listeners.list(name).length;
  }

  /** Returns the events that have listeners. */
  eventNames(): (EventNames<Reserved> | EventNames<User>)[] {
    return this.#listeners.names() as EventNames<User>[]; // on() let no others in
  }
}
