import type { MetricFamily, Sample } from "./exposition.ts";
import type { BoundedLabel } from "./instruments.ts";
import type { NamespaceStats, ServerStats } from "./stats.ts";

/**
 * Makes metrics of how a server is.
 *
 * @param stats How it is.
 * @param groups Bounds the values of the label `namespace`.
 */
export function serverGauges(
  stats: ServerStats,
  groups: BoundedLabel,
): MetricFamily[] {
  const { clients, namespaces } = stats;
  const perGroup = (count: (namespace: NamespaceStats) => number) => {
    const sums = new Map<string, number>();
    for (const namespace of namespaces) {
      const label = groups.of(namespace.group);
      sums.set(label, (sums.get(label) ?? 0) + count(namespace));
    }
    return Array.from(sums, ([namespace, value]): Sample => ({
      labels: { namespace },
      value,
    }));
  };
  return [
    gauge(
      "socketio_clients",
      "Clients' connections",
      (["polling", "websocket"] as const).map((transport) => ({
        labels: { transport },
        value: clients[transport],
      })),
    ),
    gauge(
      "socketio_sockets",
      "Clients in a namespace",
      perGroup(({ sockets }) => sockets),
    ),
    gauge(
      "socketio_rooms",
      "Rooms of a namespace, the one that each socket has for itself included",
      perGroup(({ rooms }) => rooms),
    ),
    gauge("socketio_namespaces", "Namespaces", [
      { labels: {}, value: namespaces.length },
    ]),
    gauge(
      "socketio_send_buffer_bytes",
      "Bytes that were sent to clients and have not left",
      [{ labels: {}, value: stats.bufferedAmount }],
    ),
    gauge(
      "socketio_pending_acks",
      "Answers of clients that are waited for",
      [{ labels: {}, value: stats.pendingAcknowledgements }],
    ),
  ];
}

function gauge(
  name: string,
  help: string,
  samples: readonly Sample[],
): MetricFamily {
  return { name, help, type: "gauge", samples };
}
