import { createClient } from "redis";
import type { AdapterFactory } from "@deno-socketio/server";
import { within } from "../_support/clients.ts";
import { startRedis } from "../_support/environment.ts";
import type { Meeting, NodeAdapter, Place } from "./place.ts";

/** A client of a Redis. */
export type Client = ReturnType<typeof createClient>;

/** How servers meet in Redis. */
export interface RedisMeeting extends Pick<NodeAdapter, "adapter" | "options"> {
  /** What it is called. */
  readonly name: string;
  /** The package of Node's adapter. */
  readonly adapterPackage: string;
  /** Options of all servers, besides their adapters. */
  readonly server?: Place["server"];
  /**
   * Makes an adapter of ours.
   *
   * @param connect Connects a client, which lives as long as the server.
   */
  create(connect: () => Promise<Client>): Promise<AdapterFactory>;
}

/** Lets servers meet in a Redis of their own. */
export function meetInRedis(
  { name, adapter, adapterPackage, options, server, create }: RedisMeeting,
): Meeting {
  return {
    name,
    needs: { redis: true },
    keepsOrder: true,
    packages: [adapterPackage, "redis@5.12.1"],
    async start() {
      const redis = await startRedis();
      const client = { socket: { host: "127.0.0.1", port: redis.port } };
      return {
        ...server === undefined ? {} : { server },
        node: { adapter, client, options },
        connect: (stack) =>
          create(async () => {
            const redis = createClient(client) as Client; // without modules
            stack.defer(() => redis.destroy());
            await within(redis.connect(), "a connection to Redis");
            return redis;
          }),
        [Symbol.asyncDispose]: () => redis[Symbol.asyncDispose](),
      };
    },
  };
}
