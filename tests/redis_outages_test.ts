/** Redis is killed, hangs, or drops connections: what the servers do meanwhile and after. */

import { assert, assertEquals, assertFalse, assertRejects } from "@std/assert";
import { within } from "./_support/clients.ts";
import { ClusterBed, until } from "./_support/cluster_bed.ts";
import { requires } from "./_support/environment.ts";
import { recovers, watch, type Watched } from "./_support/outage_bed.ts";
import {
  CLIENT_KINDS,
  connectFleet,
  connectShardedFleet,
} from "./_support/redis_bed.ts";
import { RedisProcess } from "./_support/redis_process.ts";

/** Two servers, and a Redis that a test disturbs. */
interface Bed extends Watched {
  readonly redis: RedisProcess;
  readonly cluster: ClusterBed;
}

const OPTIONS = { requestsTimeout: 300, maxPendingBytes: 10_000 };

const ADAPTERS = {
  "Redis adapter": connectFleet,
  "Sharded Redis adapter": connectShardedFleet,
};

function testOutage(claim: string, fn: (bed: Bed) => Promise<void>): void {
  for (const [name, connect] of Object.entries(ADAPTERS)) {
    for (const kind of CLIENT_KINDS) {
      const title = `${name} ${claim}, ${kind}`;
      Deno.test(requires({ redis: true }, title, async () => {
        await using redis = await RedisProcess.start();
        await using cluster = await ClusterBed.start(
          (size) => connect(kind, redis.port, size, OPTIONS),
          2,
        );
        await fn({ redis, cluster, ...watch(cluster) });
      }));
    }
  }
}

/** What goes on without Redis. */
async function goesOn({ cluster, adapters }: Bed, pairs: Pairs) {
  cluster.servers[0]!.emit("during");
  await cluster.fence([pairs[0]!]);
  assertEquals(pairs[0]!.heard, [["during"]]);
  for (const adapter of adapters) {
    const health = await adapter.checkHealth();
    assertFalse(health.isHealthy);
    assert(health.error instanceof Error);
  }
  await assertRejects(() => cluster.servers[0]!.fetchSockets());
  assertEquals((await cluster.servers[0]!.local.fetchSockets()).length, 1);
}

type Pairs = Awaited<ReturnType<ClusterBed["connectAll"]>>;

testOutage(
  "goes on while Redis is dead, and after",
  async (bed) => {
    const pairs = await bed.cluster.connectAll();
    await bed.redis.kill();
    await goesOn(bed, pairs);
    await until(
      () => bed.errors.every((errors) => errors.length > 0),
      "an error of each adapter",
    );
    // It is told once, not with each attempt to connect.
    assert(bed.errors.every((errors) => errors.length < 10));
    await bed.redis.start();
    await recovers(bed.cluster, bed);
  },
);

testOutage(
  "goes on while Redis hangs, and after",
  async (bed) => {
    const pairs = await bed.cluster.connectAll();
    bed.redis.freeze();
    await goesOn(bed, pairs);
    const large = "x".repeat(OPTIONS.maxPendingBytes);
    bed.cluster.servers[0]!.emit("large", large);
    await bed.cluster.fence([pairs[0]!]);
    assertEquals(pairs[0]!.heard[1], ["large", large]);
    await until(() => bed.errors[0]!.length > 0, "an error");
    assert(String(bed.errors[0]![0]).includes("Cannot publish to Redis"));
    bed.redis.thaw();
    await recovers(bed.cluster, bed);
    assertEquals(
      pairs[1]!.heard.filter(([event]) => event === "large"),
      [],
    );
  },
);

testOutage(
  "comes back when Redis drops subscribers",
  async (bed) => {
    const killed = await bed.redis.command("CLIENT KILL TYPE pubsub");
    assertEquals(killed, ":2");
    await until(
      () => bed.errors.every((errors) => errors.length > 0),
      "an error of each adapter",
    );
    await recovers(bed.cluster, bed);
  },
);

testOutage(
  "can be closed while Redis hangs or is dead",
  async (bed) => {
    const { redis, cluster } = bed;
    redis.freeze();
    await within(cluster.servers[0]!.close(), "the end of a server");
    redis.thaw();
    await redis.kill();
    await within(cluster.servers[1]!.close(), "the end of a server");
    await redis.start();
  },
);
