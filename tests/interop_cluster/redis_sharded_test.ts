/** A mixed fleet that meets in sharded channels of Redis. */

import { createClient } from "redis";
import {
  createShardedAdapter,
  type ShardedAdapterOptions,
} from "@deno-socketio/server/redis";
import { within } from "../_support/clients.ts";
import { startRedis } from "../_support/environment.ts";
import { testMixedFleet } from "./mixed_fleet.ts";
import type { Meeting } from "./place.ts";

function meetInShards(options: ShardedAdapterOptions): Meeting {
  return {
    name: `sharded channels of Redis, ${JSON.stringify(options)}`,
    needs: { redis: true },
    keepsOrder: true,
    packages: ["@socket.io/redis-adapter@8.3.0", "redis@5.12.1"],
    async start() {
      const server = await startRedis();
      const client = { socket: { host: "127.0.0.1", port: server.port } };
      return {
        node: { adapter: "redis-sharded", client, options },
        async connect(stack) {
          const [pub, sub] = [createClient(client), createClient(client)];
          for (const each of [pub, sub]) {
            stack.defer(() => each.destroy());
            await within(each.connect(), "a connection to Redis");
          }
          return createShardedAdapter(pub, sub, options);
        },
        [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
      };
    },
  };
}

testMixedFleet(meetInShards({}));
testMixedFleet(
  meetInShards({ subscriptionMode: "static", channelPrefix: "an*other" }),
);
testMixedFleet(meetInShards({ subscriptionMode: "dynamic-private" }));
