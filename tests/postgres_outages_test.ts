/** PostgreSQL is killed, hangs, or drops connections: what the servers do meanwhile and after. */

import { assert, assertEquals, assertFalse, assertRejects } from "@std/assert";
import { ClusterAdapter } from "@deno-socketio/server/adapter";
import { createAdapter } from "@deno-socketio/server/postgres";
import { next, TestBed, within } from "./_support/clients.ts";
import { ClusterBed, type Pair, until } from "./_support/cluster_bed.ts";
import { isDenoAtLeast } from "../src/deno_version.ts";
import { type Needs, requires } from "./_support/environment.ts";
import { recovers, watch, type Watched } from "./_support/outage_bed.ts";
import {
  CLIENT_KINDS,
  type ClientKind,
  openFleet,
  openPostgres,
  sharePostgres,
} from "./_support/postgres_bed.ts";
import type { PostgresProcess } from "./_support/postgres_process.ts";

/** Two servers, and a PostgreSQL that a test disturbs. */
interface Bed extends Watched {
  readonly kind: ClientKind;
  readonly postgres: PostgresProcess;
  readonly cluster: ClusterBed;
}

const OPTIONS = {
  requestsTimeout: 2_000,
  heartbeatInterval: 100,
  heartbeatTimeout: 400,
  maxPendingBytes: 100_000,
};

// One for all: each test leaves it as it was.
const shared = sharePostgres();

/** What an outage does to PostgreSQL. */
interface Outage {
  /** Whether it resets connections. */
  readonly resets?: boolean;
}

function testOutage(
  name: string,
  fn: (bed: Bed) => Promise<void>,
  { resets = false }: Outage = {},
): void {
  for (const kind of CLIENT_KINDS) {
    const needs: Needs = {
      postgres: true,
      // Before, a connection's end may be told before the error of a write, to which
      // postgres.js does not listen any more: that ends the process.
      ...resets && kind === "postgres.js" ? { deno: "2.8" } : {},
    };
    const test = requires(needs, `${name}, ${kind}`, async () => {
      const postgres = shared();
      await using cluster = await ClusterBed.start(
        (size) => openFleet(kind, postgres, size, OPTIONS),
        2,
      );
      await using _ = { [Symbol.asyncDispose]: () => postgres.revive() };
      await fn({ kind, postgres, cluster, ...watch(cluster) });
    });
    // Before 2.8 a socket of Node's is closed a moment after it says so.
    const sanitizes = isDenoAtLeast("2.8");
    Deno.test({
      ...test,
      sanitizeOps: sanitizes,
      sanitizeResources: sanitizes,
    });
  }
}

/** What goes on without PostgreSQL. */
async function goesOn({ cluster, adapters }: Bed, pairs: readonly Pair[]) {
  cluster.servers[0]!.emit("during");
  await cluster.fence([pairs[0]!]);
  assertEquals(pairs[0]!.heard, [["during"]]);
  const [healths] = await Promise.all([
    Promise.all(adapters.map((each) => each.checkHealth())),
    assertRejects(() => cluster.servers[0]!.fetchSockets()),
  ]);
  for (const { isHealthy, error } of healths) {
    assertFalse(isHealthy);
    assert(error instanceof Error);
  }
  assertEquals((await cluster.servers[0]!.local.fetchSockets()).length, 1);
}

testOutage(
  "PostgreSQL adapter goes on while PostgreSQL is dead, and after",
  async (bed) => {
    const pairs = await bed.cluster.connectAll();
    await bed.postgres.kill();
    await goesOn(bed, pairs);
    for (let i = 0; i < 100; i++) bed.cluster.servers[0]!.emit("lost", i);
    await until(
      () => bed.errors.every((errors) => errors.length > 0),
      "an error of each adapter",
    );
    // It is told once, not with each message or attempt to connect.
    assert(bed.errors.every((errors) => errors.length < 10));
    await bed.postgres.revive();
    await recovers(bed.cluster, bed);
  },
  { resets: true },
);

