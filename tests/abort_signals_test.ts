/** AbortSignal, wherever something lasts. */

import {
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import {
  DisconnectedError,
  MemoryAdapter,
  Server,
} from "@deno-socketio/server";
import { connect, settled } from "@deno-socketio/server/testing";

/** Closes when it is told to. */
class SlowAdapter extends MemoryAdapter {
  readonly closed = Promise.withResolvers<void>();

  override close(): Promise<void> {
    return this.closed.promise;
  }
}

Deno.test("Socket.on() forgets a listener when its signal aborts", async () => {
  await using io = new Server();
  await using client = await connect(io);
  const { peer } = client;
  const controller = new AbortController();
  const { signal } = controller;
  const heard: string[] = [];
  peer.on("say", (text) => heard.push(`each ${text}`), { signal });
  peer.on("say", (text) => heard.push(`once ${text}`), { signal, once: true });
  peer.on("other", () => heard.push("never"), { signal: AbortSignal.abort() });
  client.emit("say", 1);
  client.emit("say", 2);
  client.emit("other");
  await settled();
  controller.abort();
  client.emit("say", 3);
  await settled();
  assertEquals(heard, ["each 1", "once 1", "each 2"]);
  assertEquals(peer.listenerCount("say"), 0);
});

Deno.test("emitWithAck() rejects with its signal's reason", async () => {
  await using io = new Server();
  await using client = await connect(io);
  const { peer } = client;
  const controller = new AbortController();
  const { signal } = controller;
  const reason = new Error("enough");
  const waiting = [
    peer.emitWithAck("ask", 1, { signal }),
    peer.timeout(10_000).emitWithAck("ask", 1, { signal }),
    io.emitWithAck("ask", 1, { signal }),
  ];
  assertEquals((await client.next("ask")).length, 2); // the signal is not sent
  controller.abort(reason);
  for (const promise of waiting) {
    assertStrictEquals(await assertRejects(() => promise), reason);
  }
  await assertRejects(
    () => peer.emitWithAck("ask", { signal }),
    Error,
    "enough",
  );
});

Deno.test("An acknowledgement that is waited for fails when the socket leaves, but for a plain callback", async () => {
  await using io = new Server();
  await using client = await connect(io);
  const { peer } = client;
  const calls: unknown[][] = [];
  const refused = assertRejects(
    () => peer.emitWithAck("ask"),
    DisconnectedError,
  );
  peer.timeout(10_000).emit("ask", (...args: unknown[]) => calls.push(args));
  peer.emit("ask", (...args: unknown[]) => calls.push(["plain", ...args]));
  peer.emit("last");
  await client.next("last");
  client.disconnect();
  await settled();
  await refused;
  assertEquals(calls.length, 1);
  assertInstanceOf(calls[0]?.[0], DisconnectedError);
  await assertRejects(() => peer.emitWithAck("ask"), DisconnectedError);
});

Deno.test("io.close() rejects with its signal's reason, and closes all the same", async () => {
  const adapters: SlowAdapter[] = [];
  const io = new Server({
    adapter: (namespace) => {
      const adapter = new SlowAdapter(namespace);
      adapters.push(adapter);
      return adapter;
    },
  });
  await using client = await connect(io);
  const reason = new Error("enough");
  const controller = new AbortController();
  const closing = io.close({ signal: controller.signal });
  controller.abort(reason);
  assertStrictEquals(await assertRejects(() => closing), reason);
  await client.next("disconnect");
  for (const adapter of adapters) adapter.closed.resolve();
  await io.close();
});
