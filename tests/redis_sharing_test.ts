/** Servers of one process that share their Redis clients. */

import { assert, assertEquals } from "@std/assert";
import type { EventEmitter } from "node:events";
import { ClusterBed, until } from "./_support/cluster_bed.ts";
import { requires, startRedis } from "./_support/environment.ts";
import { CLIENT_KINDS, connectRedis } from "./_support/redis_bed.ts";
import {
  createAdapter,
  createShardedAdapter,
  createStreamsAdapter,
  type RedisClient,
} from "@deno-socketio/server/redis";

const ADAPTERS = {
  "Redis adapter": createAdapter,
  // The libraries that are tested know sharded channels.
  "Sharded Redis adapter": createShardedAdapter as typeof createAdapter,
  "Redis streams adapter": (client: RedisClient) =>
    createStreamsAdapter(client),
};

for (const [adapterName, create] of Object.entries(ADAPTERS)) {
  for (const kind of CLIENT_KINDS) {
    const name =
      `${adapterName} lets servers and namespaces share clients, ${kind}`;
    Deno.test(requires({ redis: true }, name, async () => {
      await using redis = await startRedis();
      await using pub = await connectRedis(kind, redis.port);
      await using sub = await connectRedis(kind, redis.port);
      // Whatever the library, these are emitters.
      const clients = [pub, sub].map(({ client }) =>
        client as unknown as EventEmitter
      );
      const countListeners = () =>
        clients.map((client) =>
          client.eventNames().map((event) => client.listenerCount(event))
        );
      const adapter = () => create(pub.client, sub.client);
      await using bed = await ClusterBed.start((size) =>
        Promise.resolve({
          adapters: Array.from({ length: size }, adapter),
          [Symbol.asyncDispose]: () => Promise.resolve(),
        }), 2);
      const before = countListeners();
      for (let i = 0; i < 30; i++) {
        for (const io of bed.servers) io.of(`/${i}`);
      }
      await bed.join("/29");
      assertEquals(countListeners(), before);

      const pairs = await bed.connectAll();
      bed.servers[0]!.emit("news");
      await bed.fence(pairs);
      assertEquals(pairs.map(({ heard }) => heard), [[["news"]], [["news"]]]);
      assertEquals((await bed.servers[1]!.fetchSockets()).length, 2);

      await bed.servers[0]!.close();
      const { adapter: rest } = bed.servers[1]!.of("/");
      await until(async () => await rest.serverCount() === 1, "one server");
      bed.servers[1]!.emit("more");
      await bed.fence([pairs[1]!], 1);
      assertEquals(pairs[1]!.heard, [["news"], ["more"]]);
      await bed.servers[1]!.close();
      const channels = await listChannels(redis.port);
      assert(!channels.includes("socket.io"), channels);
    }));
  }
}

/** What Redis says is listened to. */
async function listChannels(port: number): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const command =
    "PUBSUB CHANNELS *\r\nPUBSUB SHARDCHANNELS *\r\nPUBSUB NUMPAT\r\nQUIT\r\n";
  await connection.write(new TextEncoder().encode(command));
  const answer = await new Response(connection.readable).text();
  assert(answer.includes(":0\r\n"), answer);
  return answer;
}
