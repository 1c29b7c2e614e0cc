/**
 * A server that is observed: a log on the console, metrics that Prometheus scrapes
 * from a port of their own, and spans for OpenTelemetry.
 *
 *     LOG=debug deno run --allow-net=127.0.0.1 --allow-env=LOG examples/observing.ts
 *
 * Deno sends spans and metrics to a collector by itself: put `OTEL_DENO=true` in front,
 * and `OTEL_EXPORTER_OTLP_ENDPOINT` if it is not http://localhost:4318.
 *
 * @module
 */

import * as api from "@opentelemetry/api";
import { Server } from "@deno-socketio/server";
import {
  consoleLogger,
  isLogLevel,
  openTelemetry,
} from "@deno-socketio/server/observe";

const [port = "3000", metricsPort = "9090"] = Deno.args;
const level = Deno.env.get("LOG") ?? "info";

const io = new Server({ metrics: { events: ["order"] } });
if (isLogLevel(level)) consoleLogger(io, { level });
openTelemetry(io, api);

io.on("connection", (socket) => {
  // A client may send its context along: socket.emit("order", 7, { traceparent })
  socket.handle("order", (count: number) => {
    if (count > 100) throw new RangeError("we have 100");
    return `${count} are on their way`;
  });
});
io.on("handler_error", (error) => console.warn("Refused:", String(error)));

const hostname = "127.0.0.1";
const http = Deno.serve({ hostname, port: Number(port) }, io.handler());
const scraped = Deno.serve(
  { hostname, port: Number(metricsPort) },
  () =>
    new Response(io.metrics(), {
      headers: { "content-type": "text/plain; version=0.0.4" },
    }),
);

Deno.addSignalListener("SIGINT", async () => {
  await io.close();
  await Promise.all([http.shutdown(), scraped.shutdown()]);
});
