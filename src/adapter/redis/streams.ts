import { checkRange, checkWhole, MAX_DELAY } from "../../options.ts";
import type { AdapterNamespace } from "../adapter.ts";
import type { ClusterAdapter } from "../cluster_adapter.ts";
import type { RedisClient } from "./clients.ts";
import { StreamsAdapter } from "./streams_adapter.ts";
import { StreamsHub, type StreamsSettings } from "./streams_hub.ts";
import { StreamsRecoveryAdapter } from "./streams_recovery_adapter.ts";

/** Options of {@linkcode createStreamsAdapter}: the same for all servers. */
export interface StreamsAdapterOptions {
  /**
   * The name of the stream, or what the names of several begin with.
   *
   * @default {"socket.io"}
   */
  streamName?: string;
  /**
   * How many streams there are. Each namespace has one of them.
   *
   * @default {1}
   */
  streamCount?: number;
  /**
   * The beginning of the names of all channels, over which servers ask and answer.
   *
   * @default {"socket.io"}
   */
  channelPrefix?: string;
  /**
   * How many messages a stream keeps, or somewhat more: those of all namespaces and
   * rooms. A client that is away for longer than they last starts afresh.
   *
   * @default {10_000}
   */
  maxLen?: number;
  /**
   * How many messages are read at once.
   *
   * @default {100}
   */
  readCount?: number;
  /**
   * Milliseconds that a server waits for messages before it asks again.
   *
   * @default {5_000}
   */
  blockTimeInMs?: number;
  /**
   * What the names of the keys begin with that keep interrupted sessions.
   *
   * @default {"sio:session:"}
   */
  sessionKeyPrefix?: string;
  /**
   * Milliseconds until the session of a connected client is kept again, so that it goes
   * on with another server if its own is killed or hangs: with the rooms it was in a
   * second before, about, and with `data` as it was when it was last kept. `0` for never:
   * a session is then kept when its connection breaks, by a server that lives to do it.
   *
   * @default {0}
   */
  snapshotInterval?: number;
  /**
   * Whether there are no bytes in what is sent, so that nobody need look for any.
   *
   * @default {false}
   */
  onlyPlaintext?: boolean;
  /**
   * Milliseconds to wait for the answers of other servers.
   *
   * @default {5_000}
   */
  requestsTimeout?: number;
  /**
   * Milliseconds that an event for this server's own clients waits for Redis, where
   * connection state recovery is on.
   *
   * @default {2_000}
   */
  publishTimeout?: number;
  /**
   * Bytes of messages that may wait while Redis is away; a character of text counts
   * as one. What is more is dropped, and told by the adapter's event `error`.
   *
   * @default {16_777_216}
   */
  maxPendingBytes?: number;
}

/**
 * Makes adapters that reach other servers over streams of Redis 6.2 or later, or of
 * Valkey: what a server has not read while it had no connection, it reads afterwards.
 * With `connectionStateRecovery`, a client that was cut off goes on with any server,
 * and gets what it has missed.
 *
 * They speak the language of `@socket.io/redis-streams-adapter`, so servers on Node can
 * be among them.
 *
 * The client is yours: connect it, and close it after the server. More connections are
 * made from it, by its `duplicate()`: one that receives, and one for each stream. What
 * goes wrong is told by the event `error` of the adapter, once for an outage. While
 * Redis is away, all that concerns this server's own clients goes on, and what is for
 * others waits.
 *
 * Targets that are intersections of rooms, `to("a").and("b")`, are unknown to this
 * language and throw, unless they are `local`.
 *
 * @example Usage
 * ```ts ignore
 * import { createClient } from "npm:redis@^5";
 * import { Server } from "@deno-socketio/server";
 * import { createStreamsAdapter } from "@deno-socketio/server/redis";
 *
 * const client = createClient({ url: "redis://127.0.0.1:6379" });
 * const io = new Server({
 *   adapter: createStreamsAdapter(client),
 *   connectionStateRecovery: {},
 * });
 * await client.connect();
 * Deno.serve({ port: 3000 }, io.handler());
 * ```
 *
 * @param client A client of node-redis 5, ioredis 5 or iovalkey.
 * @param options How to do it.
 * @returns What the option `adapter` of a server takes.
 * @throws {TypeError} If the client is of no known library, or one of Redis Cluster.
 * @throws {RangeError} If a number is out of range.
 */
export function createStreamsAdapter(
  client: RedisClient,
  options: StreamsAdapterOptions = {},
): (namespace: AdapterNamespace) => ClusterAdapter {
  const hub = new StreamsHub(client, resolveOptions(options));
  return (namespace) =>
    namespace.recovery === undefined
      ? new StreamsAdapter(namespace, hub)
      : new StreamsRecoveryAdapter(namespace, hub, namespace.recovery);
}

const DEFAULTS: StreamsSettings = {
  streamName: "socket.io",
  streamCount: 1,
  channelPrefix: "socket.io",
  maxLen: 10_000,
  readCount: 100,
  blockTimeInMs: 5_000,
  sessionKeyPrefix: "sio:session:",
  snapshotInterval: 0,
  onlyPlaintext: false,
  requestsTimeout: 5_000,
  publishTimeout: 2_000,
  maxPendingBytes: 16 * 1024 * 1024,
};

/**
 * Completes options.
 *
 * @throws {RangeError} If a number is out of range.
 */
export function resolveOptions(
  options: StreamsAdapterOptions,
): StreamsSettings {
  const settings = { ...DEFAULTS, ...options };
  for (const name of ["streamCount", "maxLen", "readCount"] as const) {
    checkWhole(name, settings[name], 1);
  }
  checkWhole("blockTimeInMs", settings.blockTimeInMs, 1, MAX_DELAY);
  for (const name of ["requestsTimeout", "publishTimeout"] as const) {
    checkRange(name, settings[name], 1, MAX_DELAY);
  }
  checkRange("snapshotInterval", settings.snapshotInterval, 0, MAX_DELAY);
  checkRange("maxPendingBytes", settings.maxPendingBytes, 0, Infinity);
  return settings;
}
