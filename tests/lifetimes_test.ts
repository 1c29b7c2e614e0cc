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

Deno.test("Children stay without cleanupEmptyChildNamespaces", async () => {
  await using io = new Server();
  const parent = io.of(/^\/room-\d$/);
  const client = await connect(io, { namespace: "/room-1" });
  await client[Symbol.asyncDispose]();
  assertEquals([...parent.children], [io.of("/room-1")]);
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
