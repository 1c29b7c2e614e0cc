/** The engine's socket as an application sees it, through real requests. */

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { Server } from "@deno-socketio/server";
import type { Socket, SocketEvents } from "@deno-socketio/server/engine";
import { Visitors } from "./_support/clients.ts";
import { EngineBed } from "./_support/engine_bed.ts";
import { PollingSession, WireSocket, within } from "./_support/wire.ts";

const TRANSPORTS = ["polling", "websocket"] as const;

type EventLog = [name: keyof SocketEvents, ...args: unknown[]][];

/** Records all that a socket tells, from its `connection` on. */
function record(socket: Socket): EventLog {
  const log: EventLog = [];
  const add = (name: keyof SocketEvents) => (...args: unknown[]) =>
    void log.push([name, ...args]);
  socket
    .on("open", add("open")).on("message", add("message"))
    .on("data", add("data")).on("packet", add("packet"))
    .on("packetCreate", add("packetCreate"))
    .on("heartbeat", add("heartbeat")).on("upgrading", add("upgrading"))
    .on("upgrade", add("upgrade")).on("flush", add("flush"))
    .on("drain", add("drain")).on("close", add("close"));
  return log;
}

/** The server's end of the next session, with what it tells. */
function recorded(bed: EngineBed): Promise<[socket: Socket, log: EventLog]> {
  return within(
    new Promise((resolve) =>
      bed.engine.once(
        "connection",
        (socket) => resolve([socket, record(socket)]),
      )
    ),
    "a session",
  );
}

/** Waits for an event of a socket. */
function told(socket: Socket, name: keyof SocketEvents): Promise<unknown[]> {
  return within(
    new Promise((resolve) =>
      socket.once(name, (...args: unknown[]) => resolve(args))
    ),
    `"${name}"`,
  );
}

for (const transport of TRANSPORTS) {
  Deno.test(`Socket tells what it is over ${transport}`, async () => {
    await using bed = new EngineBed();
    const opening = bed.session();
    const client = transport === "polling"
      ? await PollingSession.start(bed.url)
      : await WireSocket.open(bed.handshake("websocket"));
    await using _ = client;
    const socket = await opening;
    assertEquals(socket.id.length, 20);
    assertEquals(socket.protocol, 4);
    assert(socket.request instanceof Request);
    assertEquals(socket.request.url, bed.handshake(transport));
    assert(socket.request.headers.has("host"));
    assertStrictEquals(socket.handshake.request, socket.request);
    assertEquals(socket.remoteAddress, "127.0.0.1");
    assertEquals(socket.handshake.secure, false);
    assertEquals(socket.readyState, "open");
    assertEquals(socket.transport.name, transport);
    assertEquals([socket.upgrading, socket.upgraded], [false, false]);
    const closed = told(socket, "close");
    if (client instanceof PollingSession) await client.post("1");
    else client.close();
    assertEquals((await closed)[0], "transport close");
    assertEquals(socket.readyState, "closed");
  });
}

Deno.test("Socket tells of an echo over WebSocket, step by step", async () => {
  await using bed = new EngineBed();
  const opening = recorded(bed);
  await using client = await WireSocket.open(bed.handshake("websocket"));
  await client.receive();
  const [socket, log] = await opening;
  assertEquals(log, [["open"]]);
  log.length = 0;
  socket.once("message", (data) => socket.send(data));
  client.send("4hi");
  assertEquals(await client.receive(), "4hi");
  assertEquals(log, [
    ["packet", { type: "message", data: "hi" }],
    ["data", "hi"],
    ["message", "hi"],
    ["packetCreate", { type: "message", data: "hi" }],
    ["flush"],
    ["drain"],
  ]);
  log.length = 0;
  client.send(Uint8Array.of(1, 2));
  await told(socket, "message");
  const bytes = Uint8Array.of(1, 2);
  assertEquals(log, [
    ["packet", { type: "message", data: bytes }],
    ["data", bytes],
    ["message", bytes],
  ]);
});

Deno.test("Socket tells of an echo over polling, step by step", async () => {
  await using bed = new EngineBed();
  const opening = recorded(bed);
  await using client = await PollingSession.start(bed.url);
  const [socket, log] = await opening;
  socket.once("message", (data) => socket.send(data));
  await client.post("4hi");
  const before: EventLog = [
    ["open"],
    ["packet", { type: "message", data: "hi" }],
    ["data", "hi"],
    ["message", "hi"],
    ["packetCreate", { type: "message", data: "hi" }],
  ];
  assertEquals(log, before);
  assertEquals(await client.receive(), "4hi");
  assertEquals(log, [...before, ["flush"], ["drain"]]);
});

Deno.test("Socket tells of its heartbeat", async () => {
  await using bed = new EngineBed({ pingInterval: 50, pingTimeout: 10_000 });
  const opening = recorded(bed);
  await using client = await WireSocket.open(bed.handshake("websocket"));
  await client.receive();
  const [socket, log] = await opening;
  assertEquals(await client.receive(), "2");
  const beat = told(socket, "heartbeat");
  client.send("3");
  await beat;
  assertEquals(log, [
    ["open"],
    ["packetCreate", { type: "ping" }],
    ["flush"],
    ["drain"],
    ["packet", { type: "pong" }],
    ["heartbeat"],
  ]);
});

