import type { ClusterMessage } from "../adapter/mod.ts";
import { EMITTER_UID, toWire } from "../adapter/cluster_wire/mod.ts";
import { addEntry } from "../adapter/redis/add_entry.ts";
import type { RedisClient } from "../adapter/redis/clients.ts";
import { toDriver } from "../adapter/redis/driver.ts";
import { Outbox } from "../adapter/redis/outbox.ts";
import { encodeEntry, streamNameOf } from "../adapter/redis/stream_entry.ts";
import type { EventsMap } from "../event_source.ts";
import { checkRange, checkWhole } from "../options.ts";
import type { DefaultEventsMap } from "../server/events.ts";
import { Emitter } from "./emitter.ts";
import type { Outlet } from "./outlet.ts";

/** Options of a {@linkcode RedisStreamsEmitter}: as the servers' adapters have them. */
export interface RedisStreamsEmitterOptions {
  /**
   * The name of the stream, or what the names of several begin with.
   *
   * @default {"socket.io"}
   */
  streamName?: string;
  /**
   * How many streams there are.
   *
   * @default {1}
   */
  streamCount?: number;
  /**
   * How many messages a stream keeps, or somewhat more.
   *
   * @default {10_000}
   */
  maxLen?: number;
  /**
   * Bytes of messages that may wait while Redis is away; a character of text counts
   * as one. What is more is refused.
   *
   * @default {16_777_216}
   */
  maxPendingBytes?: number;
}

/**
 * Sends to the clients of servers that have the adapter of `createStreamsAdapter()`, or
 * `@socket.io/redis-streams-adapter` on Node, in the words of
 * `@socket.io/redis-streams-emitter`. Clients that are cut off get what they missed.
 *
 * The client is yours. The emitter listens to its errors, so that an outage does not end
 * the program.
 *
 * @example Usage
 * ```ts ignore
 * import { createClient } from "npm:redis@^5";
 * import { RedisStreamsEmitter } from "@deno-socketio/server/redis-emitter";
 *
 * const client = await createClient({ url: "redis://127.0.0.1:6379" }).connect();
 * const emitter = new RedisStreamsEmitter(client);
 * await emitter.to("news").emit("headline", "It works");
 * await client.close();
 * ```
 */
export class RedisStreamsEmitter<
  EmitEvents extends EventsMap = DefaultEventsMap,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
> extends Emitter<EmitEvents, ServerSideEvents> {
  /**
   * Creates an emitter of the main namespace.
   *
   * @param client A client of node-redis 5, ioredis 5 or iovalkey.
   * @param options How to send.
   * @throws {TypeError} If the client is of no known library.
   * @throws {RangeError} If a number is out of range.
   */
  constructor(client: RedisClient, options: RedisStreamsEmitterOptions = {}) {
    const settings = { ...DEFAULTS, ...options };
    checkWhole("streamCount", settings.streamCount, 1);
    checkWhole("maxLen", settings.maxLen, 1);
    checkRange("maxPendingBytes", settings.maxPendingBytes, 0, Infinity);
    const outbox = new Outbox(toDriver(client), settings.maxPendingBytes);
    super(new StreamsOutlet(settings, outbox), "/");
  }
}

const DEFAULTS: Required<RedisStreamsEmitterOptions> = {
  streamName: "socket.io",
  streamCount: 1,
  maxLen: 10_000,
  maxPendingBytes: 16 * 1024 * 1024,
};

class StreamsOutlet implements Outlet {
  readonly #settings: Required<RedisStreamsEmitterOptions>;
  readonly #outbox: Outbox;

  constructor(
    settings: Required<RedisStreamsEmitterOptions>,
    outbox: Outbox,
  ) {
    this.#settings = settings;
    this.#outbox = outbox;
  }

  send(message: ClusterMessage, nsp: string): Promise<unknown> {
    const { streamName, streamCount, maxLen } = this.#settings;
    const wire = toWire(message, { uid: EMITTER_UID, nsp });
    const stream = streamNameOf(nsp, streamName, streamCount);
    const entry = encodeEntry(message, wire, false);
    return addEntry(this.#outbox, stream, maxLen, entry);
  }
}
