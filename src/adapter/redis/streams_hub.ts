import type { RedisClient } from "./clients.ts";
import { type RedisDriver, toDriver } from "./driver.ts";
import { assertDuplicable, duplicate, type OwnClient } from "./duplicate.ts";
import { Outbox } from "./outbox.ts";
import { addEntry } from "./add_entry.ts";
import { type NewEntry, streamNameOf } from "./stream_entry.ts";
import {
  type StreamListener,
  StreamReader,
  type StreamReaderSettings,
} from "./stream_reader.ts";

/** How streams are to be used. */
export interface StreamsSettings extends StreamReaderSettings {
  readonly streamName: string;
  readonly streamCount: number;
  /** The beginning of the names of all channels. */
  readonly channelPrefix: string;
  /** Entries that a stream keeps, or somewhat more. */
  readonly maxLen: number;
  readonly sessionKeyPrefix: string;
  /** Milliseconds until the session of a connected client is kept again; 0 for never. */
  readonly snapshotInterval: number;
  readonly onlyPlaintext: boolean;
  /** Milliseconds to wait for the answers of other servers. */
  readonly requestsTimeout: number;
  /** Milliseconds to wait for what was sent to come back. */
  readonly publishTimeout: number;
  /** Bytes of messages that may wait for Redis. */
  readonly maxPendingBytes: number;
}

/** What a namespace is connected to Redis with. */
export interface StreamsConnection {
  /** Receives what is published. */
  readonly sub: RedisDriver;
  /** Reads the namespace's stream. */
  readonly reader: StreamReader;
}

/**
 * The connections that all namespaces of a server share: the user's client, which
 * sends, one that receives what is published, and one for each stream that is read.
 * They are opened with the first namespace, and closed behind the last.
 */
export class StreamsHub {
  /** The user's client. */
  readonly pub: RedisDriver;
  /** Sends by it. */
  readonly outbox: Outbox;
  readonly settings: StreamsSettings;
  readonly #client: RedisClient;
  readonly #readers = new Map<string, StreamReader>();
  #sub: OwnClient | undefined;

  /**
   * @param client The user's client.
   * @param settings How to use it.
   * @throws {TypeError} If the client is of no known library.
   */
  constructor(client: RedisClient, settings: StreamsSettings) {
    this.pub = toDriver(client);
    assertDuplicable(client);
    this.#client = client;
    this.settings = settings;
    this.outbox = new Outbox(this.pub, settings.maxPendingBytes);
  }

  /** The stream of a namespace's messages. */
  streamOf(nsp: string): string {
    const { streamName, streamCount } = this.settings;
    return streamNameOf(nsp, streamName, streamCount);
  }

  /** Adds an entry to the stream of a namespace. */
  add(nsp: string, entry: NewEntry): Promise<unknown> {
    const { maxLen } = this.settings;
    return addEntry(this.outbox, this.streamOf(nsp), maxLen, entry);
  }

  /** Connects a namespace. */
  join(nsp: string, listener: StreamListener): StreamsConnection {
    this.#sub ??= duplicate(this.#client, false);
    const name = this.streamOf(nsp);
    let reader = this.#readers.get(name);
    if (reader === undefined) {
      const connect = () => duplicate(this.#client, true);
      reader = new StreamReader(name, connect, this.settings);
      this.#readers.set(name, reader);
    }
    reader.add(nsp, listener);
    return { sub: this.#sub.driver, reader };
  }

  /** Disconnects a namespace. */
  leave(nsp: string, listener: StreamListener): void {
    const name = this.streamOf(nsp);
    const reader = this.#readers.get(name);
    if (reader === undefined || reader.delete(nsp, listener)) return;
    this.#readers.delete(name);
    reader.close();
    if (this.#readers.size > 0) return;
    this.#sub?.end();
    this.#sub = undefined;
  }
}
