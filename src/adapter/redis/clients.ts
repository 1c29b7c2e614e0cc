/** What is needed of a client that `createClient()` of node-redis 5 returns. */
export interface NodeRedisClient {
  /** Whether commands are sent at once. */
  readonly isReady: boolean;
  /** Adds a listener of an event. */
  on(event: string, listener: (...args: unknown[]) => void): unknown;
  /** Sends a message. */
  publish(channel: string, message: string | Uint8Array): Promise<unknown>;
  /** Sends any command. */
  sendCommand(args: readonly string[]): Promise<unknown>;
  /** Listens to a channel. */
  subscribe(
    channel: string,
    listener: (message: Uint8Array, channel: Uint8Array) => void,
    bufferMode: true,
  ): Promise<unknown>;
  /** Listens to a channel no longer. */
  unsubscribe(
    channel: string,
    listener: (message: Uint8Array, channel: Uint8Array) => void,
    bufferMode: true,
  ): Promise<unknown>;
  /** Listens to all channels that match. */
  pSubscribe(
    pattern: string,
    listener: (message: Uint8Array, channel: Uint8Array) => void,
    bufferMode: true,
  ): Promise<unknown>;
  /** Listens to them no longer. */
  pUnsubscribe(
    pattern: string,
    listener: (message: Uint8Array, channel: Uint8Array) => void,
    bufferMode: true,
  ): Promise<unknown>;
}

/** What is needed of a `Redis` of ioredis 5, or of iovalkey. */
export interface IoRedisClient {
  /** Where the connection is: commands are sent at once if it is `ready`. */
  readonly status: string;
  /** Adds a listener of an event. */
  on(event: string, listener: (...args: unknown[]) => void): unknown;
  /** Sends a message. */
  publish(channel: string, message: string | Uint8Array): Promise<unknown>;
  /** Sends any command. */
  call(command: string, ...args: string[]): Promise<unknown>;
  /** Listens to a channel. */
  subscribe(channel: string): Promise<unknown>;
  /** Listens to a channel no longer. */
  unsubscribe(channel: string): Promise<unknown>;
  /** Listens to all channels that match. */
  psubscribe(pattern: string): Promise<unknown>;
  /** Listens to them no longer. */
  punsubscribe(pattern: string): Promise<unknown>;
}

/** A client of one Redis or Valkey server: node-redis 5, ioredis 5 or iovalkey. */
export type RedisClient = NodeRedisClient | IoRedisClient;

/** A client of node-redis 5 that knows sharded publish and subscribe. */
export interface ShardedNodeRedisClient extends NodeRedisClient {
  /** Sends a message. */
  sPublish(channel: string, message: string | Uint8Array): Promise<unknown>;
  /** Listens to a channel. */
  sSubscribe(
    channel: string,
    listener: (message: Uint8Array, channel: Uint8Array) => void,
    bufferMode: true,
  ): Promise<unknown>;
  /** Listens to a channel no longer. */
  sUnsubscribe(
    channel: string,
    listener: (message: Uint8Array, channel: Uint8Array) => void,
    bufferMode: true,
  ): Promise<unknown>;
}

/** A client of ioredis 5 or iovalkey that knows sharded publish and subscribe. */
export interface ShardedIoRedisClient extends IoRedisClient {
  /** Sends a message. */
  spublish(channel: string, message: string | Uint8Array): Promise<unknown>;
  /** Listens to a channel. */
  ssubscribe(channel: string): Promise<unknown>;
  /** Listens to a channel no longer. */
  sunsubscribe(channel: string): Promise<unknown>;
}

/** A {@linkcode RedisClient} that knows sharded publish and subscribe. */
export type ShardedRedisClient = ShardedNodeRedisClient | ShardedIoRedisClient;

/** Tells whether `client` is one of node-redis. */
export function isNodeRedis(client: RedisClient): client is NodeRedisClient {
  return hasMethods(client, [
    "on",
    "publish",
    "sendCommand",
    "subscribe",
    "unsubscribe",
    "pSubscribe",
    "pUnsubscribe",
  ]) && "isReady" in client;
}

/** Tells whether `client` is one of ioredis or iovalkey. */
export function isIoRedis(client: RedisClient): client is IoRedisClient {
  return hasMethods(client, [
    "on",
    "publish",
    "call",
    "subscribe",
    "unsubscribe",
    "psubscribe",
    "punsubscribe",
  ]) && "status" in client && !("nodes" in client);
}

/** Tells whether `client` knows sharded publish and subscribe. */
export function isSharded(client: RedisClient): client is ShardedRedisClient {
  return hasMethods(
    client,
    isNodeRedis(client)
      ? ["sPublish", "sSubscribe", "sUnsubscribe"]
      : ["spublish", "ssubscribe", "sunsubscribe"],
  );
}

function hasMethods(value: unknown, names: readonly string[]): boolean {
  if (typeof value !== "object" || value === null) return false;
  const object = value as Record<string, unknown>; // any property may be missing
  return names.every((name) => typeof object[name] === "function");
}