testOutage(
  "PostgreSQL adapter goes on while PostgreSQL hangs, and after",
  async (bed) => {
    const pairs = await bed.cluster.connectAll();
    await bed.postgres.freeze();
    await goesOn(bed, pairs);
    const large = "x".repeat(OPTIONS.maxPendingBytes);
    bed.cluster.servers[0]!.emit("large", large);
    await bed.cluster.fence([pairs[0]!]);
    assertEquals(pairs[0]!.heard[1], ["large", large]);
    await until(
      () =>
        bed.errors[0]!.some((error) =>
          String(error).includes("more than 100000 bytes would wait")
        ),
      "an error",
    );
    await bed.postgres.revive();
    await recovers(bed.cluster, bed);
    assertEquals(
      pairs[1]!.heard.filter(([event]) => event === "large"),
      [],
    );
  },
);

testOutage(
  "PostgreSQL adapter knows that it hears nothing, and of nobody that it is gone",
  async ({ postgres, adapters, errors }) => {
    await postgres.freeze();
    await until(
      () =>
        errors.every((list) =>
          list.some((error) => String(error).includes("has not told"))
        ),
      "both to notice",
    );
    for (const adapter of adapters) {
      await assertRejects(() => adapter.serverCount(), Error, "is away");
    }
    await postgres.revive();
    const count = (adapter: ClusterAdapter) =>
      adapter.serverCount().catch(() => undefined);
    for (const adapter of adapters) {
      let first: number | undefined;
      await until(
        async () => (first = await count(adapter)) !== undefined,
        "a count",
      );
      assertEquals(first, 2);
    }
  },
);

testOutage(
  "PostgreSQL adapter comes back when PostgreSQL drops who listens",
  async (bed) => {
    await using admin = openPostgres("pg", bed.postgres);
    const listening = async () => {
      const found = await admin.query(
        "SELECT pid FROM pg_stat_activity WHERE query ILIKE 'listen%' AND state = 'idle'",
      ) as { pid: number }[]; // as it is selected
      return found.map(({ pid }) => pid);
    };
    // PostgreSQL takes a moment to see that those of the test before are gone.
    let before: number[] = [];
    await until(
      async () => (before = await listening()).length === 2,
      "two who listen",
    );
    for (const pid of before) {
      await admin.query(`SELECT pg_terminate_backend(${pid})`);
    }
    await until(async () => {
      const after = await listening();
      return after.length === 2 && !after.some((pid) => before.includes(pid));
    }, "two others who listen");
    await recovers(bed.cluster, bed);
    if (bed.kind === "pg") {
      assert(bed.errors.every((errors) => errors.length > 0));
    }
  },
);

testOutage(
  "PostgreSQL adapter can be closed while PostgreSQL hangs or is dead",
  async (bed) => {
    const { postgres, cluster } = bed;
    await postgres.freeze();
    await within(cluster.servers[0]!.close(), "the end of a server");
    await postgres.thaw();
    await postgres.kill();
    await within(cluster.servers[1]!.close(), "the end of a server");
  },
  { resets: true },
);

testOutage(
  "PostgreSQL adapter joins when PostgreSQL starts",
  async ({ kind, postgres, cluster }) => {
    await postgres.kill();
    await using late = openPostgres(kind, postgres);
    await using bed = new TestBed("4.8.4", "websocket", {
      adapter: createAdapter(late.client, OPTIONS),
    });
    const { adapter } = bed.io.of("/");
    assert(adapter instanceof ClusterAdapter);
    const errors: unknown[] = [];
    adapter.on("error", (error) => errors.push(error));
    assertFalse((await adapter.checkHealth()).isHealthy);
    await until(() => errors.length > 0, "an error");
    const client = await bed.connect();
    const local = next(client, "local");
    bed.io.emit("local");
    await local;
    await postgres.revive();
    await until(async () => {
      const { isHealthy, serverCount } = await adapter.checkHealth();
      return isHealthy && serverCount === 3;
    }, "three servers");
    const news = next(client, "news");
    cluster.servers[0]!.emit("news", 1);
    assertEquals(await news, [1]);
  },
  { resets: true },
);
