/** What ends by itself, by the clock or with the last who used it. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { AckTimeoutError, Server } from "@deno-socketio/server";
import { connect, settled } from "@deno-socketio/server/testing";

Deno.test("cleanupEmptyChildNamespaces drops a child with its last client, and makes it anew", async () => {
  await using io = new Server({ cleanupEmptyChildNamespaces: true });
  const parent = io.of(/^\/room-\d$/);
  const first = await connect(io, { namespace: "/room-1" });
  const second = await connect(io, { namespace: "/room-1" });
  const child = io.of("/room-1");
  assertEquals([...parent.children], [child]);
  await first[Symbol.asyncDispose]();
  assertEquals([...parent.children], [child]);
  await second[Symbol.asyncDispose]();
  assertEquals([...parent.children], []);
  await using again = await connect(io, { namespace: "/room-1" });
  assert(again.peer.nsp !== child);
  assertEquals(again.peer.nsp.sockets.size, 1);
});

Deno.test("cleanupEmptyChildNamespaces leaves a child to its interrupted sessions, until they end", async () => {
  using time = new FakeTime();
  await using io = new Server({
    cleanupEmptyChildNamespaces: true,
    connectionStateRecovery: { maxDisconnectionDuration: 1_000 },
  });
  const parent = io.of(/^\/room-\d$/);
  const client = await connect(io, { namespace: "/room-1" });
  const child = client.peer.nsp;
  client.peer.conn.close();
  await settled();
  assertEquals([...parent.children], [child]);
  time.tick(900);
  assertEquals([...parent.children], [child]);
  time.tick(200);
  assertEquals([...parent.children], []);

  // One that leaves on purpose does not come back.
  const leaves = await connect(io, { namespace: "/room-1" });
  await leaves[Symbol.asyncDispose]();
  assertEquals([...parent.children], []);
});

Deno.test("limits.emptyNamespaces bounds the children that wait for interrupted sessions", async () => {
  await using io = new Server({
    cleanupEmptyChildNamespaces: true,
    connectionStateRecovery: {},
    limits: { emptyNamespaces: 2 },
  });
  const parent = io.of(/^\/room-\d$/);
  for (const room of [1, 2, 3]) {
    const client = await connect(io, { namespace: `/room-${room}` });
    client.peer.conn.close();
    await settled();
  }
  const names = [...parent.children].map(({ name }) => name);
  assertEquals(names, ["/room-2", "/room-3"]);
});

Deno.test("Children stay without cleanupEmptyChildNamespaces", async () => {
  await using io = new Server();
  const parent = io.of(/^\/room-\d$/);
  const client = await connect(io, { namespace: "/room-1" });
  await client[Symbol.asyncDispose]();
  assertEquals([...parent.children], [io.of("/room-1")]);
});

Deno.test("limits.emptyNamespaces drops the children that have been empty for longest", async () => {
  await using io = new Server({ limits: { emptyNamespaces: 2 } });
  const parent = io.of(/^\/room-\d$/);
  const names = () => [...parent.children].map(({ name }) => name);
  await using stays = await connect(io, { namespace: "/room-0" });
  const visit = async (namespace: string) => {
    const client = await connect(io, { namespace });
    await client[Symbol.asyncDispose]();
  };
  for (const room of [1, 2, 1, 3]) await visit(`/room-${room}`);
  assertEquals(names(), ["/room-0", "/room-1", "/room-3"]);
  const own = io.of("/room-3");
  for (const room of [4, 5, 6]) await visit(`/room-${room}`);
  assertEquals(names(), ["/room-0", "/room-3", "/room-5", "/room-6"]);
  assert(io.of("/room-3") === own);
  assertEquals(stays.peer.nsp.sockets.size, 1);
});

Deno.test("A child that somebody has come back to is not empty", async () => {
  await using io = new Server({ limits: { emptyNamespaces: 1 } });
  const parent = io.of(/^\/room-\d$/);
  const first = await connect(io, { namespace: "/room-1" });
  await first[Symbol.asyncDispose]();
  await using back = await connect(io, { namespace: "/room-1" });
  for (const namespace of ["/room-2", "/room-3"]) {
    const client = await connect(io, { namespace });
    await client[Symbol.asyncDispose]();
  }
  const names = [...parent.children].map(({ name }) => name);
  assertEquals(names, ["/room-1", "/room-3"]);
  assert(back.peer.nsp.sockets.size === 1);
});

Deno.test("ackTimeout bounds emitWithAck(), and timeout() goes before it", async () => {
  using time = new FakeTime();
  await using io = new Server({ ackTimeout: 20 });
  await using client = await connect(io);
  const { peer } = client;
  const asked = [peer.emitWithAck("ask"), io.emitWithAck("ask")];
  const patient = peer.timeout(10_000).emitWithAck("slow");
  const answered = Promise.withResolvers<string>();
  peer.emit("slow", answered.resolve); // a callback has no place for an error
  await settled();
  time.tick(20);
  for (const promise of asked) {
    await assertRejects(() => promise, AckTimeoutError);
  }
  time.tick(9_000);
  for (const [reply] of client.take("slow")) reply("done");
  assertEquals(await patient, "done");
  assertEquals(await answered.promise, "done");
});
