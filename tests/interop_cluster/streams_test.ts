/** A mixed fleet that meets in streams of Redis. */

import { createClient } from "redis";
import {
  createStreamsAdapter,
  type StreamsAdapterOptions,
} from "@deno-socketio/server/redis";
import { within } from "../_support/clients.ts";
import { startRedis } from "../_support/environment.ts";
import { testMixedFleet } from "./mixed_fleet.ts";
import type { Meeting } from "./place.ts";

function meetInStreams(
  name: string,
  options: StreamsAdapterOptions,
): Meeting {
  return {
    name,
    needs: { redis: true },
    keepsOrder: true,
    packages: ["@socket.io/redis-streams-adapter@0.3.1", "redis@5.12.1"],
    async start() {
      const server = await startRedis();
      const client = { socket: { host: "127.0.0.1", port: server.port } };
      return {
        node: { adapter: "redis-streams", client, options },
        async connect(stack) {
          const redis = createClient(client);
          stack.defer(() => redis.destroy());
          await within(redis.connect(), "a connection to Redis");
          return createStreamsAdapter(redis, options);
        },
        [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
      };
    },
  };
}

testMixedFleet(meetInStreams("Redis streams", {}));

testMixedFleet(
  meetInStreams("Redis streams, with options of its own", {
    streamName: "my stream",
    streamCount: 4,
    channelPrefix: "an*other",
    maxLen: 500,
    readCount: 7,
    blockTimeInMs: 50,
  }),
);
