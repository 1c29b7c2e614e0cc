/** Sessions over a Redis stream whose server has no time to keep them. */

import { assert, assertEquals } from "@std/assert";
import type { Server } from "@deno-socketio/server";
import { createClient } from "redis";
import { ConnectedSessions } from "../src/adapter/redis/connected_sessions.ts";
import { StreamSessions } from "../src/adapter/redis/stream_sessions.ts";
import { resolveOptions } from "../src/adapter/redis/streams.ts";
import { StreamsHub } from "../src/adapter/redis/streams_hub.ts";
import { ask, engineOf, next, plain } from "./_support/clients.ts";
import { until } from "./_support/cluster_bed.ts";
import { requires, startRedis } from "./_support/environment.ts";
import { Program } from "./_support/program.ts";
import {
  keysOf,
  type Mover,
  PATIENT,
  StreamsBed,
} from "./_support/streams_bed.ts";

const SNAPSHOTS = { ...PATIENT, snapshotInterval: 100 };

const SESSION = {
  sid: "socket",
  pid: "secret",
  rooms: ["room"],
  data: { visits: 1 },
  nsp: "/",
  start: "1-1",
};

/** Two servers with the same Redis, and a look into it. */
async function openStores() {
  await using stack = new AsyncDisposableStack();
  const { port } = stack.use(await startRedis());
  const redis = createClient({ socket: { host: "127.0.0.1", port } });
  stack.defer(() => redis.destroy());
  await redis.connect();
  const settings = resolveOptions({ snapshotInterval: 1_000 });
  const create = (uid: string) => {
    const hub = new StreamsHub(redis, settings);
    const interrupted = new StreamSessions(hub, 60_000);
    const connected = new ConnectedSessions(hub, interrupted, uid);
    return { interrupted, connected };
  };
  const moved = stack.move();
  return {
    a: create("aaaaaaaaaaaaaaaa"),
    b: create("bbbbbbbbbbbbbbbb"),
    keys: async () => (await redis.keys("*")).toSorted(),
    ttl: (key: string) => redis.pTTL(key),
    [Symbol.asyncDispose]: () => moved.disposeAsync(),
  };
}

function testStores(
  name: string,
  fn: (bed: Awaited<ReturnType<typeof openStores>>) => Promise<void>,
): void {
  Deno.test(requires({ redis: true }, `ConnectedSessions ${name}`, async () => {
    await using bed = await openStores();
    await fn(bed);
  }));
}

testStores("are kept for two intervals longer than interrupted ones", async (
  { a, keys, ttl },
) => {
  assertEquals(await a.connected.keep(SESSION), true);
  assertEquals(await a.connected.keep(SESSION), true);
  assertEquals(await keys(), ["sio:session:connected:secret"]);
  const left = await ttl("sio:session:connected:secret");
  assert(left > 60_000 && left <= 62_000);
});

testStores("are one's own until another takes them, and whole", async (
  { a, b },
) => {
  await a.connected.keep(SESSION);
  assertEquals(await b.connected.keep({ ...SESSION, rooms: [] }), false);
  assertEquals(await b.connected.take("secret"), SESSION);
  assertEquals(await a.connected.keep(SESSION), false);
  assertEquals(await b.connected.keep(SESSION), true);
});

testStores("are taken by one of those that try at once", async ({ a, b }) => {
  await a.connected.keep(SESSION);
  const taken = await Promise.all([
    a.connected.take("secret"),
    b.connected.take("secret"),
  ]);
  assertEquals(taken.filter((session) => session !== undefined), [SESSION]);
});

testStores("leave nothing behind for secrets that nobody has", async (
  { a, keys },
) => {
  assertEquals(await a.connected.take("made up"), undefined);
  assertEquals(await keys(), []);
});

testStores("are interrupted by who has them alone", async ({ a, b, keys }) => {
  await a.connected.keep(SESSION);
  await b.connected.take("secret");
  await a.connected.interrupt(SESSION);
  assertEquals(await keys(), ["sio:session:connected:secret"]);
  await b.connected.interrupt({ ...SESSION, rooms: ["new"] });
  assertEquals(await keys(), ["sio:session:secret"]);
  const found = await a.interrupted.take("secret");
  assertEquals(found, { ...SESSION, rooms: ["new"] });
});

testStores("are deleted by who has them alone", async ({ a, b, keys }) => {
  await a.connected.keep(SESSION);
  await b.connected.delete("secret");
  assertEquals(await keys(), ["sio:session:connected:secret"]);
  await a.connected.delete("secret");
  assertEquals(await keys(), []);
});

/** Tells what is kept of connected clients, by the secrets of their sessions. */
interface Snapshots {
  (): Promise<Map<string, string>>;
}

function testSnapshots(
  name: string,
  fn: (bed: StreamsBed, snapshots: Snapshots) => Promise<void>,
  adapter = SNAPSHOTS,
): void {
  Deno.test(
    requires({ redis: true }, `Redis streams adapter: ${name}`, async () => {
      await using bed = await StreamsBed.start({ adapter });
      const redis = createClient({
        socket: { host: "127.0.0.1", port: bed.redis.port },
      });
      await redis.connect();
      try {
        await fn(bed, async () => {
          const prefix = "sio:session:connected:";
          const found = new Map<string, string>();
          for (const key of await redis.keys(`${prefix}*`)) {
            const value = await redis.get(key);
            found.set(key.slice(prefix.length), atob(value ?? ""));
          }
          return found;
        });
      } finally {
        redis.destroy();
      }
    }),
  );
}

