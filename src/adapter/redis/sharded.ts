import { checkRange, MAX_DELAY } from "../../options.ts";
import type { AdapterNamespace } from "../adapter.ts";
import type { ClusterAdapter } from "../cluster_adapter.ts";
import type { ShardedRedisClient } from "./clients.ts";
import { ShardedAdapter } from "./sharded_adapter.ts";
import type { SubscriptionMode } from "./room_channels.ts";
import { ShardedBus } from "./sharded_bus.ts";
import { toShardedChannels } from "./sharded_channels.ts";

/** Options of {@linkcode createShardedAdapter}: the same for all servers. */
export interface ShardedAdapterOptions {
  /**
   * The beginning of the names of all channels.
   *
   * @default {"socket.io"}
   */
  channelPrefix?: string;
  /**
   * Which rooms have a channel of their own, to which those servers alone listen that
   * have a socket in it: `"static"` none, `"dynamic"` all but those of one socket,
   * `"dynamic-private"` those too. Who joins a room waits until its channel is
   * listened to, up to a second.
   *
   * @default {"dynamic"}
   */
  subscriptionMode?: "static" | "dynamic" | "dynamic-private";
  /**
   * Milliseconds to wait for the answers of other servers.
   *
   * @default {5_000}
   */
  requestsTimeout?: number;
  /**
   * Bytes of messages that may wait while Redis is away; a character of text counts
   * as one. What is more is dropped, and told by the adapter's event `error`.
   *
   * @default {16_777_216}
   */
  maxPendingBytes?: number;
}

const MODES: readonly SubscriptionMode[] = [
  "static",
  "dynamic",
  "dynamic-private",
];

/**
 * Makes adapters that reach other servers over sharded channels of Redis 7 or later,
 * or of Valkey: a broadcast to one room is sent to those servers alone that have it.
 *
 * They speak the language of the function of this name in `@socket.io/redis-adapter`,
 * so servers on Node can be among them. All must have the same `subscriptionMode`; the
 * classic adapter, and its emitter, are not understood.
 *
 * The clients are yours, as those of {@linkcode createAdapter} are, of which all else
 * holds here too. They are clients of one server: that channels are spread over the
 * nodes of a Redis Cluster is what they are made for, but its clients are not known
 * here yet.
 *
 * @example Usage
 * ```ts ignore
 * import { createClient } from "npm:redis@^5";
 * import { Server } from "@deno-socketio/server";
 * import { createShardedAdapter } from "@deno-socketio/server/redis";
 *
 * const pubClient = createClient({ url: "redis://127.0.0.1:6379" });
 * const subClient = pubClient.duplicate();
 * const adapter = createShardedAdapter(pubClient, subClient);
 * await Promise.all([pubClient.connect(), subClient.connect()]);
 *
 * const io = new Server({ adapter });
 * Deno.serve({ port: 3000 }, io.handler());
 * ```
 *
 * @param pubClient Sends messages: a client of node-redis 5, ioredis 5 or iovalkey.
 * @param subClient Receives messages.
 * @param options How to do it.
 * @returns What the option `adapter` of a server takes.
 * @throws {TypeError} If a client is of no known library, one of Redis Cluster, or has a
 * `keyPrefix`, or if `subscriptionMode` is no mode.
 * @throws {RangeError} If a number is out of range.
 */
export function createShardedAdapter(
  pubClient: ShardedRedisClient,
  subClient: ShardedRedisClient,
  options: ShardedAdapterOptions = {},
): (namespace: AdapterNamespace) => ClusterAdapter {
  const {
    channelPrefix = "socket.io",
    subscriptionMode = "dynamic",
    requestsTimeout = 5_000,
    maxPendingBytes = 16 * 1024 * 1024,
  } = options;
  checkRange("requestsTimeout", requestsTimeout, 1, MAX_DELAY);
  checkRange("maxPendingBytes", maxPendingBytes, 0, Infinity);
  if (!MODES.includes(subscriptionMode)) {
    throw new TypeError(
      `Cannot use subscriptionMode ${subscriptionMode}: it is none of ${
        MODES.join(", ")
      }`,
    );
  }
  const pub = toShardedChannels(pubClient);
  const sub = toShardedChannels(subClient);
  const settings = {
    channelPrefix,
    subscriptionMode,
    closeTimeout: requestsTimeout,
    maxPendingBytes,
  };
  return (namespace) =>
    new ShardedAdapter(
      namespace,
      new ShardedBus(namespace.name, pub, sub, settings),
      { requestsTimeout },
    );
}
