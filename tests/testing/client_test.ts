/** What clients of the testing kit send and get, and how they end. */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import {
  AckTimeoutError,
  DisconnectedError,
  Server,
} from "@deno-socketio/server";
import {
  connect,
  ConnectError,
  settled,
  type TestClient,
} from "@deno-socketio/server/testing";

for (const transport of ["websocket", "polling"] as const) {
  const over = `over ${transport}`;

  Deno.test(`TestClient and server answer each other, ${over}`, async () => {
    await using io = new Server();
    io.on("connection", (socket) => {
      socket.on("add", (a, b, reply) => reply(a + b));
    });
    await using client = await connect(io, { transport });
    assertEquals(await client.emitWithAck("add", 1, 2), 3);
    const answered = Promise.withResolvers<unknown>();
    client.emit("add", 3, 4, answered.resolve);
    assertEquals(await answered.promise, 7);
    client.on("double", (n, reply) => reply(2 * n));
    assertEquals(await client.peer.emitWithAck("double", 4), 8);
    const answer = client.peer.emitWithAck("later", "x");
    const [text, reply] = await client.next("later");
    reply(text + "y");
    reply("ignored");
    assertEquals(await answer, "xy");
  });

  Deno.test(`TestClient passes bytes both ways as they were, ${over}`, async () => {
    await using io = new Server();
    io.on("connection", (socket) => {
      socket.on("bytes", (value) => {
        socket.emit("bytes", value);
        if (value.inner instanceof Uint8Array) value.inner.fill(9);
      });
    });
    await using client = await connect(io, { transport });
    const bytes = Uint8Array.of(1, 2, 3);
    client.emit("bytes", { inner: bytes, list: [new Uint8Array(70_000)] });
    bytes.fill(0);
    const [{ inner, list }] = await client.next("bytes");
    assertEquals([inner, list[0].length], [Uint8Array.of(1, 2, 3), 70_000]);
    // A blob has to be read first, and what is behind it waits.
    client.emit("bytes", { inner: new Blob(["ab"]) });
    client.emit("bytes", { inner: Uint8Array.of(7) });
    const [blob] = await client.next("bytes");
    assertEquals(blob.inner, Uint8Array.of(97, 98));
    assertEquals((await client.next("bytes"))[0].inner, Uint8Array.of(7));
  });

  Deno.test(`TestClient takes more attachments than a server, ${over}`, async () => {
    await using io = new Server();
    await using client = await connect(io, { transport });
    const many = Array.from({ length: 20 }, (_, i) => Uint8Array.of(i));
    client.peer.emit("many", many);
    assertEquals(await client.next("many"), [many]);
    client.emit("many", many);
    assertEquals(await client.next("disconnect"), ["transport close"]);
  });

  Deno.test(`TestClient ends when it sends too much at once, ${over}`, async () => {
    await using io = new Server({ maxHttpBufferSize: 1_000 });
    io.on("connection", (socket) => {
      socket.on("part", (_text, reply) => reply("got it"));
    });
    await using client = await connect(io, { transport });
    // Together they are too much for one request, which is no reason to fail.
    const parts = Array.from(
      { length: 4 },
      () => client.emitWithAck("part", "x".repeat(400)),
    );
    assertEquals(await Promise.all(parts), Array(4).fill("got it"));
    client.emit("part", "x".repeat(1_000), () => {});
    const [reason] = await client.next("disconnect");
    assertEquals(
      reason,
      transport === "polling" ? "transport error" : "transport close",
    );
  });

  Deno.test(`The server knows why a TestClient has left, ${over}`, async () => {
    using time = new FakeTime();
    await using io = new Server();
    const reasons: string[] = [];
    io.on("connection", (socket) => {
      socket.on("disconnect", (reason) => reasons.push(reason));
    });
    {
      await using _client = await connect(io, { transport });
    }
    assertEquals(reasons.splice(0), ["client namespace disconnect"]);
    const dropped = await connect(io, { transport });
    dropped.drop();
    await settled();
    await time.tickAsync(1_100); // a poll must be idle before its end is noticed
    await settled();
    const reason = transport === "polling"
      ? "transport error"
      : "transport close";
    assertEquals(reasons.splice(0), [reason]);
    const silent = await connect(io, { transport });
    silent.drop({ silently: true });
    await settled();
    assertEquals(reasons, []);
    await time.tickAsync(25_000 + 20_000 + 1_000);
    assertEquals(reasons.splice(0), ["ping timeout"]);
    const disconnected = await connect(io, { transport });
    disconnected.peer.disconnect(true);
    assertEquals(await disconnected.next("disconnect"), [
      "io server disconnect",
    ]);
    assertEquals(reasons.splice(0), ["server namespace disconnect"]);
    const closed = await connect(io, { transport });
    await io.close();
    assertEquals(await closed.next("disconnect"), ["transport close"]);
    assertEquals(reasons, ["server shutting down"]);
  });

  Deno.test(`TestClient.drop() and reconnect() bring a session back, ${over}`, async () => {
    using time = new FakeTime();
    await using io = new Server({ connectionStateRecovery: {} });
    await using client = await connect(io, { transport });
    const { id, peer } = client;
    peer.join("room");
    peer.data.name = "Ada";
    io.emit("first");
    await client.next("first");
    client.drop();
    await settled();
    await time.tickAsync(1_100);
    io.to("room").emit("news", 1);
    client.emit("while away");
    const news = client.next("news");
    await client.reconnect();
    assertEquals([client.recovered, client.id], [true, id]);
    assertEquals(client.peer.data, { name: "Ada" });
    assertEquals((await news)[0], 1);
    client.peer.disconnect();
    await client.next("disconnect");
    await client.reconnect();
    assertEquals([client.recovered, client.id === id], [false, false]);
  });

  Deno.test(`TestClient that was dropped loses what was on its way, and gets it by recovery, ${over}`, async () => {
    await using io = new Server({ connectionStateRecovery: {} });
    await using client = await connect(io, { transport });
    io.emit("lost", 1);
    client.drop();
    await settled();
    assertEquals(client.take("lost"), []);
    await client.reconnect(); // the old connection may seem open
    assert(client.recovered);
    assertEquals((await client.next("lost"))[0], 1);
  });

  Deno.test(`TestClient.pause() lets the server wait, ${over}`, async () => {
    await using io = new Server();
    await using client = await connect(io, { transport });
    const { peer } = client;
    await settled();
    client.pause();
    peer.emit("kept", "x".repeat(100));
    peer.emit("kept", Uint8Array.of(1));
    await settled();
    peer.volatile.emit("lost");
    if (transport === "websocket") assert(peer.conn.bufferedAmount > 100);
    await settled();
    assertEquals(client.take("kept"), []);
    client.resume();
    await settled();
    assertEquals(client.take("kept").length, 2);
    assertEquals(client.take("lost"), []);
    peer.volatile.emit("again");
    await client.next("again");
  });
}

