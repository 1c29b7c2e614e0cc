import type { ObservedScope, ObservedSocket, Observer } from "../observer.ts";
import type {
  OpenTelemetryApi,
  OtelSpan,
  OtelSpanContext,
} from "./otel_api.ts";

/** `SpanKind.SERVER`: somebody waits for an answer. */
const SERVER = 1;
/** `SpanKind.CONSUMER`: nobody does. */
const CONSUMER = 4;
/** `SpanStatusCode.ERROR`. */
const ERROR = 2;
/** Longer texts of a client's are no part of a context: no header is so long. */
const MAX_FIELD_LENGTH = 8_192;

/**
 * Reads the context of its sender off an event.
 *
 * @param event Its name and arguments, without the function that answers it.
 * @returns An object with `traceparent`, or what else the propagator reads.
 */
export type ContextCarrier = (event: readonly unknown[]) => unknown;

/** What makes a span of each event that is listened to, and of each connection. */
export class Spans implements Observer {
  readonly #api: OpenTelemetryApi;
  readonly #tracer: ReturnType<OpenTelemetryApi["trace"]["getTracer"]>;
  readonly #carrier: ContextCarrier;
  /** The spans of the sockets' connections. */
  readonly #connections = new WeakMap<ObservedSocket, OtelSpanContext>();

  constructor(api: OpenTelemetryApi, name: string, carrier: ContextCarrier) {
    this.#api = api;
    this.#tracer = api.trace.getTracer(name);
    this.#carrier = carrier;
  }

  onConnecting(socket: ObservedSocket): ObservedScope {
    const { auth, headers } = socket.handshake;
    const parent = this.#read(auth) ?? this.#read(headers) ?? this.#root();
    const span = this.#tracer.startSpan(`connect ${socket.namespaceGroup}`, {
      kind: SERVER,
      attributes: {
        "messaging.system": "socket.io",
        "messaging.destination.name": socket.namespace,
        "messaging.client.id": socket.id,
      },
    }, parent);
    this.#connections.set(socket, span.spanContext());
    return this.#scope(span, parent);
  }

  onEventReceived(
    socket: ObservedSocket,
    event: readonly unknown[],
  ): ObservedScope | undefined {
    const name = String(event[0]);
    if (!socket.hears(name)) return undefined; // clients may name what they like
    const wantsAnswer = typeof event.at(-1) === "function";
    const carrier = this.#carrier(wantsAnswer ? event.slice(0, -1) : event);
    const parent = this.#read(carrier) ?? this.#root();
    const connection = this.#connections.get(socket);
    const span = this.#tracer.startSpan(`${name} ${socket.namespaceGroup}`, {
      kind: wantsAnswer ? SERVER : CONSUMER,
      attributes: {
        "messaging.system": "socket.io",
        "messaging.operation.type": "process",
        "messaging.destination.name": socket.namespace,
        "messaging.client.id": socket.id,
        "messaging.socket.io.event_name": name,
      },
      links: connection === undefined ? [] : [{ context: connection }],
    }, parent);
    return this.#scope(span, parent);
  }

  /** The context outside of all spans: what is active is by chance. */
  #root(): unknown {
    const { trace, context } = this.#api;
    return trace.deleteSpan(context.active());
  }

  /** Reads a context that a client has sent, if there is one. */
  #read(carrier: unknown): unknown {
    if (typeof carrier !== "object" || carrier === null) return undefined;
    const { trace, propagation } = this.#api;
    const texts: Record<string, string> = {};
    for (const field of propagation.fields()) {
      const text = (carrier as Record<string, unknown>)[field]; // any object
      if (typeof text === "string" && text.length <= MAX_FIELD_LENGTH) {
        texts[field] = text;
      }
    }
    if (Object.keys(texts).length === 0) return undefined;
    const found = propagation.extract(this.#root(), texts);
    return trace.getSpanContext(found) === undefined ? undefined : found;
  }

  #scope(span: OtelSpan, parent: unknown): ObservedScope {
    const { trace, context } = this.#api;
    const within = trace.setSpan(parent, span);
    return {
      run: (handle) => context.with(within, handle),
      end: (error) => {
        if (error !== undefined) {
          const failure = error instanceof Error ? error : String(error);
          span.recordException(failure);
          span.setStatus({
            code: ERROR,
            message: error instanceof Error ? error.message : String(error),
          });
        }
        span.end();
      },
    };
  }
}

/** The last argument, where clients put a context if their application does so. */
export function lastArgument(event: readonly unknown[]): unknown {
  return event.length > 1 ? event.at(-1) : undefined;
}