for (const transport of TRANSPORTS) {
  for (const method of ["send", "write"] as const) {
    Deno.test(`Socket.${method}() calls back once its message has left, over ${transport}`, async () => {
      await using bed = new EngineBed();
      const opening = bed.session();
      const client = transport === "polling"
        ? await PollingSession.start(bed.url)
        : await WireSocket.open(bed.handshake("websocket"));
      await using _ = client;
      const socket = await opening;
      const left: string[] = [];
      const same = socket[method]("one", {}, () => left.push("one"))
        [method]("two", { compress: false }, () => left.push("two"))
        [method]("three");
      assertStrictEquals(same, socket);
      if (transport === "polling") assertEquals(left, []);
      if (client instanceof WireSocket) await client.receive();
      assertEquals(
        await client.receiveMany(3),
        ["4one", "4two", "4three"],
      );
      assertEquals(left, ["one", "two"]);
    });
  }
}

// Node takes the callback in the second place too.
Deno.test({
  name: "Socket.send() takes its callback in place of the options",
  async fn() {
    await using bed = new EngineBed();
    const opening = bed.session();
    await using client = await WireSocket.open(bed.handshake("websocket"));
    const socket = await opening;
    const { promise, resolve } = Promise.withResolvers<void>();
    socket.send("one", resolve as object); // as JavaScript may
    await client.receiveMany(2);
    await within(promise, "the callback");
  },
});

Deno.test("Socket.send()'s callback that throws is reported, and the next one called", async () => {
  await using bed = new EngineBed();
  const opening = bed.session();
  await using client = await WireSocket.open(bed.handshake("websocket"));
  const socket = await opening;
  socket.send("one", {}, () => {
    throw new Error("callback");
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.send("two", {}, resolve);
  await within(promise, "the second callback");
  assertEquals((await client.receiveMany(3)).slice(1), ["4one", "4two"]);
  assertEquals(bed.failures.map(({ source }) => source), [
    'an engine listener of "flush"',
  ]);
});

Deno.test("Socket tells of its upgrade, and is on the WebSocket then", async () => {
  await using bed = new EngineBed();
  const opening = recorded(bed);
  await using session = await PollingSession.start(bed.url);
  const [socket, log] = await opening;
  await using client = await WireSocket.open(
    session.url({ transport: "websocket" }),
  );
  const probed = told(socket, "upgrading");
  client.send("2probe");
  assertEquals(await client.receive(), "3probe");
  await probed;
  assertEquals([socket.upgrading, socket.upgraded], [true, false]);
  assertEquals(socket.transport.name, "polling");
  const upgraded = told(socket, "upgrade");
  client.send("5");
  const [transport] = await upgraded;
  assertEquals([socket.upgrading, socket.upgraded], [false, true]);
  assertStrictEquals(transport, socket.transport);
  assertEquals(socket.transport.name, "websocket");
  assertEquals(log.map(([name]) => name), ["open", "upgrading", "upgrade"]);
  socket.send("moved");
  assertEquals(await client.receive(), "4moved");
});

// It is given the transport that it is about to leave.
Deno.test({
  name: "upgrading tells the transport that the client has opened, as on Node",
  async fn() {
    await using bed = new EngineBed();
    const opening = bed.session();
    await using session = await PollingSession.start(bed.url);
    const names: string[] = [];
    (await opening).on("upgrading", ({ name }) => names.push(name));
    await using client = await WireSocket.open(
      session.url({ transport: "websocket" }),
    );
    client.send("2probe");
    await client.receive();
    assertEquals(names, ["websocket"]);
  },
});

Deno.test("Socket.close() lets what was sent leave over polling, Socket.close(true) does not", async () => {
  await using bed = new EngineBed();
  for (const discard of [false, true]) {
    const opening = recorded(bed);
    await using client = await PollingSession.start(bed.url);
    const [socket, log] = await opening;
    socket.send("last words");
    const closed = told(socket, "close");
    socket.close(discard);
    if (discard) {
      assertEquals(socket.readyState, "closed");
      assertEquals((await client.get()).status, 400);
    } else {
      assertEquals(socket.readyState, "closing");
      socket.send("too late");
      assertEquals(await client.receiveMany(2), ["4last words", "1"]);
    }
    assertEquals(await closed, ["forced close", undefined]);
    assertEquals(socket.readyState, "closed");
    assertEquals(log.filter(([name]) => name === "close").length, 1);
  }
});

for (const discard of [false, true]) {
  Deno.test(`Socket.close(${discard}) closes a WebSocket behind what was sent`, async () => {
    await using bed = new EngineBed();
    const opening = bed.session();
    await using client = await WireSocket.open(bed.handshake("websocket"));
    const socket = await opening;
    const closed = told(socket, "close");
    socket.send("last words").close(discard);
    assertEquals(await closed, ["forced close", undefined]);
    assertEquals((await client.drain()).at(-1), "4last words");
    assertEquals(bed.engine.clientsCount, 0);
  });
}

Deno.test("socket.conn of Socket.IO is the engine's socket", async () => {
  await using visitors = new Visitors();
  await using io = new Server();
  io.listen({ hostname: "127.0.0.1", port: 0, onListen() {} });
  const conn = new Promise<Socket>((resolve) =>
    io.engine.on("connection", resolve)
  );
  const face = new Promise((resolve) =>
    io.on("connection", ({ conn }) => resolve(conn))
  );
  const address = io.httpServer?.addr;
  assert(address !== undefined && "port" in address);
  const url = `http://127.0.0.1:${address.port}`;
  await visitors.connect("4.8.4", "websocket", url);
  assertStrictEquals(await within(face, "a socket"), await conn);
});
