export {
  formatMetrics,
  type Labels,
  type MetricFamily,
  type Sample,
} from "./exposition.ts";
export { BoundedLabel, DURATION_BUCKETS } from "./instruments.ts";
export { type MetricsOptions, ServerCounters } from "./server_counters.ts";
export { serverGauges } from "./server_gauges.ts";
export type { NamespaceStats, ServerStats } from "./stats.ts";
