import {
  AdapterErrorEvent,
  CallbackErrorEvent,
  type DiagnosticsEventMap,
  LimitExceededEvent,
  TrafficEvent,
} from "./diagnostic_events.ts";
import { type AnyListener, callSafely } from "./listeners.ts";
import { type ObservedSocket, type Observer, Observers } from "./observer.ts";

let countCall: (target: unknown) => void;

/** Who observes: one for each time that it was asked for. */
interface Observation {
  readonly observer: Observer;
}

/**
 * Where a server tells what it observes.
 *
 * No error of an application's listener, middleware or acknowledgement ends the
 * process or another client's session: it is reported here. Unless a listener
 * calls `preventDefault()`, it is also written to the console.
 *
 * What is reported of clients and their events costs nothing while nobody listens.
 *
 * @example Send errors to your own log
 * ```ts
 * import { Server } from "@deno-socketio/server";
 *
 * const io = new Server();
 * io.diagnostics.addEventListener("callbackerror", (event) => {
 *   event.preventDefault();
 *   console.log(`${event.source} failed:`, event.error);
 * });
 * ```
 *
 * @example Watch clients leave
 * ```ts
 * import { Server } from "@deno-socketio/server";
 *
 * const io = new Server();
 * io.diagnostics.addEventListener("disconnection", (event) => {
 *   console.log(`${event.id} left ${event.namespace}: ${event.reason}`);
 * });
 * ```
 */
export class Diagnostics extends EventTarget {
  /** Types that have listeners, or had some until their last event. */
  readonly #heard = new Set<string>();
  /** How often a listener was called. */
  #calls = 0;
  #observations: readonly Observation[] = [];
  #observers: Observers | undefined;
  #stopTrafficReporter: (() => void) | undefined;
  /** Makes events of what clients send and get, while somebody listens to them. */
  readonly #trafficReporter: Observer = {
    onEventReceived: (socket, [name, ...args]) => {
      const wantsAnswer = typeof args.at(-1) === "function";
      if (wantsAnswer) args.pop();
      this.#reportTraffic("eventreceived", socket, name, args, wantsAnswer);
      return undefined;
    },
    onEventSent: (socket, [name, ...args], wantsAnswer) =>
      this.#reportTraffic("eventsent", socket, name, args, wantsAnswer),
  };

  /** Reports that `source`, a function of the application, failed. */
  reportError(error: unknown, source: string): void {
    if (this.dispatchEvent(new CallbackErrorEvent(error, source))) {
      console.error(`Uncaught error in ${source}:`, error);
    }
  }

  /** Reports that the adapter of `namespace` failed. */
  reportAdapterError(error: unknown, namespace: string): void {
    if (this.dispatchEvent(new AdapterErrorEvent(error, namespace))) {
      this.reportError(error, "an adapter");
    }
  }

  /** Reports that the client at `address` has exceeded `limit`. */
  reportLimit(limit: string, address: string): void {
    this.dispatchEvent(new LimitExceededEvent(limit, address));
  }

  /** Whether anybody may listen to events of this type: if not, none need be made. */
  hears(type: keyof DiagnosticsEventMap): boolean {
    return this.#heard.has(type);
  }

  /** All observers as one, `undefined` if there is none. */
  get observer(): Required<Observer> | undefined {
    return this.#observers;
  }

  /**
   * Lets an observer hear of everything that passes the server.
   *
   * @param observer Whom to tell: twice, if it is given twice.
   * @returns A function that ends it, and no other observation by the same observer.
   *
   * @example Count the bytes of a client's messages
   * ```ts
   * import { Server } from "@deno-socketio/server";
   *
   * const io = new Server();
   * let received = 0;
   * const stop = io.diagnostics.observe({
   *   onPacketReceived: (bytes) => {
   *     received += bytes;
   *   },
   * });
   * stop();
   * ```
   */
  observe(observer: Observer): () => void {
    const observation = { observer };
    this.#setObservations([...this.#observations, observation]);
    return () =>
      this.#setObservations(
        this.#observations.filter((other) => other !== observation),
      );
  }

  #setObservations(
    observations: readonly Observation[],
  ): void {
    this.#observations = observations;
    this.#observers = observations.length === 0 ? undefined : new Observers(
      observations.map(({ observer }) => observer),
      (error) => this.reportError(error, "an observer"),
    );
  }

  #reportTraffic(
    type: "eventreceived" | "eventsent",
    socket: ObservedSocket,
    name: unknown,
    args: readonly unknown[],
    wantsAnswer: boolean,
  ): void {
    if (!this.hears(type)) return;
    this.dispatchEvent(
      new TrafficEvent(type, socket, String(name), args, wantsAnswer),
    );
    this.#updateReporter();
  }

  /** Lets the reporter of traffic observe as long as somebody listens to it. */
  #updateReporter(): void {
    if (this.hears("eventreceived") || this.hears("eventsent")) {
      this.#stopTrafficReporter ??= this.observe(this.#trafficReporter);
    } else {
      this.#stopTrafficReporter?.();
      this.#stopTrafficReporter = undefined;
    }
  }

  /** Calls the listeners of an event. Returns whether none has prevented the default. */
  override dispatchEvent(event: Event): boolean {
    const before = this.#calls;
    const isDefault = super.dispatchEvent(event);
    // Listeners may have gone by `once`, by a signal or by name: this tells of all.
    if (this.#calls === before) this.#heard.delete(event.type);
    return isDefault;
  }

  /** Adds a listener: see {@linkcode DiagnosticsEventMap} for what there is. */
  override addEventListener<Type extends keyof DiagnosticsEventMap>(
    type: Type,
    listener: (event: DiagnosticsEventMap[Type]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  /** Adds a listener. */
  override addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  override addEventListener(
    type: string,
    // deno-lint-ignore no-explicit-any -- joins the two signatures above
    listener: any,
    options?: boolean | AddEventListenerOptions,
  ): void {
    super.addEventListener(type, guarded(listener), options);
    if (listener === null) return;
    this.#heard.add(type);
    this.#updateReporter();
  }

  /** Removes a listener. */
  override removeEventListener(
    type: string,
    // deno-lint-ignore no-explicit-any -- as addEventListener() takes it
    listener: any,
    options?: boolean | EventListenerOptions,
  ): void {
    super.removeEventListener(type, guarded(listener), options);
  }

  static {
    countCall = (target) => {
      if (target instanceof Diagnostics) target.#calls++;
    };
  }
}

const guards = new WeakMap<object, EventListener>();

/** A listener whose failures are written to the console: nobody is left to tell of them. */
function guarded(
  listener: EventListenerOrEventListenerObject | null,
): EventListener | null {
  if (listener === null) return null;
  let guard = guards.get(listener);
  if (guard === undefined) {
    const call: AnyListener = typeof listener === "function"
      ? listener
      : (event) => listener.handleEvent(event);
    guard = function (this: unknown, event: Event): void {
      countCall(this);
      callSafely(call, this, [event], logFailure, event.type);
    };
    guards.set(listener, guard);
    guards.set(guard, guard); // the runtime names it when a signal removes it
  }
  return guard;
}

function logFailure(error: unknown, type: string): void {
  console.error(
    `Uncaught error in a diagnostics listener of "${type}":`,
    error,
  );
}
