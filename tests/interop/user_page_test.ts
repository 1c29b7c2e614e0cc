/** The Socket instance as its users' documentation has it, topic by topic. */

import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { AckTimeoutError, type Socket } from "../../mod.ts";
import {
  ask,
  connected,
  engineOf,
  next,
  settle,
  testClients,
  within,
} from "../_support/clients.ts";

testClients("Socket instance: id", async (bed) => {
  const [socket, client] = await bed.pair();
  const { id } = socket;
  assertMatch(id, /^[\w-]{20}$/);
  assertEquals(client.id, id);
  assertNotEquals(socket.conn.id, id);
  assert(socket.rooms.has(id));
  assertThrows(() => Object.assign(socket, { id: "mine" }), TypeError);
  assertEquals(socket.id, id);
  const arrived = next(client, "hello");
  bed.io.to(id).emit("hello");
  await arrived;
});

testClients("Socket instance: handshake", async (bed) => {
  const [{ handshake }] = await bed.pair("/", {
    auth: { token: "abc" },
    query: { x: "1" },
    extraHeaders: { Origin: "http://example.com" },
  });
  assertEquals(Object.keys(handshake).sort(), [
    "address",
    "auth",
    "headers",
    "issued",
    "query",
    "secure",
    "time",
    "url",
    "xdomain",
  ]);
  assertEquals(handshake.headers.origin, "http://example.com");
  assertEquals(handshake.xdomain, true);
  assertEquals(handshake.query.x, "1");
  assertEquals(handshake.query.EIO, "4");
  // Against caches, of which a WebSocket has none.
  assertEquals("t" in handshake.query, bed.mode !== "websocket");
  assertEquals(typeof handshake.query.transport, "string");
  assertEquals(handshake.auth, { token: "abc" });
  assertEquals(typeof handshake.time, "string");
  assertEquals(
    Math.trunc(handshake.issued / 1_000) * 1_000,
    new Date(handshake.time).getTime(),
  );
  assertMatch(handshake.url, /^\/socket\.io\/\?.*EIO=4/);
  assertEquals(handshake.address, "127.0.0.1");
  assertEquals(handshake.secure, false);
  // Plain objects, which can be sent to other servers.
  assertEquals(Object.getPrototypeOf(handshake.headers), Object.prototype);
  assertEquals(JSON.parse(JSON.stringify(handshake)), { ...handshake });
});

testClients("Socket instance: rooms", async (bed) => {
  const [socket, client] = await bed.pair();
  assertEquals([...socket.rooms], [socket.id]);
  socket.join("a");
  socket.join(["b", "c"]);
  socket.leave("b");
  assert(socket.rooms instanceof Set);
  assertEquals([...socket.rooms], [socket.id, "a", "c"]);
  const seen: string[][] = [];
  socket.on("disconnecting", () => seen.push([...socket.rooms]));
  socket.on("disconnect", () => seen.push([...socket.rooms]));
  const end = next(socket, "disconnect");
  client.disconnect();
  await end;
  assertEquals(seen, [[socket.id, "a", "c"], []]);
});

testClients("Socket instance: extra attributes", async (bed) => {
  bed.io.use((socket, next) => {
    Object.assign(socket, { user: "Ada" });
    socket.data.color = "red";
    next();
  });
  bed.io.on("connection", (socket: Socket & { user?: string }) => {
    socket.on("who?", (reply) => reply(socket.user, socket.data.color));
  });
  const [, client] = await bed.pair();
  assertEquals(await ask(client, "who?"), ["Ada", "red"]);
  const [found] = await bed.io.fetchSockets();
  assertEquals(found?.data, { color: "red" });
  assertEquals((found as { user?: string } | undefined)?.user, "Ada"); // a user's own
});

