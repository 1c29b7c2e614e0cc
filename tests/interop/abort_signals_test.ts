/** AbortSignal, wherever something lasts. */

import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import { DisconnectedError, MemoryAdapter, Server } from "../../mod.ts";
import {
  connected,
  next,
  settle,
  testClients,
  Visitors,
  within,
} from "../_support/clients.ts";

/** Closes when it is told to. */
class SlowAdapter extends MemoryAdapter {
  readonly closed = Promise.withResolvers<void>();

  override close(): Promise<void> {
    return this.closed.promise;
  }
}

const once = { versions: ["4.8.4"], modes: ["websocket"] } as const;

testClients(
  "Socket.on() forgets a listener when its signal aborts",
  async (bed) => {
    const [socket, client] = await bed.pair();
    const controller = new AbortController();
    const { signal } = controller;
    const heard: string[] = [];
    socket.on("say", (text) => heard.push(`each ${text}`), { signal });
    socket.on("say", (text) => heard.push(`once ${text}`), {
      signal,
      once: true,
    });
    socket.on("other", () => heard.push("never"), {
      signal: AbortSignal.abort(),
    });
    client.emit("say", 1);
    client.emit("say", 2);
    client.emit("other");
    await settle(client, socket);
    controller.abort();
    client.emit("say", 3);
    await settle(client, socket);
    assertEquals(heard, ["each 1", "once 1", "each 2"]);
    assertEquals(socket.listenerCount("say"), 0);
  },
  once,
);

testClients("emitWithAck() rejects with its signal's reason", async (bed) => {
  const [socket, client] = await bed.pair();
  const controller = new AbortController();
  const { signal } = controller;
  const reason = new Error("enough");
  const asked = next(client, "ask");
  const waiting = [
    socket.emitWithAck("ask", 1, { signal }),
    socket.timeout(10_000).emitWithAck("ask", 1, { signal }),
    bed.io.emitWithAck("ask", 1, { signal }),
  ];
  assertEquals((await asked).length, 2); // the signal is not sent
  controller.abort(reason);
  for (const promise of waiting) {
    assertStrictEquals(await assertRejects(() => promise), reason);
  }
  await assertRejects(
    () => socket.emitWithAck("ask", { signal }),
    Error,
    "enough",
  );
}, once);

testClients("Socket.signal aborts when the socket has left", async (bed) => {
  const [socket, client] = await bed.pair();
  const { signal } = socket;
  assert(!signal.aborted);
  assertStrictEquals(socket.signal, signal);
  const aborted = next({
    once: (name, listener) =>
      signal.addEventListener(name, listener, { once: true }),
  }, "abort");
  client.disconnect();
  await aborted;
  assertInstanceOf(signal.reason, DisconnectedError);
  assert(socket.signal.aborted);
});

testClients(
  "An acknowledgement that is waited for fails when the socket leaves, but for a plain callback",
  async (bed) => {
    const [socket, client] = await bed.pair();
    const asked = next(client, "last");
    const calls: unknown[] = [];
    const promise = socket.emitWithAck("ask");
    socket.timeout(10_000).emit(
      "ask",
      (...args: unknown[]) => calls.push(args),
    );
    socket.emit("ask", (...args: unknown[]) => calls.push(["plain", ...args]));
    socket.emit("last");
    await asked;
    const gone = next(socket, "disconnect");
    client.disconnect();
    await gone;
    await assertRejects(() => promise, DisconnectedError);
    assertEquals(calls.length, 1);
    assertInstanceOf((calls[0] as unknown[])[0], DisconnectedError);
    await assertRejects(() => socket.emitWithAck("ask"), DisconnectedError);
  },
  once,
);

Deno.test("io.close() rejects with its signal's reason, and closes all the same", async () => {
  const visitors = new Visitors();
  const adapters: SlowAdapter[] = [];
  const io = new Server({
    adapter: (namespace) => {
      const adapter = new SlowAdapter(namespace);
      adapters.push(adapter);
      return adapter;
    },
  });
  io.listen({ hostname: "127.0.0.1", port: 0, onListen() {} });
  const { port } = io.httpServer?.addr as Deno.NetAddr; // it listens on a port
  const client = visitors.open(
    "4.8.4",
    "websocket",
    `http://127.0.0.1:${port}`,
  );
  await connected(client);
  const gone = next(client, "disconnect");
  const reason = new Error("enough");
  const controller = new AbortController();
  const closing = io.close({ signal: controller.signal });
  controller.abort(reason);
  assertStrictEquals(await assertRejects(() => closing), reason);
  await gone;
  for (const adapter of adapters) adapter.closed.resolve();
  await within(io.close(), "the end");
  await visitors[Symbol.asyncDispose]();
});

Deno.test("await using closes a server", async () => {
  await using visitors = new Visitors();
  let gone: Promise<unknown[]>;
  {
    await using io = new Server();
    io.listen({ hostname: "127.0.0.1", port: 0, onListen() {} });
    const { port } = io.httpServer?.addr as Deno.NetAddr; // it listens on a port
    const client = await visitors.connect(
      "4.8.4",
      "websocket",
      `http://127.0.0.1:${port}`,
    );
    gone = next(client, "disconnect");
  }
  await gone;
});
