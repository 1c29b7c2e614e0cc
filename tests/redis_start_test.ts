/** Servers that start before their Redis. */

import { assertEquals, assertFalse } from "@std/assert";
import type { ClusterAdapter } from "@deno-socketio/server/adapter";
import { next, TestBed } from "./_support/clients.ts";
import { until } from "./_support/cluster_bed.ts";
import { requires } from "./_support/environment.ts";
import {
  CLIENT_KINDS,
  type ClientTraits,
  connectFleet,
  connectShardedFleet,
  connectStreamsFleet,
} from "./_support/redis_bed.ts";
import { RedisProcess } from "./_support/redis_process.ts";

const WITHOUT_REDIS: Record<string, ClientTraits> = {
  "wait": { isAwaited: false },
  "fail": { isAwaited: false, queuesOffline: false },
};

const ADAPTERS = {
  "Redis adapter": [connectFleet, {}],
  "Sharded Redis adapter": [connectShardedFleet, {}],
  "Redis streams adapter": [
    connectStreamsFleet,
    { connectionStateRecovery: {} },
  ],
} as const;

for (const [adapterName, [connect, more]] of Object.entries(ADAPTERS)) {
  for (const kind of CLIENT_KINDS) {
    for (const [what, traits] of Object.entries(WITHOUT_REDIS)) {
      const name =
        `${adapterName} joins when Redis starts, though commands ${what} before, ${kind}`;
      Deno.test(requires({ redis: true }, name, async () => {
        await using redis = new RedisProcess();
        const options = { requestsTimeout: 300 };
        await using fleet = await connect(
          kind,
          redis.port,
          2,
          options,
          traits,
        );
        const [create, createOther] = fleet.adapters;
        await using bed = new TestBed("4.8.4", "websocket", {
          adapter: create!,
          ...more,
        });
        await using other = new TestBed("4.8.4", "websocket", {
          adapter: createOther!,
          ...more,
        });
        const adapters = [bed, other].map(({ io }) => io.of("/").adapter);
        const errors: unknown[] = [];
        for (const adapter of adapters) {
          adapter.on("error", (error) => errors.push(error));
        }
        const [adapter] = adapters as [ClusterAdapter, ClusterAdapter]; // made above
        assertFalse((await adapter.checkHealth()).isHealthy);
        const client = await bed.connect();
        const local = next(client, "local");
        bed.socketOf(client).join("room");
        bed.io.emit("local");
        await local;
        await redis.start();
        await until(async () => {
          const { isHealthy, serverCount } = await adapter.checkHealth();
          return isHealthy && serverCount === 2;
        }, "two servers");
        const news = next(client, "news");
        // The room's own channel may be listened to a moment later.
        const timer = setInterval(
          () => other.io.to("room").emit("news", 1),
          10,
        );
        assertEquals((await news)[0], 1);
        clearInterval(timer);
      }));
    }
  }
}