testClients("Socket instance: socket.use", async (bed) => {
  const [socket, client] = await bed.pair();
  const errors: string[] = [];
  socket.on("error", ({ message }) => errors.push(message));
  socket.use(([name, ..._args], next) => {
    if (name === "forbidden") return next(new Error("not allowed"));
    next();
  });
  socket.use(async ([name]) => {
    await Promise.resolve();
    if (name === "thrown") throw new Error("thrown");
  });
  const heard: string[] = [];
  for (const name of ["forbidden", "thrown", "allowed"]) {
    socket.on(name, () => heard.push(name));
    client.emit(name);
  }
  await settle(client, socket);
  assertEquals(heard, ["allowed"]);
  assertEquals(errors, ["not allowed", "thrown"]);
});

testClients("Socket instance: reasons", async (bed) => {
  const ways: Record<string, (socket: Socket, client: Engine) => unknown> = {
    "server namespace disconnect": (socket) => socket.disconnect(),
    "forced close": (socket) => socket.conn.close(),
    "transport close": (_socket, engine) => engine.close(),
    "forced server close": (_socket, engine) => engine.write("2/no,[1]"),
    "server shutting down": () => bed.io.close(),
  };
  for (const [expected, end] of Object.entries(ways)) {
    const [socket, client] = await bed.pair();
    await settle(client, socket);
    const ended = next(socket, "disconnect");
    end(socket, engineOf(client));
    const [reason, description] = await ended;
    assertEquals(reason, expected);
    if (expected === "transport close" && bed.mode === "websocket") {
      assertEquals(typeof description, "object");
    }
  }
});

type Engine = ReturnType<typeof engineOf>;

testClients("Socket instance: reserved names", async (bed) => {
  const [socket] = await bed.pair();
  for (
    const name of [
      "connect",
      "connect_error",
      "disconnect",
      "disconnecting",
      "newListener",
      "removeListener",
    ]
  ) {
    const message = `"${name}" is a reserved event name`;
    assertThrows(() => socket.emit(name), Error, message);
    assertThrows(() => socket.to("room").emit(name), Error, message);
    await assertRejects(
      () => Promise.try(() => socket.emitWithAck(name)),
      Error,
      message,
    );
  }
  for (const name of ["connect", "connection", "new_namespace"]) {
    assertThrows(
      () => bed.io.serverSideEmit(name),
      Error,
      `"${name}" is a reserved event name`,
    );
  }
  assertEquals(socket.emit("connection"), true);
});

testClients("Socket instance: error event", async (bed) => {
  const [socket, client] = await bed.pair();
  await settle(client, socket);
  const error = next(socket, "error");
  const end = next(socket, "disconnect");
  engineOf(client).write("2{}");
  assert((await error)[0] instanceof Error);
  assertEquals((await end)[0], "forced close");

  // Without a listener it harms nobody.
  const [other, neighbour] = await bed.pair();
  const [silent, victim] = await bed.pair();
  const silentEnd = next(silent, "disconnect");
  engineOf(victim).write("2{}");
  await silentEnd;
  await settle(neighbour, other);
});

testClients("Socket instance: added after v3", async (bed) => {
  const [a, clientA] = await bed.pair();
  const [b] = await bed.pair();
  clientA.on("name?", (reply) => reply("a"));

  // 4.0
  b.join(["x", "y"]);
  const operator = bed.io.to(["x", "y"]);
  assert(operator.except("z") !== operator);
  bed.io.except(b.id).socketsJoin("only a");
  assertEquals(a.rooms.has("only a"), true);
  bed.io.socketsLeave("only a");
  assertEquals(a.rooms.has("only a"), false);
  const [found] = await bed.io.in("x").fetchSockets();
  assertStrictEquals<unknown>(found, b);
  a.data = { any: "thing" };
  assertEquals(a.data, { any: "thing" });
  // 4.1: no other server hears it
  assertEquals(bed.io.serverSideEmit("hello"), true);
  assertEquals(await bed.io.serverSideEmitWithAck("hello"), []);
  // 4.4
  const [error] = await ask(b.timeout(10), "nobody listens");
  assert(error instanceof AckTimeoutError);
  // 4.5
  assertEquals(
    await ask(bed.io.to(a.id).timeout(60_000), "name?"),
    [null, ["a"]],
  );
  const outgoing: string[] = [];
  a.onAnyOutgoing((name) => outgoing.push(name));
  a.prependAnyOutgoing((name) => outgoing.push("first " + name));
  a.emit("event");
  assertEquals(outgoing, ["first event", "event"]);
  assertEquals(a.listenersAnyOutgoing().length, 2);
  a.offAnyOutgoing();
  assertEquals(a.listenersAnyOutgoing(), []);
  // 4.6
  assertEquals(await within(a.emitWithAck("name?"), "a's name"), "a");
  assertEquals(a.recovered, false);
  // Attributes
  assertEquals(a.conn.protocol, 4);
  assertStrictEquals(a.client.conn, a.conn);
  assertEquals(new URL(a.request.url).pathname, "/socket.io/");
  assertStrictEquals(a.nsp, bed.io.of("/"));
  assertEquals([a.connected, a.disconnected], [true, false]);
  const [found2] = await bed.io.in("x").except("nothing").fetchSockets();
  const end = next(b, "disconnect");
  found2?.disconnect();
  await end;
  assertEquals([b.connected, b.disconnected], [false, true]);
});