Deno.test("TestClient keeps events for next() and take(), in order", async () => {
  await using io = new Server();
  io.on("connection", (socket) => {
    for (const n of [1, 2, 3]) socket.emit("n", n);
    socket.emit("other");
  });
  await using client = await connect(io);
  assertEquals(await client.next("n"), [1]);
  assertEquals(await client.next("other"), []);
  assertEquals(client.take("n"), [[2], [3]]);
  assertEquals(client.take("n"), []);
  const both = Promise.all([client.next("n"), client.next("n")]);
  client.peer.emit("n", 4);
  client.peer.emit("n", 5);
  assertEquals(await both, [[4], [5]]);
});

Deno.test("TestClient.next() ends with its signal, and loses no event by it", async () => {
  await using io = new Server();
  await using client = await connect(io);
  const controller = new AbortController();
  const waiting = client.next("news", { signal: controller.signal });
  controller.abort(new Error("enough"));
  await assertRejects(() => waiting, Error, "enough");
  client.peer.emit("news", 1);
  assertEquals(await client.next("news"), [1]);
});

Deno.test("TestClient.next() rejects when the event cannot come any more", async () => {
  await using io = new Server();
  await using client = await connect(io);
  const waiting = client.next("news");
  client.peer.disconnect();
  await assertRejects(
    () => waiting,
    Error,
    'Cannot wait for "news": the client is not connected (io server disconnect)',
  );
  await assertRejects(() => client.next("news"), Error, "not connected");
  assertEquals(await client.next("disconnect"), ["io server disconnect"]);
  const again = client.next("connect");
  await client.reconnect();
  await again;
});

