/** What becomes of handlers that fail, and of what they return. */

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import {
  type CallbackErrorEvent,
  Server,
  type Socket,
} from "@deno-socketio/server";
import { connect, settled } from "@deno-socketio/server/testing";

/** Collects what `handler_error` tells. */
function failures(io: Server): [message: string, event: string, Socket][] {
  const heard: [string, string, Socket][] = [];
  io.on("handler_error", (error, { socket, event }) => {
    heard.push([
      error instanceof Error ? error.message : `${error}`,
      event,
      socket,
    ]);
  });
  return heard;
}

Deno.test("Socket.handle() answers a failure with message and data alone", async () => {
  await using io = new Server();
  const heard = failures(io);
  io.on("connection", (socket) => {
    socket.handle("throws", () => {
      throw Object.assign(new TypeError("no"), {
        data: { code: 7 },
        secret: 1,
      });
    });
    socket.handle("rejects", () => Promise.reject(new Error("later")));
    socket.handle("odd", () => Promise.reject("a text"));
    socket.handle("too much", () => 10n);
    socket.handle("worse", () => {
      throw Object.assign(new Error("data"), { data: 10n });
    });
  });
  await using client = await connect(io);
  const expected: Record<string, unknown> = {
    throws: { message: "no", data: { code: 7 } },
    rejects: { message: "later" },
    odd: { message: "a text" },
    "too much": { message: "Do not know how to serialize a BigInt" },
    worse: { message: "data" },
  };
  for (const [event, error] of Object.entries(expected)) {
    assertEquals(await client.emitWithAck(event), { error }, event);
  }
  await settled();
  assertEquals(heard.map(([, event]) => event), Object.keys(expected));
  assertStrictEquals(heard[0]?.[2], client.peer);
});

Deno.test("Socket.handle() needs nobody who wants its answer", async () => {
  await using io = new Server();
  const heard = failures(io);
  await using client = await connect(io);
  const seen: unknown[] = [];
  client.peer.handle("say", (...args) => {
    seen.push(args);
    if (args[0] === 2) throw new Error("two");
  });
  client.emit("say", 1);
  client.emit("say", 2);
  await settled();
  assertEquals(seen, [[1], [2]]);
  assertEquals(heard.map(([message]) => message), ["two"]);
});

Deno.test("Socket.handle() is called with the socket as this, and removed by its signal", async () => {
  await using io = new Server();
  await using client = await connect(io);
  const controller = new AbortController();
  const seen: unknown[] = [];
  client.peer.handle("say", function (this: unknown) {
    seen.push(this);
  }, { signal: controller.signal });
  client.emit("say");
  await settled();
  controller.abort();
  client.emit("say");
  await settled();
  assertEquals(seen.length, 1);
  assertStrictEquals(seen[0], client.peer);
});

Deno.test("handler_error hears what listeners throw and reject, with socket and event", async () => {
  await using io = new Server();
  const heard = failures(io);
  io.on("connection", (socket) => {
    socket.on("throws", () => {
      throw new Error("thrown");
    });
    socket.on("rejects", () => Promise.reject(new Error("rejected")));
    socket.onAny((name) => {
      if (name === "watched") throw new Error("watcher");
    });
    socket.on("disconnect", () => {
      throw new Error("goodbye");
    });
  });
  await using client = await connect(io);
  const { peer } = client;
  for (const event of ["throws", "rejects", "watched"]) client.emit(event);
  client.disconnect();
  await settled();
  assertEquals(
    new Set(heard.map(([message, event]) => `${event}: ${message}`)),
    new Set([
      "throws: thrown",
      "rejects: rejected",
      "watched: watcher",
      "disconnect: goodbye",
    ]),
  );
  assert(heard.every(([, , from]) => from === peer));
});

Deno.test("handler_error hears of a connection handler, in any namespace", async () => {
  await using io = new Server();
  const heard = failures(io);
  io.of("/other").on("connection", async () => {
    await Promise.resolve();
    throw new Error("welcome");
  });
  await using client = await connect(io, { namespace: "/other" });
  await settled();
  assertEquals(heard, [["welcome", "connection", client.peer]]);
});

Deno.test("A handler's failure goes to io.diagnostics where nobody listens to handler_error", async () => {
  await using io = new Server();
  const heard: string[] = [];
  const onError = (event: CallbackErrorEvent) => {
    event.preventDefault();
    heard.push(`${event.source}: ${(event.error as Error).message}`);
  };
  io.diagnostics.addEventListener("callbackerror", onError);
  await using client = await connect(io);
  client.peer.on("fail", () => {
    throw new Error("first");
  });
  client.emit("fail");
  await settled();
  io.on("handler_error", () => {
    throw new Error("and the hearer");
  });
  client.emit("fail");
  await settled();
  assertEquals(heard, [
    'a listener of "fail": first',
    'a listener of "handler_error": and the hearer',
  ]);
});
