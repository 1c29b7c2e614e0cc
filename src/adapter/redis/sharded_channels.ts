import { toNodeBuffer } from "../../node_buffer.ts";
import { plain, textOf } from "./client_bytes.ts";
import {
  isNodeRedis,
  isSharded,
  type RedisClient,
  type ShardedIoRedisClient,
  type ShardedNodeRedisClient,
} from "./clients.ts";
import { orderOf } from "./command_order.ts";
import { type RedisDriver, toDriver } from "./driver.ts";
import { PendingBytes } from "./pending_bytes.ts";
import { type MessageListener, Subscriptions } from "./subscriptions.ts";

/** The sharded channels of a client, whichever library it is from. */
export interface ShardedChannels {
  /** All else that it can do. */
  readonly driver: RedisDriver;
  /** Bytes of messages that wait to be sent; a character of text counts as one. */
  readonly pendingBytes: number;
  /** Sends a message. */
  publish(channel: string, message: string | Uint8Array): Promise<unknown>;
  /** Listens to a channel. */
  subscribe(channel: string, listener: MessageListener): Promise<void>;
  /** Listens to a channel no longer. */
  unsubscribe(channel: string, listener: MessageListener): Promise<void>;
  /** How many listeners a channel has here. */
  listenerCount(channel: string): number;
}

/** Each client has them once, so that it gets each listener once. */
const CHANNELS = new WeakMap<RedisClient, ShardedChannels>();

/**
 * Finds out which library a client is from.
 *
 * @throws {TypeError} If it is none that is known, too old, or has a prefix for keys.
 */
export function toShardedChannels(client: RedisClient): ShardedChannels {
  let channels = CHANNELS.get(client);
  if (channels === undefined) {
    channels = create(client, toDriver(client));
    CHANNELS.set(client, channels);
  }
  return channels;
}

function create(client: RedisClient, driver: RedisDriver): ShardedChannels {
  if (!isSharded(client)) {
    throw new TypeError(
      "Cannot use this Redis client: it knows no sharded publish and subscribe",
    );
  }
  if (hasKeyPrefix(client)) {
    throw new TypeError(
      "Cannot use this Redis client: it puts its keyPrefix before sharded channels, and does not take it off again. Set channelPrefix of the adapter instead",
    );
  }
  return isNodeRedis(client)
    ? new ClientChannels(
      driver,
      subscriptionsOf(client),
      (channel, message) => client.sPublish(channel, message),
    )
    : new ClientChannels(
      driver,
      subscriptionsIn(client),
      (channel, message) =>
        orderOf(client).send(() => client.spublish(channel, message)),
    );
}

/**
 * Whether a client changes the names of channels: ioredis takes sharded ones for keys,
 * tells messages under the longer name, and makes that longer yet when it connects again.
 */
function hasKeyPrefix(client: RedisClient): boolean {
  const { options } = client as { options?: { keyPrefix?: unknown } }; // of ioredis, if any
  return typeof options?.keyPrefix === "string" && options.keyPrefix !== "";
}

/** Calls a listener of its own for each channel. */
function subscriptionsOf(client: ShardedNodeRedisClient): Subscriptions {
  const ends = new WeakMap<MessageListener, (message: Uint8Array) => void>();
  return new Subscriptions((name, deliver) => {
    const end = (message: Uint8Array) => deliver(plain(message), name);
    ends.set(deliver, end);
    return client.sSubscribe(name, end, true);
  }, (name, deliver) => client.sUnsubscribe(name, ends.get(deliver)!, true)); // set above
}

/** Has one event for the messages of all channels. */
function subscriptionsIn(client: ShardedIoRedisClient): Subscriptions {
  const order = orderOf(client);
  const subscriptions = new Subscriptions(
    (name) => order.send(() => client.ssubscribe(name)),
    (name) => order.send(() => client.sunsubscribe(name)),
  );
  client.on("smessageBuffer", (channel, message) => {
    const name = textOf(channel);
    subscriptions.deliver(name, plain(message), name);
  });
  return subscriptions;
}

class ClientChannels implements ShardedChannels {
  readonly driver: RedisDriver;
  readonly #subscriptions: Subscriptions;
  readonly #send: (
    channel: string,
    message: string | Uint8Array,
  ) => Promise<unknown>;
  readonly #pending = new PendingBytes();

  constructor(
    driver: RedisDriver,
    subscriptions: Subscriptions,
    send: (channel: string, message: string | Uint8Array) => Promise<unknown>,
  ) {
    this.driver = driver;
    this.#subscriptions = subscriptions;
    this.#send = send;
  }

  get pendingBytes(): number {
    return this.#pending.count;
  }

  publish(
    channel: string,
    message: string | Uint8Array,
  ): Promise<unknown> {
    return this.#pending.until(
      message.length,
      () => this.#send(channel, toNodeBuffer(message)),
    );
  }

  subscribe(channel: string, listener: MessageListener): Promise<void> {
    return this.#subscriptions.add(channel, listener);
  }

  unsubscribe(channel: string, listener: MessageListener): Promise<void> {
    return this.#subscriptions.remove(channel, listener);
  }

  listenerCount(channel: string): number {
    return this.#subscriptions.count(channel);
  }
}
