import { type AnyListener, callSafely } from "./listeners.ts";

/** What the server reports when a function of the application fails. */
export class CallbackErrorEvent extends Event {
  /** What was thrown, or what a promise was rejected with. */
  readonly error: unknown;
  /** Which function failed, for people: `a listener of "message"`. */
  readonly source: string;

  /** Reports `error`, which came out of `source`. */
  constructor(error: unknown, source: string) {
    super("callbackerror", { cancelable: true });
    this.error = error;
    this.source = source;
  }
}

/** What the server reports when a client exceeds a limit. */
export class LimitExceededEvent extends Event {
  /** The limit, as its option is named. */
  readonly limit: string;
  /** The client's address. */
  readonly address: string;

  /** Reports that the client at `address` has exceeded `limit`. */
  constructor(limit: string, address: string) {
    super("limitexceeded");
    this.limit = limit;
    this.address = address;
  }
}

/** The events of {@linkcode Diagnostics}, by type. */
export interface DiagnosticsEventMap {
  /** A client exceeded a limit. */
  limitexceeded: LimitExceededEvent;
  /** A function of the application threw or rejected. */
  callbackerror: CallbackErrorEvent;
}

/**
 * Where a server tells what it observes.
 *
 * No error of an application's listener, middleware or acknowledgement ends the
 * process or another client's session: it is reported here. Unless a listener
 * calls `preventDefault()`, it is also written to the console.
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
 */
export class Diagnostics extends EventTarget {
  /** Reports that `source`, a function of the application, failed. */
  reportError(error: unknown, source: string): void {
    if (this.dispatchEvent(new CallbackErrorEvent(error, source))) {
      console.error(`Uncaught error in ${source}:`, error);
    }
  }

  /** Reports that the client at `address` has exceeded `limit`. */
  reportLimit(limit: string, address: string): void {
    this.dispatchEvent(new LimitExceededEvent(limit, address));
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
      callSafely(call, this, [event], logFailure, event.type);
    };
    guards.set(listener, guard);
  }
  return guard;
}

function logFailure(error: unknown, type: string): void {
  console.error(
    `Uncaught error in a diagnostics listener of "${type}":`,
    error,
  );
}
