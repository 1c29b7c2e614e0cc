/** A mixed fleet that meets in Redis by way of the classic adapter. */

import { Emitter } from "@socket.io/redis-emitter";
import {
  createAdapter,
  type RedisAdapterOptions,
} from "@deno-socketio/server/redis";
import { RedisEmitter } from "@deno-socketio/server/redis-emitter";
import { meetInRedis } from "./meet_in_redis.ts";
import { testMixedFleet } from "./mixed_fleet.ts";
import type { Meeting } from "./place.ts";
import { emitterClaims } from "./redis_emitter.ts";

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

testMixedFleet(meet("Redis", {}), {
  ...emitterClaims("npm's", (client) => new Emitter(client)),
  ...emitterClaims("our", (client) => new RedisEmitter(client)),
});

const OF_ITS_OWN = { key: "an*other" };
testMixedFleet(
  meet("Redis, with answers to one, and a key of its own", {
    ...OF_ITS_OWN,
    publishOnSpecificResponseChannel: true,
  }),
  emitterClaims("our", (client) => new RedisEmitter(client, OF_ITS_OWN)),
);