Deno.test("TestClient has listeners as an official client has", async () => {
  await using io = new Server();
  await using client = await connect(io);
  const heard: unknown[] = [];
  const listener = function (this: unknown, ...args: unknown[]) {
    heard.push([this === client, ...args]);
  };
  client.on("a", listener).once("b", listener);
  for (const name of ["a", "b", "b", "a"]) client.peer.emit(name, name);
  await settled();
  client.off("a", listener);
  client.peer.emit("a", "removed");
  await settled();
  assertEquals(heard, [[true, "a"], [true, "b"], [true, "a"]]);
});

Deno.test("A listener of a TestClient that throws fails the test", async () => {
  await using io = new Server();
  await using client = await connect(io);
  const errors: string[] = [];
  const onError = (event: ErrorEvent) => {
    event.preventDefault();
    errors.push(event.error.message);
  };
  addEventListener("error", onError);
  try {
    client.on("a", () => {
      throw new Error("thrown");
    });
    client.on("a", () => Promise.reject(new Error("rejected")));
    client.on("a", (reply) => reply());
    await client.peer.emitWithAck("a");
    await settled();
    assertEquals(errors, ["thrown", "rejected"]);
  } finally {
    removeEventListener("error", onError);
  }
});

Deno.test("A handler of the server that throws costs a TestClient nothing", async () => {
  await using io = new Server();
  const errors: unknown[] = [];
  io.on("handler_error", (error) => errors.push(error));
  io.on("connection", (socket) => {
    socket.on("fail", () => {
      throw new Error("handler");
    });
    socket.handle("divide", () => Promise.reject(new Error("by zero")));
  });
  await using client = await connect(io);
  client.emit("fail");
  assertEquals(await client.emitWithAck("divide"), {
    error: { message: "by zero" },
  });
  assertEquals(errors.length, 2);
});

Deno.test("TestClient.timeout() gives an answer up by the clock", async () => {
  using time = new FakeTime();
  await using io = new Server();
  await using client = await connect(io);
  const answer = client.timeout(1_000).emitWithAck("ask");
  const heard: unknown[] = [];
  const hear = (error: Error, value: unknown) => heard.push(error, value);
  client.timeout(1_000).emit("ask", hear);
  await settled();
  time.tick(999);
  assertEquals(heard, []);
  time.tick(1);
  await assertRejects(() => answer, AckTimeoutError);
  assert(heard[0] instanceof AckTimeoutError);
  client.peer.once("fast", (reply) => reply(5));
  client.timeout(1_000).emit("fast", hear);
  await settled();
  assertEquals(heard.slice(2), [null, 5]);
});

Deno.test("Answers that nobody gives fail when the TestClient leaves, and may go unheard", async () => {
  await using io = new Server();
  const client = await connect(io);
  const [asked, unheard] = [
    client.emitWithAck("ask"),
    client.emitWithAck("ask"),
  ];
  const atServer = client.peer.emitWithAck("ask");
  client.disconnect();
  await assertRejects(() => asked, DisconnectedError);
  await assertRejects(() => atServer, DisconnectedError);
  await assertRejects(() => client.emitWithAck("ask"), DisconnectedError);
  await settled();
  void unheard;
});

Deno.test("TestClient refuses reserved names", async () => {
  await using io = new Server();
  await using client = await connect(io);
  for (const name of ["connect", "disconnect", "newListener"]) {
    assertThrows(() => client.emit(name), Error, "reserved event name");
    assertThrows(() => client.emitWithAck(name), Error, "reserved event name");
  }
});

Deno.test("TestClient keeps what it sends while it is dropped, but for volatile events", async () => {
  using time = new FakeTime();
  await using io = new Server();
  const heard: string[] = [];
  io.on("connection", (socket) => {
    socket.onAny((name) => heard.push(name));
    socket.on("ask", (reply) => reply("late"));
  });
  await using client = await connect(io);
  client.drop();
  client.emit("kept");
  client.volatile.emit("lost");
  const late = client.emitWithAck("ask");
  const never = client.timeout(100).emitWithAck("given up");
  time.tick(100);
  await assertRejects(() => never, AckTimeoutError);
  await client.reconnect();
  assertEquals(await late, "late");
  assertEquals(heard, ["kept", "ask"]);
});

Deno.test("TestClient answers the heartbeat, however far the clock moves at once", async () => {
  using time = new FakeTime();
  await using io = new Server();
  await using client = await connect(io);
  time.tick(3_600_000);
  await settled();
  assert(client.connected);
  client.peer.emit("still", "here");
  setTimeout(() => client.peer.emit("later"), 60_000);
  time.tick(3_600_000); // pings are behind events now
  assertEquals(client.take("still"), [["here"]]);
  assertEquals(client.take("later"), [[]]);
  client.pause();
  time.tick(45_000 + 1_000);
  client.resume();
  assertEquals(await client.next("disconnect"), ["transport close"]);
});

