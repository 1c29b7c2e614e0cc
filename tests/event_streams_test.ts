/** How streams and loops of events and answers end. */

import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import {
  AckTimeoutError,
  DisconnectedError,
  Server,
} from "@deno-socketio/server";
import { connect, settled } from "@deno-socketio/server/testing";

Deno.test("Socket.events() ends when the socket has left, behind what waits", async () => {
  await using io = new Server();
  await using client = await connect(io);
  const { peer } = client;
  const events = peer.events("say");
  client.emit("say", 1);
  client.emit("say", 2);
  client.disconnect();
  await settled();
  const seen: unknown[] = [];
  for await (const [args] of events) seen.push(...args);
  assertEquals(seen, [1, 2]);
  for await (const _ of peer.events("say")) throw new Error("it has left");
});

Deno.test("Socket.events() fails with its signal's reason", async () => {
  await using io = new Server();
  await using client = await connect(io);
  const reason = new Error("enough");
  const controller = new AbortController();
  const { signal } = controller;
  const waiting = client.peer.events("say", { signal }).next();
  controller.abort(reason);
  assertStrictEquals(await assertRejects(() => waiting), reason);
  assertEquals(client.peer.listenerCount("say"), 0);
  const late = client.peer.events("say", { signal });
  assertStrictEquals(await assertRejects(() => late.next()), reason);
});

Deno.test("Leaving a loop over Socket.events() stops listening", async () => {
  await using io = new Server();
  await using client = await connect(io);
  const { peer } = client;
  client.emit("ignored");
  const events = peer.events("say");
  client.emit("say", 1);
  client.emit("say", 2);
  for await (const [[number]] of events) {
    if (number === 1) break;
  }
  assertEquals(peer.listenerCount("say"), 0);
});

Deno.test("Socket.events() costs a client that sends more than limits.queuedEvents its connection", async () => {
  await using io = new Server({ limits: { queuedEvents: 3 } });
  const limits: string[] = [];
  io.diagnostics.addEventListener(
    "limitexceeded",
    ({ limit }) => limits.push(limit),
  );
  await using client = await connect(io);
  await using other = await connect(io);
  const { peer } = client;
  const events = peer.events("say");
  const reasons: string[] = [];
  peer.on("disconnect", (reason) => reasons.push(reason));
  for (let i = 0; i < 4; i++) client.emit("say", i);
  await client.next("disconnect");
  assertEquals([reasons, limits], [["transport error"], ["queuedEvents"]]);
  const seen: unknown[] = [];
  for await (const [args] of events) seen.push(...args);
  assertEquals(seen, [0, 1, 2]);
  assertEquals(other.connected, true);
});

Deno.test("Socket.stream() is a stream which others can read and cancel", async () => {
  await using io = new Server();
  await using client = await connect(io);
  const { peer } = client;
  const texts = peer.stream("say").pipeThrough(
    new TransformStream({
      transform([[text]], controller) {
        controller.enqueue(`${text}!`);
      },
    }),
  );
  client.emit("say", "hello");
  const reader = texts.getReader();
  assertEquals(await reader.read(), { done: false, value: "hello!" });
  await reader.cancel();
  assertEquals(peer.listenerCount("say"), 0);
});

Deno.test("emitWithAckStream() fails with what came in time", async () => {
  using time = new FakeTime();
  await using io = new Server();
  await using quick = await connect(io);
  await using slow = await connect(io);
  quick.on("vote", (reply) => reply(1));
  const seen: unknown[] = [];
  const read = async () => {
    for await (const vote of io.timeout(50).emitWithAckStream("vote")) {
      seen.push(vote);
    }
  };
  const reading = read();
  await slow.next("vote");
  await time.tickAsync(50);
  const error = await assertRejects(() => reading, AckTimeoutError);
  assertEquals(error.responses, [1]);
  assertEquals(seen, [1]);
});

Deno.test("emitWithAckStream() fails when a client leaves without an answer", async () => {
  await using io = new Server();
  await using client = await connect(io);
  const votes = io.emitWithAckStream("vote").values();
  await client.next("vote");
  client.disconnect();
  await assertRejects(() => votes.next(), DisconnectedError);
});

Deno.test("emitWithAckStream() waits no longer once its loop is left, or its signal aborts", async () => {
  await using io = new Server();
  await using client = await connect(io);
  client.once("vote", (reply) => reply(1));
  for await (const vote of io.emitWithAckStream("vote")) {
    assertEquals(vote, 1);
    break;
  }
  const controller = new AbortController();
  const { signal } = controller;
  const votes = io.emitWithAckStream("vote", { signal }).values();
  const waiting = votes.next();
  controller.abort(new Error("enough"));
  await assertRejects(() => waiting, Error, "enough");
});
