/** Redis clients of each library, and fleets of servers that meet in a Redis of their own. */

import { Redis } from "ioredis";
import { Redis as Valkey } from "iovalkey";
import { createClient } from "redis";
import type { AdapterFactory } from "@deno-socketio/server";
import {
  createAdapter,
  createShardedAdapter,
  createStreamsAdapter,
  type RedisAdapterOptions,
  type RedisClient,
  type ShardedAdapterOptions,
  type ShardedRedisClient,
  type StreamsAdapterOptions,
} from "@deno-socketio/server/redis";
import type { Fleet } from "./cluster_bed.ts";
import { next, type Source, within } from "./clients.ts";
import { startRedis } from "./environment.ts";

/** The libraries that have clients. */
export const CLIENT_KINDS = ["node-redis", "ioredis", "iovalkey"] as const;

/** A library that has clients. */
export type ClientKind = (typeof CLIENT_KINDS)[number];

/** A client, and how to end it. */
export interface ConnectedClient extends AsyncDisposable {
  readonly client: RedisClient;
}

/** How clients are when it matters. */
export interface ClientTraits {
  /** Whether it connects now; otherwise nobody waits for it. */
  readonly isAwaited?: boolean;
  /** Whether commands wait while there is no connection, or fail. */
  readonly queuesOffline?: boolean;
}

/**
 * Connects a client, which soon tries again when it loses the connection. Nobody
 * listens to its errors, but for the adapter.
 */
export async function connectRedis(
  kind: ClientKind,
  port: number,
  { isAwaited = true, queuesOffline = true }: ClientTraits = {},
): Promise<ConnectedClient> {
  if (kind === "node-redis") {
    const client = createClient({
      socket: { host: "127.0.0.1", port, reconnectStrategy: () => 20 },
      disableOfflineQueue: !queuesOffline,
    });
    const connected = client.connect();
    if (isAwaited) await within(connected, "a connection to Redis");
    else connected.catch(() => {}); // a test may end it before
    return {
      client,
      async [Symbol.asyncDispose]() {
        if (!client.isReady) await ready(client);
        client.destroy();
      },
    };
  }
  const Class = kind === "ioredis" ? Redis : Valkey as unknown as typeof Redis; // a fork with the same members
  const client = new Class({
    host: "127.0.0.1",
    port,
    retryStrategy: () => 20,
    maxRetriesPerRequest: null,
    enableOfflineQueue: queuesOffline,
  });
  if (isAwaited) {
    await ready(client);
  }
  return {
    client,
    async [Symbol.asyncDispose]() {
      if (client.status !== "ready") await ready(client);
      // It subscribes again by itself when it is ready, and nobody catches that.
      await within(client.ping(), "an answer of Redis");
      const ended = new Promise<void>((resolve) => client.once("end", resolve));
      client.disconnect();
      await within(ended, "the end of a client");
    },
  };
}

/** Waits for a connection: a client that looks for one cannot be ended without a trace. */
async function ready(client: Source): Promise<void> {
  await next(client, "ready");
}

/** Servers that meet in Redis. */
export interface RedisFleet extends Fleet {
  readonly adapters: readonly AdapterFactory[];
}

/** Connects two clients for each of so many servers, and makes their adapters. */
export function connectFleet(
  kind: ClientKind,
  port: number,
  size: number,
  options?: RedisAdapterOptions,
  traits?: ClientTraits,
): Promise<RedisFleet> {
  const create = (pub: RedisClient, sub: RedisClient) =>
    createAdapter(pub, sub, options);
  return connectPairs(kind, port, size, create, traits);
}

async function connectPairs(
  kind: ClientKind,
  port: number,
  size: number,
  create: (pub: RedisClient, sub: RedisClient) => AdapterFactory,
  traits?: ClientTraits,
): Promise<RedisFleet> {
  await using stack = new AsyncDisposableStack();
  const adapters = [];
  for (let i = 0; i < size; i++) {
    const pub = stack.use(await connectRedis(kind, port, traits));
    const sub = stack.use(await connectRedis(kind, port, traits));
    adapters.push(create(pub.client, sub.client));
  }
  const moved = stack.move();
  return { adapters, [Symbol.asyncDispose]: () => moved.disposeAsync() };
}

/** The same with adapters for sharded channels. */
export function connectShardedFleet(
  kind: ClientKind,
  port: number,
  size: number,
  options?: ShardedAdapterOptions,
  traits?: ClientTraits,
): Promise<RedisFleet> {
  return connectPairs(
    kind,
    port,
    size,
    (pub, sub) =>
      // The libraries that are tested know them.
      createShardedAdapter(
        pub as ShardedRedisClient,
        sub as ShardedRedisClient,
        options,
      ),
    traits,
  );
}

/** Connects a client for each of so many servers, and makes their adapters for streams. */
export async function connectStreamsFleet(
  kind: ClientKind,
  port: number,
  size: number,
  options?: StreamsAdapterOptions,
  traits?: ClientTraits,
): Promise<RedisFleet> {
  await using stack = new AsyncDisposableStack();
  const adapters = [];
  for (let i = 0; i < size; i++) {
    const { client } = stack.use(await connectRedis(kind, port, traits));
    adapters.push(createStreamsAdapter(client, options));
  }
  const moved = stack.move();
  return { adapters, [Symbol.asyncDispose]: () => moved.disposeAsync() };
}

/** Starts a Redis server, and connects a fleet to it. */
export async function startFleet(
  kind: ClientKind,
  size: number,
  connect: (
    kind: ClientKind,
    port: number,
    size: number,
  ) => Promise<RedisFleet> = connectFleet,
): Promise<RedisFleet> {
  await using stack = new AsyncDisposableStack();
  const { port } = stack.use(await startRedis());
  const fleet = stack.use(await connect(kind, port, size));
  const moved = stack.move();
  return {
    adapters: fleet.adapters,
    [Symbol.asyncDispose]: () => moved.disposeAsync(),
  };
}
