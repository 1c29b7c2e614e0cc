/**
 * Several servers as one, over Redis or Valkey: a broadcast reaches the clients of
 * all of them.
 *
 * They speak the language of `@socket.io/redis-adapter`, so servers on Node can be
 * among them, and `@socket.io/redis-emitter` reaches them from other programs.
 * Redis delivers a message at most once: what is sent while a server has no
 * connection to it is lost for that server's clients. Streams keep it, and the sessions
 * of clients that were cut off: see {@linkcode createStreamsAdapter}.
 *
 * @example Usage
 * ```ts ignore
 * import { createClient } from "npm:redis@^5";
 * import { Server } from "@deno-socketio/server";
 * import { createAdapter } from "@deno-socketio/server/redis";
 *
 * const pubClient = createClient({ url: "redis://127.0.0.1:6379" });
 * const subClient = pubClient.duplicate();
 * const adapter = createAdapter(pubClient, subClient);
 * await Promise.all([pubClient.connect(), subClient.connect()]);
 *
 * const io = new Server({ adapter });
 * Deno.serve({ port: 3000 }, io.handler());
 * ```
 *
 * @module
 */
import { checkRange, MAX_DELAY } from "../../options.ts";
import type { AdapterNamespace } from "../adapter.ts";
import { ClusterAdapter } from "../cluster_adapter.ts";
import { ClassicBus } from "./classic_bus.ts";
import type { RedisClient } from "./clients.ts";
import { toDriver } from "./driver.ts";

export type {
  IoRedisClient,
  NodeRedisClient,
  RedisClient,
  ShardedIoRedisClient,
  ShardedNodeRedisClient,
  ShardedRedisClient,
} from "./clients.ts";
export { createShardedAdapter, type ShardedAdapterOptions } from "./sharded.ts";
export { createStreamsAdapter, type StreamsAdapterOptions } from "./streams.ts";

/** Options of {@linkcode createAdapter}. */
export interface RedisAdapterOptions {
  /**
   * The beginning of the names of all channels: the same for all servers.
   *
   * @default {"socket.io"}
   */
  key?: string;
  /**
   * Milliseconds to wait for the answers of other servers.
   *
   * @default {5_000}
   */
  requestsTimeout?: number;
  /**
   * Whether answers are sent to the server that asked alone, and not to all. It
   * saves work in larger fleets.
   *
   * @default {false}
   */
  publishOnSpecificResponseChannel?: boolean;
  /**
   * Bytes of messages that may wait while Redis is away; a character of text counts
   * as one. What is more is dropped, and told by the adapter's event `error`.
   *
   * @default {16_777_216}
   */
  maxPendingBytes?: number;
}

/**
 * Makes adapters that reach other servers over Redis or Valkey.
 *
 * The clients are yours: connect them, and close them after the server. The one that
 * receives can do nothing else meanwhile, so there are two; each server should have
 * its own. The adapter listens to their event `error`, and passes on what it hears as
 * its own event `error`, once for an outage. While Redis is away, all that concerns
 * this server's own clients goes on.
 *
 * A Redis that hangs is noticed only by a client that looks for it, such as one of
 * node-redis with `pingInterval`, `socket.socketTimeout` and a `reconnectStrategy`
 * which does not give up then.
 *
 * Targets that are intersections of rooms, `to("a").and("b")`, are unknown to this
 * language and throw, unless they are `local`. Connection state recovery is not
 * possible.
 *
 * @example Health and errors
 * ```ts ignore
 * import { Redis } from "npm:ioredis@^5";
 * import { Server } from "@deno-socketio/server";
 * import { ClusterAdapter } from "@deno-socketio/server/adapter";
 * import { createAdapter } from "@deno-socketio/server/redis";
 *
 * const io = new Server({ adapter: createAdapter(new Redis(), new Redis()) });
 * const { adapter } = io.of("/");
 * adapter.on("error", (error) => console.warn("Redis:", error));
 * if (adapter instanceof ClusterAdapter) console.log(await adapter.checkHealth());
 * ```
 *
 * @param pubClient Sends messages: a client of node-redis 5, ioredis 5 or iovalkey.
 * @param subClient Receives messages.
 * @param options How to do it.
 * @returns What the option `adapter` of a server takes.
 * @throws {TypeError} If a client is of no known library, or one of Redis Cluster.
 * @throws {RangeError} If a number is out of range.
 */
export function createAdapter(
  pubClient: RedisClient,
  subClient: RedisClient,
  options: RedisAdapterOptions = {},
): (namespace: AdapterNamespace) => ClusterAdapter {
  const {
    key = "socket.io",
    requestsTimeout = 5_000,
    publishOnSpecificResponseChannel = false,
    maxPendingBytes = 16 * 1024 * 1024,
  } = options;
  checkRange("requestsTimeout", requestsTimeout, 1, MAX_DELAY);
  checkRange("maxPendingBytes", maxPendingBytes, 0, Infinity);
  const pub = toDriver(pubClient);
  const sub = toDriver(subClient);
  const settings = {
    key,
    publishOnSpecificResponseChannel,
    closeTimeout: requestsTimeout,
    maxPendingBytes,
  };
  return (namespace) =>
    new ClusterAdapter(
      namespace,
      new ClassicBus(namespace.name, pub, sub, settings),
      { requestsTimeout },
    );
}
