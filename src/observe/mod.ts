/**
 * Observes a server: spans and metrics for OpenTelemetry, and a log for the console.
 *
 * Each returns a function that ends it. What a server observes can also be listened to,
 * as events of `io.diagnostics`, and scraped, as the text of `io.metrics()`.
 *
 * @example A log, and OpenTelemetry
 * ```ts
 * import { Server } from "@deno-socketio/server";
 * import { consoleLogger, openTelemetry } from "@deno-socketio/server/observe";
 * import * as api from "npm:@opentelemetry/api@^1.9";
 *
 * const io = new Server();
 * consoleLogger(io, { level: "warn" });
 * openTelemetry(io, api);
 * ```
 *
 * @module
 */
export {
  consoleLogger,
  type ConsoleLoggerOptions,
  isLogLevel,
  type LogLevel,
  type LogSink,
} from "./console_logger.ts";
export { openTelemetry, type OpenTelemetryOptions } from "./otel.ts";
export type {
  OpenTelemetryApi,
  OtelMeter,
  OtelMetricOptions,
  OtelObservable,
  OtelObservableResult,
  OtelSpan,
  OtelSpanContext,
  OtelSpanOptions,
} from "./otel_api.ts";
export type { ObservedServer } from "./otel_metrics.ts";
export type { ContextCarrier } from "./spans.ts";
export { Diagnostics } from "../diagnostics.ts";
export type { NamespaceStats, ServerStats } from "../metrics/mod.ts";
