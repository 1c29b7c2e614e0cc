import type { AdapterNamespace } from "../adapter.ts";
import { ClusterAdapter } from "../cluster_adapter.ts";
import type { ClusterMessage } from "../cluster_message.ts";
import { Outage } from "../outage.ts";
import type { NewEntry, StreamEntry } from "./stream_entry.ts";
import { isLasting, StreamsBus, type StreamsReceiver } from "./streams_bus.ts";
import type { StreamsHub } from "./streams_hub.ts";

/** The rooms of one server, and what the others say by way of a stream. */
export class StreamsAdapter extends ClusterAdapter implements StreamsReceiver {
  /** What carries the messages. */
  protected readonly bus: StreamsBus;
  /** It is over when something comes back from the stream. */
  readonly #outage = new Outage();

  /**
   * @param nsp The namespace.
   * @param hub The connections.
   */
  constructor(nsp: AdapterNamespace, hub: StreamsHub) {
    const bus = new StreamsBus(nsp.name, hub);
    super(nsp, bus, hub.settings);
    this.bus = bus;
  }

  /** Sends a message to the other servers, if its target is not local. */
  protected override tell(message: ClusterMessage): void {
    if (!isLasting(message)) return super.tell(message);
    if ("target" in message && message.target.flags?.local) return;
    const entry = this.encode(message);
    if (entry !== undefined) this.bus.append(entry);
  }

  /** Writes a message as an entry, or tells that it cannot be written. */
  protected encode(message: ClusterMessage): NewEntry | undefined {
    try {
      return this.bus.encode(message);
    } catch (error) {
      this.onError(error);
    }
  }

  /** Takes a message of another server that has come with the stream. */
  onStreamMessage(message: ClusterMessage, from: string, _id: string): void {
    this.onMessage(message, from);
  }

  /** Takes a message of another server that is for nobody here. */
  onForeignEntry(_entry: StreamEntry): void {}

  /** Hears that messages of the stream may have been missed. */
  onGap(): void {}

  /** Takes a message of this server that has come back with the stream. */
  onOwnEntry(_entry: StreamEntry): void {
    this.#outage.end();
  }

  /** Hears that a message of this server's could not be added to the stream. */
  onUnsent(error: unknown): void {
    this.tellOnce(error);
  }

  /** Tells the application of an outage once, however many messages it costs. */
  protected tellOnce(error: unknown): void {
    if (this.#outage.isNews(error)) this.onError(error);
  }

  /** Ends a session that goes on elsewhere, of which this server has none. */
  release(_pid: string): Promise<boolean> {
    return Promise.resolve(false);
  }
}
