import * as api from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  CompositePropagator,
  W3CBaggagePropagator,
  W3CTraceContextPropagator,
} from "@opentelemetry/core";
import { MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import {
  openTelemetry,
  type OpenTelemetryOptions,
} from "@deno-socketio/server/observe";
import { ask, next, TestBed } from "./_support/clients.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT = `00-${TRACE}-00f067aa0ba902b7-01`;

const spans = new InMemorySpanExporter();
api.trace.setGlobalTracerProvider(
  new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }),
);
api.context.setGlobalContextManager(
  new AsyncLocalStorageContextManager().enable(),
);
api.propagation.setGlobalPropagator(
  new CompositePropagator({
    propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()],
  }),
);

/** Collects metrics when it is asked to. */
class Reader extends MetricReader {
  protected override onForceFlush(): Promise<void> {
    return Promise.resolve();
  }

  protected override onShutdown(): Promise<void> {
    return Promise.resolve();
  }
}

const reader = new Reader();
api.metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));

/** A server that is observed, with the official client. */
class Bed extends TestBed {
  readonly stop: () => void;

  constructor(options?: OpenTelemetryOptions) {
    super("4.8.4", "websocket");
    spans.reset();
    this.stop = openTelemetry(this.io, api, options);
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    this.stop();
  }
}

function spansOf(name: string): ReadableSpan[] {
  return spans.getFinishedSpans().filter((span) => span.name === name);
}

function spanOf(name: string): ReadableSpan {
  const found = spansOf(name);
  assertEquals(found.length, 1, `spans named "${name}"`);
  return found[0]!;
}

/** The trace in whose context the caller runs. */
function activeTrace(): string | undefined {
  return api.trace.getActiveSpan()?.spanContext().traceId;
}

/** The values of a metric, by their attributes. */
async function collect(
  name: string,
): Promise<[labels: unknown, value: unknown][]> {
  const { resourceMetrics } = await reader.collect();
  const metrics = resourceMetrics.scopeMetrics.flatMap(({ metrics }) =>
    metrics
  );
  const metric = metrics.find(({ descriptor }) => descriptor.name === name);
  return metric?.dataPoints.map((
    { attributes, value },
  ) => [attributes, value]) ??
    [];
}

Deno.test("openTelemetry() makes an event's span a child of what its last argument carries", async () => {
  await using bed = new Bed();
  bed.io.on("connection", (socket) => {
    socket.handle("order", async (_id, carrier) => {
      await Promise.resolve();
      return [activeTrace(), carrier];
    });
  });
  const client = await bed.connect();
  const carrier = { traceparent: PARENT, tracestate: "a=1" };
  assertEquals(await client.emitWithAck("order", 7, carrier), [TRACE, carrier]);
  await bed.io.close(); // the span ends behind the answer
  const span = spanOf("order /");
  assertEquals(span.spanContext().traceId, TRACE);
  assertEquals(span.parentSpanContext?.spanId, "00f067aa0ba902b7");
  assertEquals(span.kind, api.SpanKind.SERVER);
  assertEquals(span.status.code, api.SpanStatusCode.UNSET);
  assertEquals(span.attributes, {
    "messaging.system": "socket.io",
    "messaging.operation.type": "process",
    "messaging.destination.name": "/",
    "messaging.client.id":
      spanOf("connect /").attributes["messaging.client.id"],
    "messaging.socket.io.event_name": "order",
  });
});

Deno.test("openTelemetry() begins a trace for an event without context, linked to its connection", async () => {
  await using bed = new Bed();
  const handled = Promise.withResolvers<string | undefined>();
  bed.io.on("connection", (socket) => {
    socket.on("message", () => handled.resolve(activeTrace()));
  });
  const client = await bed.connect("/", { auth: { traceparent: PARENT } });
  client.emit("message", "traceparent", null);
  const trace = await handled.promise;
  assertNotEquals(trace, TRACE);
  const connection = spanOf("connect /").spanContext();
  assertEquals(connection.traceId, TRACE);
  const span = spanOf("message /");
  assertEquals(span.kind, api.SpanKind.CONSUMER);
  assertEquals(span.parentSpanContext, undefined);
  assertEquals(span.links.map(({ context }) => context), [connection]);
});

Deno.test("openTelemetry() reads a connection's context from a header", async () => {
  await using bed = new Bed();
  let trace: string | undefined;
  bed.io.use(async () => {
    await Promise.resolve();
    trace = activeTrace();
  });
  await bed.connect("/", { extraHeaders: { traceparent: PARENT } });
  assertEquals(trace, TRACE);
  const span = spanOf("connect /");
  assertEquals(span.parentSpanContext?.traceId, TRACE);
  assertEquals(span.kind, api.SpanKind.SERVER);
});

Deno.test("openTelemetry() records why a client was not let in", async () => {
  await using bed = new Bed();
  bed.io.use(() => {
    throw new Error("who are you?");
  });
  await next(bed.open(), "connect_error");
  const span = spanOf("connect /");
  assertEquals(span.status, {
    code: api.SpanStatusCode.ERROR,
    message: "who are you?",
  });
});

Deno.test("openTelemetry() ends a span when the last handler has settled, with the first error", async () => {
  await using bed = new Bed();
  const release = Promise.withResolvers<void>();
  bed.io.on("handler_error", () => {});
  bed.io.on("connection", (socket) => {
    socket.on("work", async () => {
      await release.promise;
    });
    socket.on("work", () => {
      throw new Error("at once");
    });
    socket.on("work", async (reply) => {
      await Promise.resolve();
      reply();
      throw new TypeError("later");
    });
  });
  const client = await bed.connect();
  await ask(client, "work");
  assertEquals(spansOf("work /"), []);
  release.resolve();
  await ask(client, "work");
  const [span] = spansOf("work /");
  assertEquals(span?.status.message, "at once");
  assertEquals(
    span?.events.map(({ name, attributes }) => [
      name,
      attributes?.["exception.type"],
    ]),
    [["exception", "Error"]],
  );
});

