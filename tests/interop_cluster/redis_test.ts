/** A mixed fleet that meets in Redis by way of the classic adapter. */

import {
  createAdapter,
  type RedisAdapterOptions,
} from "@deno-socketio/server/redis";
import { meetInRedis } from "./meet_in_redis.ts";
import { testMixedFleet } from "./mixed_fleet.ts";
import type { Meeting } from "./place.ts";
import { redisEmitter } from "./redis_emitter.ts";

function meet(name: string, options: RedisAdapterOptions): Meeting {
  return meetInRedis({
    name,
    adapter: "redis",
    adapterPackage: "@socket.io/redis-adapter@8.3.0",
    options,
    create: async (connect) =>
      createAdapter(await connect(), await connect(), options),
  });
}

testMixedFleet(meet("Redis", {}), redisEmitter);

testMixedFleet(
  meet("Redis, with answers to one, and a key of its own", {
    key: "an*other",
    publishOnSpecificResponseChannel: true,
  }),
);
