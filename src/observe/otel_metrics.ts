import type { Diagnostics } from "../diagnostics.ts";
import {
  DURATION_BUCKETS,
  type MetricFamily,
  ServerCounters,
  serverGauges,
  type ServerStats,
} from "../metrics/mod.ts";
import type {
  OtelMeter,
  OtelMetricOptions,
  OtelObservable,
  OtelObservableResult,
} from "./otel_api.ts";

/** What is observed of a server: a `Server` has it. */
export interface ObservedServer {
  /** Where it tells what it observes. */
  readonly diagnostics: Diagnostics;
  /** Tells how it is. */
  stats(): ServerStats;
}

/**
 * Gives a meter the metrics of a server, under the names that `io.metrics()` has them,
 * written as OpenTelemetry does: `socketio.events.received`.
 *
 * @returns A function that ends it.
 */
export function startMetrics(io: ObservedServer, meter: OtelMeter): () => void {
  const counters = new ServerCounters(io.diagnostics);
  const collect = () => [
    ...serverGauges(io.stats(), counters.groups),
    ...counters.families,
  ];
  const instruments = new Map<string, OtelObservable>();
  for (const family of collect()) {
    const { name, type } = family;
    if (type === "histogram") continue;
    instruments.set(
      name,
      type === "counter"
        ? meter.createObservableCounter(toOtelName(name), describe(family))
        : meter.createObservableGauge(toOtelName(name), describe(family)),
    );
  }
  const observe = (result: OtelObservableResult) => {
    for (const { name, samples } of collect()) {
      const instrument = instruments.get(name);
      if (instrument === undefined) continue;
      for (const { value, labels } of samples) {
        result.observe(instrument, value, labels);
      }
    }
  };
  const observed = [...instruments.values()];
  meter.addBatchObservableCallback(observe, observed);
  const stopDurations = recordDurations(io.diagnostics, meter, counters);
  return () => {
    meter.removeBatchObservableCallback(observe, observed);
    stopDurations();
    counters.stop();
  };
}

/** Durations are told one by one: no sum of them could be read afterwards. */
function recordDurations(
  diagnostics: Diagnostics,
  meter: OtelMeter,
  counters: ServerCounters,
): () => void {
  const histogram = (name: string) => {
    const family = counters.families.find((family) => family.name === name);
    return meter.createHistogram(toOtelName(name), {
      ...family === undefined ? {} : describe(family),
      advice: { explicitBucketBoundaries: [...DURATION_BUCKETS] },
    });
  };
  const acks = histogram("socketio_ack_duration_seconds");
  const requests = histogram("socketio_adapter_request_duration_seconds");
  return diagnostics.observe({
    onAnswer: ({ namespaceGroup }, milliseconds) =>
      acks.record(milliseconds / 1_000, {
        namespace: counters.groups.of(namespaceGroup),
      }),
    onAdapterRequest: (milliseconds, error) => {
      if (error === undefined) requests.record(milliseconds / 1_000);
    },
  });
}

/** `socketio_received_bytes_total` → `socketio.received`: the unit is told apart. */
function toOtelName(name: string): string {
  return name.replace(/_total$/, "").replace(/_(bytes|seconds)$/, "")
    .replaceAll("_", ".");
}

function describe({ name, help }: MetricFamily): OtelMetricOptions {
  const unit = name.includes("_bytes")
    ? "By"
    : name.includes("_seconds")
    ? "s"
    : undefined;
  return { description: help, ...(unit === undefined ? {} : { unit }) };
}
