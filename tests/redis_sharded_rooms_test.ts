/** The channels of rooms, against a real Redis. */

import { assertEquals } from "@std/assert";
import type { ShardedAdapterOptions } from "@deno-socketio/server/redis";
import { ClusterBed, type Pair, until } from "./_support/cluster_bed.ts";
import { requires } from "./_support/environment.ts";
import { Random } from "./_support/random.ts";
import { CLIENT_KINDS, connectShardedFleet } from "./_support/redis_bed.ts";
import { RedisProcess } from "./_support/redis_process.ts";

/** Two servers with a client each. */
interface Bed {
  readonly cluster: ClusterBed;
  readonly pairs: readonly [Pair, Pair];
  /** The rooms whose channels Redis says are listened to. */
  listRooms(): Promise<string[]>;
}

function testRooms(
  name: string,
  fn: (bed: Bed) => Promise<void>,
  options?: ShardedAdapterOptions,
): void {
  for (const kind of CLIENT_KINDS) {
    Deno.test(requires({ redis: true }, `${name}, ${kind}`, async () => {
      await using redis = await RedisProcess.start();
      await using cluster = await ClusterBed.start(
        (size) => connectShardedFleet(kind, redis.port, size, options),
        2,
      );
      const pairs = await cluster.connectAll() as [Pair, Pair]; // of two servers
      const listRooms = async () => {
        const answer = await redis.command(
          "PUBSUB SHARDCHANNELS socket.io#/#?*#",
        );
        return answer.split("\r\n").filter((line) => line.startsWith("socket"))
          .map((channel) => channel.slice("socket.io#/#".length, -1))
          // Not those of the members.
          .filter((room) => !/^[0-9a-f]{16}$/.test(room)).sort();
      };
      await fn({ cluster, pairs, listRooms });
    }));
  }
}

testRooms(
  "ShardedAdapter listens to a room's channel while it has a socket there",
  async ({ cluster, pairs: [a, b], listRooms }) => {
    assertEquals(await listRooms(), []);
    await Promise.all([a.socket.join("one"), b.socket.join(["one", "two"])]);
    assertEquals(await listRooms(), ["one", "two"]);
    b.socket.leave("one");
    a.client.disconnect();
    await until(
      async () => (await listRooms()).join() === "two",
      "the end of a room",
    );
    cluster.servers[0]!.to("two").emit("news");
    cluster.servers[0]!.to("one").emit("stray");
    await cluster.fence([b]);
    assertEquals(b.heard, [["news"]]);
    await cluster.servers[1]!.close();
    assertEquals(await listRooms(), []);
  },
);

testRooms(
  "ShardedAdapter misses nothing behind join(), however often rooms come and go",
  async ({ cluster, pairs: [, { socket, heard, client }], listRooms }) => {
    const [other] = cluster.servers;
    const rooms = Array.from({ length: 10 }, (_, i) => `room ${i}`);
    const random = new Random(1);
    for (let i = 0; i < 300; i++) {
      const room = random.pick(rooms);
      if (random.oneIn(2)) socket.leave(room);
      else socket.join(room);
    }
    for (let i = 0; i < 30; i++) {
      const room = rooms[i % rooms.length]!;
      socket.leave(room);
      await socket.join(room);
      other!.to(room).emit("count", i);
    }
    await until(() => heard.length === 30, "all events");
    assertEquals(heard, Array.from({ length: 30 }, (_, i) => ["count", i]));
    assertEquals(await listRooms(), rooms);
    client.disconnect();
    await until(async () => (await listRooms()).length === 0, "no room");
  },
);

testRooms(
  "ShardedAdapter listens to the channels of sockets too if it is told to",
  async ({ cluster, pairs, listRooms }) => {
    const ids = pairs.map(({ socket }) => socket.id).sort();
    await until(
      async () => (await listRooms()).join() === ids.join(),
      "both rooms",
    );
    cluster.servers[0]!.to(pairs[1].socket.id).emit("news");
    await cluster.fence(pairs);
    assertEquals(pairs.map(({ heard }) => heard), [[], [["news"]]]);
  },
  { subscriptionMode: "dynamic-private" },
);
