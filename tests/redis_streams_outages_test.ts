/** Redis is killed, hangs, or drops connections: what servers behind a stream do. */

import { assert, assertEquals, assertFalse, assertRejects } from "@std/assert";
import type { ServerOptions } from "@deno-socketio/server";
import { within } from "./_support/clients.ts";
import { ClusterBed, type Pair, until } from "./_support/cluster_bed.ts";
import { requires } from "./_support/environment.ts";
import { recovers, watch, type Watched } from "./_support/outage_bed.ts";
import { type ClientKind, connectStreamsFleet } from "./_support/redis_bed.ts";
import { RedisProcess } from "./_support/redis_process.ts";

/** Two servers, and a Redis that a test disturbs. */
interface Bed extends Watched {
  readonly redis: RedisProcess;
  readonly cluster: ClusterBed;
}

const OPTIONS = {
  requestsTimeout: 300,
  publishTimeout: 100,
  maxPendingBytes: 10_000,
};

/** Whether sessions can go on, with libraries that differ in what they send again. */
const VARIANTS: Record<string, [kind: ClientKind, options: ServerOptions]> = {
  "node-redis": ["node-redis", {}],
  "node-redis, with recovery": [
    "node-redis",
    { connectionStateRecovery: {} },
  ],
  "ioredis, with recovery": ["ioredis", { connectionStateRecovery: {} }],
};

function testOutage(name: string, fn: (bed: Bed) => Promise<void>): void {
  for (const [variant, [kind, options]] of Object.entries(VARIANTS)) {
    Deno.test(requires({ redis: true }, `${name}, ${variant}`, async () => {
      await using redis = await RedisProcess.start();
      await using cluster = await ClusterBed.start(async (size) => {
        const fleet = await connectStreamsFleet(
          kind,
          redis.port,
          size,
          OPTIONS,
        );
        return {
          options: fleet.adapters.map((adapter) => ({ adapter, ...options })),
          [Symbol.asyncDispose]: () => fleet[Symbol.asyncDispose](),
        };
      }, 2);
      await fn({ redis, cluster, ...watch(cluster) });
    }));
  }
}

/** What goes on without Redis. */
async function goesOn({ cluster, adapters }: Bed, pairs: readonly Pair[]) {
  const [io] = cluster.servers;
  for (let i = 0; i < 10; i++) io!.emit("during", i);
  await cluster.fence([pairs[0]!]);
  assertEquals(countsOf(pairs[0]!, "during"), range(10));
  for (const adapter of adapters) {
    const health = await adapter.checkHealth();
    assertFalse(health.isHealthy);
    assert(health.error instanceof Error);
  }
  await assertRejects(() => io!.fetchSockets());
  assertEquals((await io!.local.fetchSockets()).length, 1);
}

function countsOf({ heard }: Pair, name: string): unknown[] {
  return heard.filter(([event]) => event === name).map(([, count]) => count);
}

function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}

testOutage(
  "Redis streams adapter goes on while Redis is dead, and after",
  async (bed) => {
    const pairs = await bed.cluster.connectAll();
    await bed.redis.kill();
    // What is on its way to Redis now is lost for the others.
    bed.cluster.servers[0]!.emit("early");
    await bed.cluster.fence([pairs[0]!]);
    await until(
      () => bed.errors.every((errors) => errors.length > 0),
      "an error of each adapter",
    );
    await goesOn(bed, pairs);
    // It is told once, not with each attempt to connect, nor with each event.
    assert(bed.errors.every((errors) => errors.length < 10));
    await bed.redis.start();
    await recovers(bed.cluster, bed);
    // What waited for Redis reaches the others, and nobody twice.
    for (const pair of pairs) {
      assertEquals(countsOf(pair, "during"), range(10));
    }
  },
);

testOutage(
  "Redis streams adapter goes on while Redis hangs, and loses nothing",
  async (bed) => {
    const pairs = await bed.cluster.connectAll();
    bed.redis.freeze();
    await goesOn(bed, pairs);
    const large = "x".repeat(OPTIONS.maxPendingBytes);
    bed.cluster.servers[0]!.emit("large", large);
    await bed.cluster.fence([pairs[0]!]);
    assertEquals(countsOf(pairs[0]!, "large"), [large]);
    await until(
      () =>
        bed.errors[0]!.some((error) =>
          String(error).includes("Cannot send to Redis")
        ),
      "an error",
    );
    bed.redis.thaw();
    await recovers(bed.cluster, bed);
    for (const pair of pairs) {
      assertEquals(countsOf(pair, "during"), range(10));
    }
    assertEquals(countsOf(pairs[1]!, "large"), []);
  },
);

testOutage(
  "Redis streams adapter reads on where it was when connections are dropped",
  async (bed) => {
    const pairs = await bed.cluster.connectAll();
    const { redis } = bed;
    // Those that block are the ones that read.
    const kill = async () => {
      const list = await redis.command("CLIENT LIST");
      const ids = list.matchAll(/\bid=(\d+) .*\bcmd=xread\b/g);
      for (const [, id] of ids) await redis.command(`CLIENT KILL ID ${id}`);
    };
    for (let i = 0; i < 200; i++) {
      bed.cluster.servers[0]!.emit("count", i);
      if (i % 50 === 0) await kill();
      if (i % 5 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await bed.cluster.fence(pairs);
    for (const pair of pairs) {
      assertEquals(countsOf(pair, "count"), range(200));
    }
    await bed.redis.command("CLIENT KILL TYPE pubsub");
    await recovers(bed.cluster, bed);
    assert(bed.errors.every((errors) => errors.length > 0));
  },
);

testOutage(
  "Redis streams adapter tells what it may have missed",
  async (bed) => {
    const pairs = await bed.cluster.connectAll();
    bed.cluster.servers[0]!.emit("before");
    await bed.cluster.fence(pairs);
    await bed.redis.command("DEL socket.io");
    await bed.redis.command("CLIENT KILL TYPE normal");
    await recovers(bed.cluster, bed);
    await until(
      () =>
        bed.errors.every((errors) =>
          errors.some((error) => String(error).includes("may be lost"))
        ),
      "an error of each adapter",
    );
  },
);

testOutage(
  "Redis streams adapter can be closed while Redis hangs or is dead",
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