testClients("Socket instance: added after v3, on the way in", async (bed) => {
  const seen: string[] = [];
  bed.io.engine.use((request, _info, next) => {
    seen.push(new URL(request.url).pathname);
    return next();
  });
  const parent = bed.io.of(/^\/child/);
  const [socket, client] = await bed.pair("/child", {
    path: "/no-slash",
    addTrailingSlash: false,
  });
  assertEquals(new Set(seen), new Set(["/no-slash"]));
  assertEquals(parent.children.size, 1);
  const end = next(socket, "disconnect");
  client.disconnect();
  await end;
  assertEquals(parent.children.size, 0);
}, {
  server: {
    cleanupEmptyChildNamespaces: true,
    path: "/no-slash",
    addTrailingSlash: false,
  },
  // The client of version 3 always adds the slash.
  versions: ["4.8.4"],
});

testClients("Socket instance: changed defaults", async (bed) => {
  await bed.connect();
  const response = await fetch(
    `${bed.url}/socket.io/?EIO=4&transport=polling`,
    { headers: { origin: "http://example.com" } },
  );
  const { sid, ...rest } = JSON.parse((await response.text()).slice(1));
  assertMatch(sid, /^[\w-]{20}$/);
  assertEquals(rest, {
    upgrades: ["websocket"],
    pingInterval: 25_000,
    pingTimeout: 20_000,
    maxPayload: 1_000_000,
  });
  assertEquals(response.headers.has("set-cookie"), false);
  assertEquals(response.headers.has("access-control-allow-origin"), false);
});

testClients("Socket instance: clients", async (bed) => {
  const [socket, client] = await bed.pair();
  assertEquals(socket.handshake.query.EIO, "4");
  assertEquals(engineOf(client).id, socket.conn.id);
  assertEquals(
    await ask(client.on("echo", (x, reply) => reply(x)) && socket, "echo", 1),
    [1],
  );
});

testClients("Socket instance: broadcast in v3", async (bed) => {
  const [a, clientA] = await bed.pair();
  const [b, clientB] = await bed.pair();
  b.join("room");
  const heard: string[] = [];
  clientA.on("hello", (text) => heard.push("a" + text));
  clientB.on("hello", (text) => heard.push("b" + text));
  // What was chosen once and never used is forgotten.
  a.to("room");
  a.broadcast;
  bed.io.to("nowhere");
  a.emit("hello", 1);
  bed.io.emit("hello", 2);
  await settle(clientA, a);
  await settle(clientB, b);
  assertEquals(heard.sort(), ["a1", "a2", "b2"]);
});

testClients("Socket instance: allSockets", async (bed) => {
  const [a] = await bed.pair();
  const [b] = await bed.pair();
  b.join("room");
  assertEquals(await bed.io.allSockets(), new Set([a.id, b.id]));
  assertEquals(await bed.io.in("room").allSockets(), new Set([b.id]));
  bed.io.of("/empty");
  assertEquals(await bed.io.of("/empty").allSockets(), new Set());
  await connected(await bed.connect("/empty"));
  assertEquals((await bed.io.of("/empty").allSockets()).size, 1);
});
