/** A mixed fleet that meets in Redis by way of the classic adapter. */

import { createClient } from "redis";
import {
  createAdapter,
  type RedisAdapterOptions,
} from "@deno-socketio/server/redis";
import { within } from "../_support/clients.ts";
import { startRedis } from "../_support/environment.ts";
import { testMixedFleet } from "./mixed_fleet.ts";
import type { Meeting } from "./place.ts";
import { redisEmitter } from "./redis_emitter.ts";

function redis(name: string, options: RedisAdapterOptions): Meeting {
  return {
    name,
    needs: { redis: true },
    keepsOrder: true,
    packages: ["@socket.io/redis-adapter@8.3.0", "redis@5.12.1"],
    async start() {
      const server = await startRedis();
      const client = { socket: { host: "127.0.0.1", port: server.port } };
      return {
        node: { adapter: "redis", client, options },
        async connect(stack) {
          const [pub, sub] = [createClient(client), createClient(client)];
          for (const each of [pub, sub]) {
            stack.defer(() => each.destroy());
            await within(each.connect(), "a connection to Redis");
          }
          return createAdapter(pub, sub, options);
        },
        [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
      };
    },
  };
}

testMixedFleet(redis("Redis", {}), redisEmitter);

testMixedFleet(
  redis("Redis, with answers to one, and a key of its own", {
    key: "an*other",
    publishOnSpecificResponseChannel: true,
  }),
);
