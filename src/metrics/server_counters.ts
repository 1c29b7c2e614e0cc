import type {
  ConnectionEvent,
  DiagnosticsEventMap,
} from "../diagnostic_events.ts";
import type { Diagnostics } from "../diagnostics.ts";
import type { AckFailure, ObservedSocket, Observer } from "../observer.ts";
import type { MetricFamily } from "./exposition.ts";
import { BoundedLabel, Counter, Histogram, OTHER } from "./instruments.ts";

/** What metrics count. */
export interface MetricsOptions {
  /**
   * Events that are counted by name, with the label `event`; all others count as
   * `other`. Clients choose the names of what they send, so there is no list of all.
   *
   * @default no label `event`
   */
  readonly events?: readonly string[];
}

/** Counts what passes a server from now on. */
export class ServerCounters implements Observer {
  /** Keeps the values of the label `namespace` few. */
  readonly groups: BoundedLabel = new BoundedLabel();
  readonly #events: ReadonlySet<string> | undefined;
  readonly #listening = new AbortController();
  readonly #stopObserving: () => void;

  readonly #sessions = new Counter(
    "socketio_sessions_total",
    "Clients' connections that began, by their first transport",
    ["transport"],
  );
  readonly #sessionEnds = new Counter(
    "socketio_session_ends_total",
    "Clients' connections that ended",
    ["reason"],
  );
  readonly #refusedHandshakes = new Counter(
    "socketio_handshakes_refused_total",
    "Requests that were refused, by the protocol's code or the reason for which there is none",
    ["code"],
  );
  readonly #connections = new Counter(
    "socketio_connections_total",
    "Clients that joined a namespace",
    ["namespace", "recovered"],
  );
  readonly #refusedConnections = new Counter(
    "socketio_connections_refused_total",
    "Clients that were not let into a namespace; other: one that does not exist",
    ["namespace"],
  );
  readonly #disconnections = new Counter(
    "socketio_disconnections_total",
    "Clients that left a namespace",
    ["namespace", "reason"],
  );
  readonly #packetsReceived = new Counter(
    "socketio_packets_received_total",
    "Engine.IO packets from clients",
  );
  readonly #bytesReceived = new Counter(
    "socketio_received_bytes_total",
    "Bytes in packets from clients, a character of text as one",
  );
  readonly #packetsSent = new Counter(
    "socketio_packets_sent_total",
    "Engine.IO packets to clients",
  );
  readonly #bytesSent = new Counter(
    "socketio_sent_bytes_total",
    "Bytes in packets to clients, a character of text as one",
  );
  readonly #eventsReceived: Counter;
  readonly #eventsSent: Counter;
  readonly #eventsDropped: Counter;
  readonly #ackDurations = new Histogram(
    "socketio_ack_duration_seconds",
    "Time until clients answered an event",
    "namespace",
  );
  readonly #acksMissing = new Counter(
    "socketio_acks_missing_total",
    "Events that clients have not answered",
    ["namespace", "reason"],
  );
  readonly #adapterRequests = new Histogram(
    "socketio_adapter_request_duration_seconds",
    "Time until the other servers answered a request",
  );
  readonly #adapterRequestFailures = new Counter(
    "socketio_adapter_request_failures_total",
    "Requests that other servers have not answered",
  );
  readonly #adapterErrors = new Counter(
    "socketio_adapter_errors_total",
    "Failures of adapters",
  );
  readonly #callbackErrors = new Counter(
    "socketio_callback_errors_total",
    "Failures of the application's functions, and of what nobody else reports",
  );
  readonly #packetErrors = new Counter(
    "socketio_packet_errors_total",
    "Clients that sent what is no packet",
  );
  readonly #limits = new Counter(
    "socketio_limits_exceeded_total",
    "Clients that exceeded a limit",
    ["limit"],
  );

  /**
   * Starts to count.
   *
   * @param diagnostics Where the server tells what it observes.
   * @param options What to count.
   */
  constructor(diagnostics: Diagnostics, { events }: MetricsOptions = {}) {
    this.#events = events && new Set(events);
    const labels = events === undefined
      ? ["namespace"]
      : ["namespace", "event"];
    this.#eventsReceived = new Counter(
      "socketio_events_received_total",
      "Events from clients",
      labels,
    );
    this.#eventsSent = new Counter(
      "socketio_events_sent_total",
      "Events to clients: a broadcast counts for each",
      labels,
    );
    this.#eventsDropped = new Counter(
      "socketio_volatile_dropped_total",
      "Volatile events that were dropped, since a client could not take them at once",
      labels,
    );
    this.#listen(diagnostics);
    this.#stopObserving = diagnostics.observe(this);
  }

  #listen(diagnostics: Diagnostics): void {
    const { signal } = this.#listening;
    const on = <Type extends keyof DiagnosticsEventMap>(
      type: Type,
      listener: (event: DiagnosticsEventMap[Type]) => void,
    ) => diagnostics.addEventListener(type, listener, { signal });
    on("sessionstart", (event) => this.#sessions.add(event.transport));
    on("sessionend", (event) => this.#sessionEnds.add(event.reason));
    on(
      "handshakerefused",
      (event) => this.#refusedHandshakes.add(String(event.code)),
    );
    on("connection", (event) => this.#onConnection(event));
    on(
      "connectionrefused",
      ({ namespaceGroup: group }) =>
        this.#refusedConnections.add(group ? this.groups.of(group) : OTHER),
    );
    on(
      "disconnection",
      (event) =>
        this.#disconnections.add(
          this.groups.of(event.namespaceGroup),
          event.reason,
        ),
    );
    on("packeterror", () => this.#packetErrors.add());
    on("limitexceeded", (event) => this.#limits.add(event.limit));
    on("adaptererror", () => this.#adapterErrors.add());
    on("callbackerror", () => this.#callbackErrors.add());
  }

  #onConnection({ namespaceGroup, recovered }: ConnectionEvent): void {
    this.#connections.add(this.groups.of(namespaceGroup), String(recovered));
  }

  onPacketReceived(bytes: number): void {
    this.#packetsReceived.add();
    this.#bytesReceived.add("", "", bytes);
  }

  onPacketSent(bytes: number): void {
    this.#packetsSent.add();
    this.#bytesSent.add("", "", bytes);
  }

  onEventReceived(
    socket: ObservedSocket,
    event: readonly unknown[],
  ): undefined {
    this.#count(this.#eventsReceived, socket, event);
  }

  onEventSent(socket: ObservedSocket, event: readonly unknown[]): void {
    this.#count(this.#eventsSent, socket, event);
  }

  onEventDropped(socket: ObservedSocket, event: readonly unknown[]): void {
    this.#count(this.#eventsDropped, socket, event);
  }

  #count(
    counter: Counter,
    { namespaceGroup }: ObservedSocket,
    event: readonly unknown[],
  ): void {
    const group = this.groups.of(namespaceGroup);
    if (this.#events === undefined) return counter.add(group);
    const name = String(event[0]);
    counter.add(group, this.#events.has(name) ? name : OTHER);
  }

  onAnswer({ namespaceGroup }: ObservedSocket, milliseconds: number): void {
    const group = this.groups.of(namespaceGroup);
    this.#ackDurations.record(milliseconds / 1_000, group);
  }

  onNoAnswer({ namespaceGroup }: ObservedSocket, failure: AckFailure): void {
    this.#acksMissing.add(this.groups.of(namespaceGroup), failure);
  }

  onAdapterRequest(milliseconds: number, error?: unknown): void {
    if (error === undefined) this.#adapterRequests.record(milliseconds / 1_000);
    else this.#adapterRequestFailures.add();
  }

  /** What was counted, as metrics. */
  get families(): MetricFamily[] {
    return [
      this.#sessions,
      this.#sessionEnds,
      this.#refusedHandshakes,
      this.#connections,
      this.#refusedConnections,
      this.#disconnections,
      this.#packetsReceived,
      this.#bytesReceived,
      this.#packetsSent,
      this.#bytesSent,
      this.#eventsReceived,
      this.#eventsSent,
      this.#eventsDropped,
      this.#ackDurations,
      this.#acksMissing,
      this.#adapterRequests,
      this.#adapterRequestFailures,
      this.#adapterErrors,
      this.#callbackErrors,
      this.#packetErrors,
      this.#limits,
    ].map(({ family }) => family);
  }

  /** Counts no more. */
  stop(): void {
    this.#listening.abort();
    this.#stopObserving();
  }
}
