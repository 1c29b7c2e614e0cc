/** The example of a server that is observed, with what it sends to a collector. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { ask, Visitors, within } from "../_support/clients.ts";
import { isDenoAtLeast } from "../../src/deno_version.ts";
import { startExample } from "../_support/example.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

/** What a span looks like on its way to a collector, as far as it counts here. */
interface Span {
  readonly name: string;
  readonly traceId: string;
  readonly status: { readonly code: number };
}

/** A collector of OpenTelemetry's that keeps spans and the names of metrics. */
class Collector implements AsyncDisposable {
  readonly spans: Span[] = [];
  readonly metrics = new Set<string>();
  #onChange = () => {};
  readonly #http = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      const { resourceSpans = [], resourceMetrics = [] } = await request.json();
      for (const { scopeSpans } of resourceSpans) {
        for (const { scope, spans } of scopeSpans) {
          if (scope.name === "@deno-socketio/server") this.spans.push(...spans);
        }
      }
      for (const { scopeMetrics } of resourceMetrics) {
        for (const { metrics } of scopeMetrics) {
          for (const { name } of metrics) this.metrics.add(name);
        }
      }
      this.#onChange();
      return Response.json({});
    },
  );

  get url(): string {
    return `http://127.0.0.1:${this.#http.addr.port}`;
  }

  /** Waits until `isThere` tells so. */
  async wait(isThere: () => boolean, what: string): Promise<void> {
    while (!isThere()) {
      await within(
        new Promise<void>((resolve) => this.#onChange = resolve),
        what,
      );
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#http.shutdown();
  }
}

Deno.test("examples/observing.ts logs, is scraped, and sends spans and metrics", async () => {
  await using collector = new Collector();
  await using example = await startExample([
    "run",
    "--allow-net=127.0.0.1",
    "--allow-env=LOG",
    "examples/observing.ts",
    ...["0", "0"],
  ], {
    env: {
      LOG: "debug",
      OTEL_DENO: "true",
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_METRIC_EXPORT_INTERVAL: "50",
      OTEL_BSP_SCHEDULE_DELAY: "10",
    },
    listens: 2,
    signal: "SIGINT",
    code: 0,
  });
  const [url = "", metricsUrl = ""] = example.urls;
  {
    await using visitors = new Visitors();
    const client = await visitors.connect("4.8.4", "websocket", url);
    const traceparent = `00-${TRACE}-00f067aa0ba902b7-01`;
    assertEquals(await ask(client, "order", 7, { traceparent }), [
      "7 are on their way",
    ]);
    const [{ error }] = await ask(client, "order", 101) as [
      { error: { message: string } }, // what the example answers
    ];
    assertEquals(error.message, "we have 100");
    client.emit("of the client's choice");
  }
  const scrape = await (await fetch(metricsUrl)).text();
  assertMatch(
    scrape,
    /^socketio_events_received_total\{namespace="\/",event="order"\} 2$/m,
  );
  await collector.wait(() => collector.spans.length >= 3, "the spans");
  const hasPropagator = isDenoAtLeast("2.6"); // which reads `traceparent`
  const orders = collector.spans.filter(({ name }) => name === "order /");
  assertEquals(
    orders.map(({ traceId, status }) => [traceId === TRACE, status.code]),
    [[hasPropagator, 0], [false, 2]],
  );
  await collector.wait(
    () => collector.metrics.has("socketio.events.received"),
    "the metrics",
  );
  assert(collector.metrics.has("socketio.clients"));
  const log = await example.end();
  assertMatch(log, /^\S+Z info connection "\/" \S+ 127\.0\.0\.1$/m);
  assertMatch(
    log,
    /^\S+Z debug eventreceived "\/" \S+ "order" 2 arguments, wants an answer$/m,
  );
  assertMatch(log, /^Refused: RangeError: we have 100$/m);
});
