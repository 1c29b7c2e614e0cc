import type { OpenTelemetryApi } from "./otel_api.ts";
import { type ObservedServer, startMetrics } from "./otel_metrics.ts";
import { type ContextCarrier, lastArgument, Spans } from "./spans.ts";

/** Under which name spans and metrics are made. */
const SCOPE = "@deno-socketio/server";

/** Options of {@linkcode openTelemetry}. */
export interface OpenTelemetryOptions {
  /**
   * Where an event carries the context of its sender. `() => undefined` believes no
   * client.
   *
   * @default the last argument, if it is an object with `traceparent`
   */
  readonly carrier?: ContextCarrier;
}

/**
 * Gives OpenTelemetry spans and metrics of a server, from now on.
 *
 * Each event that a socket listens to is a span, in whose context its middlewares and
 * listeners run. It ends when the promises that they return have settled, with the
 * error of the first that failed. It is a child of the span whose `traceparent` the
 * client sent with the event, and is linked to the span of the client's connection;
 * that is a child of what the client sent as `auth.traceparent`, or as a header.
 *
 * The metrics are those of `io.metrics()`.
 *
 * @example Usage
 * ```ts
 * import { Server } from "@deno-socketio/server";
 * import { openTelemetry } from "@deno-socketio/server/observe";
 * import * as api from "npm:@opentelemetry/api@^1.9";
 *
 * const io = new Server();
 * const stop = openTelemetry(io, api); // sent on by OTEL_DENO=true, or by an SDK
 * stop();
 * ```
 *
 * @param io The server.
 * @param api The module `npm:@opentelemetry/api`.
 * @param options See {@linkcode OpenTelemetryOptions}.
 * @returns A function that ends it.
 */
export function openTelemetry(
  io: ObservedServer,
  api: OpenTelemetryApi,
  { carrier = lastArgument }: OpenTelemetryOptions = {},
): () => void {
  const stopSpans = io.diagnostics.observe(new Spans(api, SCOPE, carrier));
  const meter = api.metrics?.getMeter(SCOPE);
  const stopMetrics = meter && startMetrics(io, meter);
  return () => {
    stopSpans();
    stopMetrics?.();
  };
}