Deno.test("TestClient.of() shares the connection with other namespaces", async () => {
  await using io = new Server();
  io.of("/admin").use(({ handshake }) => {
    if (handshake.auth.token !== "secret") throw new Error("no");
  });
  await using client = await connect(io);
  await assertRejects(() => client.of("/admin"), ConnectError, "no");
  const admin = await client.of("admin", { auth: { token: "secret" } });
  assertEquals(io.engine.clientsCount, 1);
  assertEquals(admin.peer.conn, client.peer.conn);
  admin.peer.emit("hello");
  await admin.next("hello");
  await assertRejects(
    () => admin.of("/"),
    Error,
    "a client of this connection has",
  );
  await admin[Symbol.asyncDispose]();
  await settled();
  assertEquals(io.of("/admin").sockets.size, 0);
  assert(client.connected);
});

Deno.test("TestClient.of() comes back with the connection", async () => {
  await using io = new Server();
  io.of("/admin");
  await using client = await connect(io);
  const admin = await client.of("/admin");
  client.drop();
  assertEquals(await admin.next("disconnect"), ["transport close"]);
  await client.reconnect();
  await admin.next("connect");
  assert(admin.connected);
  await assertRejects(() => admin.reconnect(), Error, "Cannot connect to");
  admin.peer.disconnect(true);
  assertEquals(await client.next("disconnect"), ["io server disconnect"]);
  await admin.reconnect();
  assertEquals([admin.connected, client.connected], [true, false]);
  await client.reconnect();
  assertEquals(io.engine.clientsCount, 1);
  admin.disconnect();
});

Deno.test("TestClient.next() tells of the connection that follows, not of the last one", async () => {
  await using io = new Server();
  await using client = await connect(io);
  client.drop();
  const events: string[] = [];
  client.next("connect").then(() => events.push("connect"));
  await settled();
  assertEquals(events, []);
  await client.reconnect();
  await settled();
  assertEquals(events, ["connect"]);
  assertEquals(client.take("disconnect"), []);
});

Deno.test("TestClient.reconnect() brings other credentials, and tells of a refusal", async () => {
  await using io = new Server();
  io.use(({ handshake }) => {
    if (handshake.auth.token === "old") throw new Error("expired");
  });
  await using client = await connect(io, { auth: { token: "first" } });
  client.drop();
  const reconnecting = client.reconnect({ auth: { token: "old" } });
  await assertRejects(() => reconnecting, ConnectError, "expired");
  const [error] = await client.next("connect_error");
  assertEquals(error.message, "expired");
  await client.reconnect({ auth: { token: "new" } });
  assertEquals(client.peer.handshake.auth.token, "new");
});

Deno.test("Many test clients share a server, each by itself", async () => {
  await using io = new Server();
  io.on("connection", (socket) => {
    socket.join(socket.handshake.auth.team);
    socket.on("say", (text) => socket.to("red").emit("said", text));
  });
  const clients: TestClient[] = await Promise.all(
    Array.from(
      { length: 100 },
      (_, i) => connect(io, { auth: { team: i % 2 ? "red" : "blue" } }),
    ),
  );
  clients[1]?.emit("say", "hello");
  await settled();
  assertEquals(
    clients.map((client) => client.take("said").length),
    clients.map((_, i) => i % 2 && i > 1 ? 1 : 0),
  );
  await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
  assertEquals(io.engine.clientsCount, 0);
});

Deno.test("Two ends that answer each other without end leave the clock its turn", async () => {
  await using io = new Server();
  io.on("connection", (socket) => socket.on("ping", () => socket.emit("pong")));
  await using client = await connect(io);
  client.on("pong", () => client.emit("ping"));
  client.emit("ping");
  await new Promise((resolve) => setTimeout(resolve, 0));
  client.removeAllListeners("pong");
  await settled();
});

Deno.test("An application's server that stays open needs no end of its clients but theirs", async () => {
  using time = new FakeTime();
  const io = new Server();
  const client = await connect(io);
  await client[Symbol.asyncDispose]();
  await client[Symbol.asyncDispose]();
  assertEquals(io.engine.clientsCount, 0);
  time.tick(1_000);
});