Deno.test("openTelemetry() runs a socket's middlewares in the span, and records what they refuse", async () => {
  await using bed = new Bed();
  const traces: (string | undefined)[] = [];
  bed.io.on("connection", (socket) => {
    socket.use(async ([name]) => {
      await Promise.resolve();
      traces.push(activeTrace());
      if (name === "bad") throw new Error("no");
    });
    socket.on("error", () => {});
    socket.on("bad", () => {});
    socket.on("good", (_carrier, reply) => reply(activeTrace()));
  });
  const client = await bed.connect();
  client.emit("bad", { traceparent: PARENT });
  const answer = await client.emitWithAck("good", { traceparent: PARENT });
  assertEquals([...traces, answer], [TRACE, TRACE, TRACE]);
  assertEquals(spanOf("bad /").status.message, "no");
});

Deno.test("openTelemetry() makes no span of what nobody listens to", async () => {
  await using bed = new Bed();
  bed.io.on("connection", (socket) => {
    socket.onAny(() => {});
    socket.on("known", (reply) => reply());
  });
  const client = await bed.connect();
  client.emit("of the client's choice");
  await ask(client, "known");
  assertEquals(spansOf("of the client's choice /"), []);
});

const odd: Record<string, unknown> = {
  "a number": { traceparent: 1, baggage: 2 },
  "a list": { traceparent: [PARENT], baggage: [] },
  "no traceparent": { traceparent: "00-zz" },
  "a traceparent of zeros": {
    traceparent: "00-00000000000000000000000000000000-0000000000000000-00",
  },
  "baggage alone": { baggage: "a=1" },
  "null": null,
};
for (const [name, carrier] of Object.entries(odd)) {
  Deno.test(`openTelemetry() begins a trace where a client sends ${name} as context`, async () => {
    await using bed = new Bed();
    const errors: unknown[] = [];
    bed.io.diagnostics.addEventListener("callbackerror", (event) => {
      event.preventDefault();
      errors.push(event.error);
    });
    bed.io.on("connection", (socket) => {
      socket.on("message", (_carrier, reply) => reply(activeTrace()));
    });
    const client = await bed.connect("/", {
      auth: carrier as Record<string, unknown>, // what a client may send
    });
    const trace = await client.emitWithAck("message", carrier);
    assert(/^[0-9a-f]{32}$/.test(String(trace)));
    assertEquals(spanOf("message /").parentSpanContext, undefined);
    assertEquals(errors, []);
  });
}

Deno.test("openTelemetry() takes no baggage that is longer than a header", async () => {
  await using bed = new Bed();
  bed.io.on("connection", (socket) => {
    socket.on("message", (_carrier, reply) => {
      const baggage = api.propagation.getActiveBaggage();
      reply(baggage?.getAllEntries().length ?? 0);
    });
  });
  const client = await bed.connect();
  const send = (length: number) =>
    client.emitWithAck("message", {
      traceparent: PARENT,
      baggage: `a=${"x".repeat(length)}`,
    });
  assertEquals([await send(10), await send(10_000)], [1, 0]);
});

Deno.test("openTelemetry() believes no client whose carrier is not read", async () => {
  await using bed = new Bed({ carrier: () => undefined });
  bed.io.on("connection", (socket) => {
    socket.on("message", (_carrier, reply) => reply(activeTrace()));
  });
  const client = await bed.connect("/", { auth: { traceparent: PARENT } });
  const trace = await client.emitWithAck("message", { traceparent: PARENT });
  assertNotEquals(trace, TRACE);
});

Deno.test("openTelemetry() names namespaces by their parent where clients choose them", async () => {
  await using bed = new Bed();
  const done = Promise.withResolvers<void>();
  bed.io.of(/^\/game-\d+$/).on("connection", (socket) => {
    socket.on("move", () => done.resolve());
  });
  const client = await bed.connect("/game-7");
  client.emit("move");
  await done.promise;
  const span = spanOf("move /^\\/game-\\d+$/");
  assertEquals(span.attributes["messaging.destination.name"], "/game-7");
});

Deno.test("openTelemetry() gives a meter what io.metrics() tells", async () => {
  await using bed = new Bed();
  bed.io.on("connection", (socket) => {
    socket.on("message", (reply) => reply());
  });
  const client = await bed.connect();
  await ask(client, "message");
  client.on("question", (reply) => reply());
  await bed.socketOf(client).emitWithAck("question");
  const of = { namespace: "/" };
  assertEquals(await collect("socketio.sockets"), [[of, 1]]);
  assertEquals(await collect("socketio.events.received"), [[of, 1]]);
  const [[labels, durations] = []] = await collect("socketio.ack.duration");
  assertEquals(labels, of);
  assertEquals((durations as { count: number }).count, 1); // a histogram's value
});

Deno.test("openTelemetry() is over when it is stopped", async () => {
  await using bed = new Bed();
  bed.io.on("connection", (socket) => {
    socket.on("message", (reply) => reply(activeTrace() ?? "none"));
  });
  bed.stop();
  const before = await collect("socketio.connections");
  const client = await bed.connect();
  assertEquals(await ask(client, "message"), ["none"]);
  assertEquals(spans.getFinishedSpans(), []);
  assertEquals(bed.io.diagnostics.observer, undefined);
  assertEquals(await collect("socketio.connections"), before);
});
