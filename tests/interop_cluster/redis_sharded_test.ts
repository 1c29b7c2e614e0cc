/** A mixed fleet that meets in sharded channels of Redis. */

import {
  createShardedAdapter,
  type ShardedAdapterOptions,
} from "@deno-socketio/server/redis";
import { meetInRedis } from "./meet_in_redis.ts";
import { testMixedFleet } from "./mixed_fleet.ts";
import type { Meeting } from "./place.ts";

function meet(options: ShardedAdapterOptions): Meeting {
  return meetInRedis({
    name: `sharded channels of Redis, ${JSON.stringify(options)}`,
    adapter: "redis-sharded",
    adapterPackage: "@socket.io/redis-adapter@8.3.0",
    options,
    create: async (connect) =>
      createShardedAdapter(await connect(), await connect(), options),
  });
}

testMixedFleet(meet({}));
testMixedFleet(meet({ subscriptionMode: "static", channelPrefix: "an*other" }));
testMixedFleet(meet({ subscriptionMode: "dynamic-private" }));
