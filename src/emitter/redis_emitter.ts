import type { ClusterMessage } from "../adapter/mod.ts";
import { EMITTER_UID } from "../adapter/cluster_wire/mod.ts";
import { encodeClassicMessage } from "../adapter/redis/classic_encode.ts";
import { classicChannels } from "../adapter/redis/classic_wire.ts";
import type { RedisClient } from "../adapter/redis/clients.ts";
import { toDriver } from "../adapter/redis/driver.ts";
import { Outbox } from "../adapter/redis/outbox.ts";
import type { EventsMap } from "../event_source.ts";
import { checkRange } from "../options.ts";
import type { DefaultEventsMap } from "../server/events.ts";
import { Emitter } from "./emitter.ts";
import type { Outlet } from "./outlet.ts";

/** Options of a {@linkcode RedisEmitter}. */
export interface RedisEmitterOptions {
  /**
   * The beginning of the names of all channels: the option `key` of the adapter.
   *
   * @default {"socket.io"}
   */
  key?: string;
  /**
   * Bytes of messages that may wait while Redis is away; a character of text counts
   * as one. What is more is refused.
   *
   * @default {16_777_216}
   */
  maxPendingBytes?: number;
}

/**
 * Sends to the clients of servers that have the adapter of `createAdapter()`, or
 * `@socket.io/redis-adapter` on Node, in the words of `@socket.io/redis-emitter`.
 *
 * The client is yours. The emitter listens to its errors, so that an outage does not end
 * the program.
 *
 * @example Usage
 * ```ts ignore
 * import { createClient } from "npm:redis@^5";
 * import { RedisEmitter } from "@deno-socketio/server/redis-emitter";
 *
 * const client = await createClient({ url: "redis://127.0.0.1:6379" }).connect();
 * const emitter = new RedisEmitter(client);
 * await emitter.to("news").emit("headline", "It works");
 * await client.close();
 * ```
 */
export class RedisEmitter<
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
  constructor(client: RedisClient, options: RedisEmitterOptions = {}) {
    const { key = "socket.io", maxPendingBytes = 16 * 1024 * 1024 } = options;
    checkRange("maxPendingBytes", maxPendingBytes, 0, Infinity);
    const outbox = new Outbox(toDriver(client), maxPendingBytes);
    super(new ClassicOutlet(key, outbox), "/");
  }
}

class ClassicOutlet implements Outlet {
  readonly #key: string;
  readonly #outbox: Outbox;

  constructor(key: string, outbox: Outbox) {
    this.#key = key;
    this.#outbox = outbox;
  }

  send(message: ClusterMessage, nsp: string): Promise<unknown> {
    const channels = classicChannels(this.#key, nsp);
    const [channel, bytes] = encodeClassicMessage(
      message,
      EMITTER_UID,
      channels,
    );
    return this.#outbox.publish(channel, bytes);
  }
}
