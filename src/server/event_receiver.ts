import type { DisconnectReason, SocketCore } from "../core/socket_core.ts";
import type { CloseDescription } from "../engine/mod.ts";
import {
  type EventNames,
  type EventsMap,
  EventSource,
} from "../event_source.ts";
import type { AnyListener, ListenerOptions } from "../listeners.ts";
import type { EventHandler, EventRecord } from "./events.ts";
import { answering, eventStream } from "./socket_events.ts";

/** A socket's own events, with the arguments of their listeners. */
export interface SocketReservedEvents {
  /** The socket is about to leave its rooms, in which it still is. */
  disconnecting: (
    reason: DisconnectReason,
    description?: CloseDescription,
  ) => void;
  /** The socket has left. */
  disconnect: (
    reason: DisconnectReason,
    description?: CloseDescription,
  ) => void;
  /** A middleware of the socket failed, or its client sent what is no packet. */
  error: (error: Error) => void;
}

/** A function that hears of every event: its name, then its arguments. */
// deno-lint-ignore no-explicit-any -- the arguments depend on the event
export type AnyEventListener = (name: string, ...args: any[]) => void;

/** An event as a {@linkcode SocketMiddleware} gets it: its name, then its arguments. */
// deno-lint-ignore no-explicit-any -- the arguments depend on the event
export type Event = [name: string, ...args: any[]];

/**
 * A function through which each event of a client must pass.
 *
 * One that declares `next` passes by calling it; one that does not, by returning
 * or by its promise. A throw, a rejection or `next(error)` drops the event and
 * gives the socket an `error` event.
 */
export type SocketMiddleware = (
  event: Event,
  next: (error?: Error) => void,
) => unknown;

/** What one can do with the events of a socket: hear them, answer them, check them. */
export abstract class EventReceiver<ListenEvents extends EventsMap>
  extends EventSource<SocketReservedEvents, ListenEvents> {
  readonly #core: SocketCore;

  /** @internal */
  protected constructor(core: SocketCore) {
    super(core.listeners);
    this.#core = core;
  }

  /**
   * Adds a handler whose result is the acknowledgement.
   *
   * What it returns, or what its promise resolves to, is sent as the one argument of
   * the answer. If it throws or rejects, that is `{ error: { message, data } }`, with
   * nothing else of the error, which also reaches `io.on("handler_error")`.
   *
   * @example Usage
   * ```ts
   * import { Server } from "@deno-socketio/server";
   *
   * const io = new Server();
   * io.on("connection", (socket) => {
   *   socket.handle("add", (a: number, b: number) => a + b);
   * });
   * ```
   *
   * @param name The event.
   * @param handler The function to call, without the acknowledgement.
   * @param options `once`, and a `signal` that removes it.
   * @returns This object.
   */
  handle<Name extends EventNames<ListenEvents>>(
    name: Name,
    handler: EventHandler<ListenEvents, Name>,
    options?: ListenerOptions,
  ): this {
    this.#core.listeners.add(name, answering(handler), options);
    return this;
  }

  /**
   * Returns an event's occurrences from now on, for `for await`. The loop ends when
   * the socket has left; leaving the loop stops listening.
   *
   * At most `limits.queuedEvents` (1,000) wait to be read: a client that sends more
   * is disconnected.
   *
   * @example Usage
   * ```ts
   * import { Server } from "@deno-socketio/server";
   *
   * const io = new Server();
   * io.on("connection", async (socket) => {
   *   for await (const [[text], reply] of socket.events("message")) {
   *     reply(text.length);
   *   }
   * });
   * ```
   *
   * @param name The event.
   * @param options `signal` ends the loop with its reason, as an error.
   * @returns An iterator of the arguments with the function that answers them, which
   * does nothing where the client wants no answer.
   */
  events<Name extends EventNames<ListenEvents>>(
    name: Name,
    options?: { readonly signal?: AbortSignal },
  ): AsyncIterableIterator<EventRecord<ListenEvents, Name>> {
    return this.stream(name, options).values();
  }

  /** The same as {@linkcode EventReceiver.events}, as a stream. */
  stream<Name extends EventNames<ListenEvents>>(
    name: Name,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): ReadableStream<EventRecord<ListenEvents, Name>> {
    const stream: ReadableStream<unknown> = eventStream(
      this.#core,
      name,
      signal,
    );
    return stream as ReadableStream<EventRecord<ListenEvents, Name>>; // what the map says of the client
  }

  /**
   * Adds a function through which each event of the client must pass.
   *
   * @example Check what comes in
   * ```ts
   * import { Server } from "@deno-socketio/server";
   *
   * const io = new Server();
   * io.on("connection", (socket) => {
   *   socket.use(([name, ...args], next) => {
   *     if (name === "say" && typeof args[0] !== "string") {
   *       return next(new TypeError("say() takes a text"));
   *     }
   *     next();
   *   });
   *   socket.on("error", (error) => socket.emit("refused", error.message));
   * });
   * ```
   */
  use(middleware: SocketMiddleware): this {
    this.#core.use(middleware);
    return this;
  }

  /**
   * Adds a function that hears of each event of the client, behind the others.
   *
   * @example A log
   * ```ts
   * import { Server } from "@deno-socketio/server";
   *
   * const io = new Server();
   * io.on("connection", (socket) => {
   *   socket.onAny((name, ...args) => console.log("<", name, args.length));
   *   socket.onAnyOutgoing((name, ...args) => console.log(">", name, args.length));
   * });
   * ```
   */
  onAny(listener: AnyEventListener): this {
    this.#core.incomingWatchers = [...this.#core.incomingWatchers, listener];
    return this;
  }

  /** Adds a function that hears of each event of the client, in front of the others. */
  prependAny(listener: AnyEventListener): this {
    this.#core.incomingWatchers = [listener, ...this.#core.incomingWatchers];
    return this;
  }

  /** Removes a function that {@linkcode EventReceiver.onAny} added, or all. */
  offAny(listener?: AnyEventListener): this {
    this.#core.incomingWatchers = without(
      this.#core.incomingWatchers,
      listener,
    );
    return this;
  }

  /** Returns a copy of what {@linkcode EventReceiver.onAny} added. */
  listenersAny(): AnyEventListener[] {
    return [...this.#core.incomingWatchers];
  }

  /** Adds a function that hears of each event to the client, behind the others. */
  onAnyOutgoing(listener: AnyEventListener): this {
    this.#core.outgoingWatchers = [...this.#core.outgoingWatchers, listener];
    return this;
  }

  /** Adds a function that hears of each event to the client, in front of the others. */
  prependAnyOutgoing(listener: AnyEventListener): this {
    this.#core.outgoingWatchers = [listener, ...this.#core.outgoingWatchers];
    return this;
  }

  /** Removes a function that {@linkcode EventReceiver.onAnyOutgoing} added, or all. */
  offAnyOutgoing(listener?: AnyEventListener): this {
    this.#core.outgoingWatchers = without(
      this.#core.outgoingWatchers,
      listener,
    );
    return this;
  }

  /** Returns a copy of what {@linkcode EventReceiver.onAnyOutgoing} added. */
  listenersAnyOutgoing(): AnyEventListener[] {
    return [...this.#core.outgoingWatchers];
  }
}

/** The list without the first `listener`; empty if none is named. */
function without(
  listeners: readonly AnyListener[],
  listener: AnyListener | undefined,
): readonly AnyListener[] {
  if (listener === undefined) return [];
  const index = listeners.indexOf(listener);
  return index < 0 ? listeners : listeners.toSpliced(index, 1);
}
