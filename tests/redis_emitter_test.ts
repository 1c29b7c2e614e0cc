/** Emitters with the clients of all libraries, for servers of ours. */

import { assertEquals, assertRejects } from "@std/assert";
import {
  RedisEmitter,
  RedisStreamsEmitter,
} from "@deno-socketio/server/redis-emitter";
import { next, TestBed } from "./_support/clients.ts";
import { until } from "./_support/cluster_bed.ts";
import { requires, startRedis } from "./_support/environment.ts";
import {
  CLIENT_KINDS,
  connectFleet,
  connectRedis,
  connectStreamsFleet,
} from "./_support/redis_bed.ts";
import { RedisProcess } from "./_support/redis_process.ts";

const EMITTERS = {
  RedisEmitter: [RedisEmitter, connectFleet],
  RedisStreamsEmitter: [RedisStreamsEmitter, connectStreamsFleet],
} as const;
for (const kind of CLIENT_KINDS) {
  for (const [name, [Emitter, connect]] of Object.entries(EMITTERS)) {
    Deno.test(requires({ redis: true }, `${name} sends, ${kind}`, async () => {
      await using redis = await startRedis();
      await using fleet = await connect("node-redis", redis.port, 1);
      const [adapter] = fleet.adapters;
      await using bed = new TestBed("4.8.4", "websocket", {
        adapter: adapter!, // the fleet is of one
      });
      await until(
        async () => await bed.io.of("/").adapter.serverCount() === 1,
        "the server",
      );
      const [socket, client] = await bed.pair();
      await using sender = await connectRedis(kind, redis.port);
      const emitter = new Emitter(sender.client);
      const news = next(client, "news");
      await emitter.in(socket.id).socketsJoin("readers");
      await emitter.to("readers").emit("news", Uint8Array.of(1, 2));
      const [bytes] = await news;
      assertEquals([...bytes as Uint8Array], [1, 2]);
    }));
  }

  Deno.test(
    requires(
      { redis: true },
      `an emitter does not mind that Redis is away, ${kind}`,
      async () => {
        await using redis = new RedisProcess();
        const traits = { isAwaited: false, queuesOffline: false };
        await using sender = await connectRedis(kind, redis.port, traits);
        const emitter = new RedisEmitter(sender.client);
        emitter.emit("nobody waits for it");
        await assertRejects(() => emitter.emit("news"));
        await redis.start();
        await until(
          () => emitter.emit("news").then(() => true, () => false),
          "Redis",
        );
      },
    ),
  );
}