/** Starts a server that is a process by itself, and connects a client to it. */
async function visit(bed: StreamsBed, snapshots: Snapshots) {
  await using stack = new AsyncDisposableStack();
  const server = stack.use(
    new Program(
      "_support/streams_server.ts",
      `${bed.redis.port}`,
      JSON.stringify(SNAPSHOTS),
    ),
  );
  const { port } = await server.find((line) => "port" in line, "a server");
  const url = `http://127.0.0.1:${port}`;
  await until(
    async () => await bed.servers[0]!.of("/").adapter.serverCount() === 3,
    "three servers",
  );
  const visitor = await bed.connect(url);
  await ask(visitor.client, "join", "room");
  const { pid } = keysOf(visitor.client);
  await until(
    async () => (await snapshots()).get(pid)?.includes("room") === true,
    "the session in Redis",
  );
  const { id } = visitor.client;
  const moved = stack.move();
  return {
    server,
    url,
    visitor,
    /** It has none while it is cut off. */
    id,
    [Symbol.asyncDispose]: () => moved.disposeAsync(),
  };
}

/** A client has been lost: it goes on with another server, where nothing is missing. */
async function assertGoesOn(
  bed: StreamsBed,
  { visitor, id }: Awaited<ReturnType<typeof visit>>,
): Promise<Mover> {
  const [, b] = bed.servers as [Server, Server];
  b.to("room").emit("missed", 1);
  b.to("another").emit("not for it");
  b.emit("missed", 2);
  const after = await bed.move(visitor, 0);
  await bed.settle(after, 1);
  assertEquals([after.client.id, bed.hasRecovered(after)], [
    id,
    true,
  ]);
  assertEquals(after.heard, [["missed", 1], ["missed", 2]]);
  const { rooms, data } = bed.socketOf(after);
  assertEquals(rooms, new Set([after.client.id!, "room"]));
  assertEquals(plain(data), { visits: 1 });
  assertEquals(keysOf(after.client).pid, keysOf(visitor.client).pid);
  return after;
}

testSnapshots(
  "a client of a server that is killed goes on with another",
  async (bed, snapshots) => {
    await using lost = await visit(bed, snapshots);
    const gone = next(lost.visitor.client, "disconnect");
    await lost.server.kill();
    await gone;
    const after = await assertGoesOn(bed, lost);
    // It is a session like others now, which moves on from who has it.
    const ended = next(after.client, "disconnect");
    const again = await bed.move(after, 1);
    await ended;
    assertEquals(bed.hasRecovered(again), true);
  },
);

testSnapshots(
  "a session is kept at once where it goes on",
  async (bed, snapshots) => {
    await using lost = await visit(bed, snapshots);
    const { pid } = keysOf(lost.visitor.client);
    const gone = next(lost.visitor.client, "disconnect");
    await lost.server.kill();
    await gone;
    const after = await bed.move(lost.visitor, 0);
    // Behind what is due at once, and behind what Redis was sent then.
    await new Promise((resolve) => setTimeout(resolve, 5));
    await bed.settle(after);
    assert((await snapshots()).get(pid)?.includes("room"));
  },
  { ...SNAPSHOTS, snapshotInterval: 60_000 },
);

testSnapshots(
  "a client of a server that hangs goes on with another, also when the first is back",
  async (bed, snapshots) => {
    await using lost = await visit(bed, snapshots);
    const { server, visitor, id } = lost;
    server.freeze();
    engineOf(visitor.client).close();
    const after = await assertGoesOn(bed, lost);
    server.thaw();
    await server.find(({ gone }) => gone === id, "the end");
    bed.servers[1]!.to("room").emit("once");
    await bed.settle(after, 1);
    assertEquals(after.heard.at(-1), ["once"]);
    assertEquals(after.heard.length, 3);
    await bed.cut(after);
    bed.servers[1]!.to("room").emit("missed", 3);
    const last = await bed.connect(lost.url, keysOf(after.client));
    await bed.settle(last, 1);
    assertEquals(last.client.id, id);
    assertEquals(last.heard, [["missed", 3]]);
  },
);

testSnapshots(
  "a client that left, or was sent away, leaves no session",
  async (bed, snapshots) => {
    const movers = await Promise.all([bed.connect(0), bed.connect(0)]);
    await until(async () => (await snapshots()).size === 2, "both sessions");
    const [left, sent] = movers as [Mover, Mover];
    const gone = movers.map((mover) => next(bed.socketOf(mover), "disconnect"));
    left.client.disconnect();
    bed.socketOf(sent).disconnect();
    await Promise.all(gone);
    await until(async () => (await snapshots()).size === 0, "no session");
    for (const mover of movers) {
      assertEquals(bed.hasRecovered(await bed.move(mover, 1)), false);
    }
  },
);

testSnapshots(
  "a session is what its server knows of it, as long as that answers",
  async (bed, snapshots) => {
    const before = await bed.connect(0);
    const { pid } = keysOf(before.client);
    await until(async () => (await snapshots()).has(pid), "the session");
    // Since then, and not kept again when it comes back.
    bed.socketOf(before).data = { visits: 2 };
    await bed.socketOf(before).join("new");
    const after = await bed.move(before, 1); // over a connection that seems open
    const { rooms, data } = bed.socketOf(after);
    assertEquals(rooms, new Set([after.client.id!, "new"]));
    assertEquals(plain(data), { visits: 2 });
    assertEquals(keysOf(after.client).pid, pid);
  },
  { ...SNAPSHOTS, snapshotInterval: 60_000 },
);

testSnapshots(
  "sessions of connected clients are not kept unless that is wanted",
  async (bed, snapshots) => {
    const mover = await bed.connect(0);
    await bed.socketOf(mover).join("room");
    await bed.settle(mover);
    await bed.cut(mover);
    assertEquals(await snapshots(), new Map());
    assertEquals(bed.hasRecovered(await bed.move(mover, 1)), true);
  },
  { ...PATIENT, snapshotInterval: 0 },
);
