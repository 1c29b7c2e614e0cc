/** What handlers can do with one socket. */

import {
  assertEquals,
  assertNotEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import type { Socket } from "../../mod.ts";
import {
  ask,
  connected,
  engineOf,
  next,
  settle,
  testClients,
  within,
} from "../_support/clients.ts";

testClients("Handlers have the socket as this", async (bed) => {
  const [socket, client] = await bed.pair();
  const self = new Promise((resolve) => {
    socket.on("hello", function (this: Socket) {
      resolve(this);
    });
  });
  client.emit("hello");
  assertStrictEquals(await within(self, "hello"), socket);
});

testClients(
  "socket.on() and its relatives add and remove listeners",
  async (bed) => {
    const [socket, client] = await bed.pair();
    const heard: string[] = [];
    const removed = () => heard.push("removed");
    const controller = new AbortController();
    socket.on("x", () => heard.push("on"));
    socket.once("x", () => heard.push("once"));
    socket.addListener("x", () => heard.push("addListener"));
    socket.prependListener("x", () => heard.push("prependListener"));
    socket.prependOnceListener("x", () => heard.push("prependOnceListener"));
    socket.on("x", removed);
    socket.off("x", removed);
    socket.on("x", () => heard.push("signal"), { signal: controller.signal });
    assertEquals(socket.listenerCount("x"), 6);
    assertEquals(socket.eventNames(), ["x"]);

    client.emit("x");
    await settle(client, socket);
    assertEquals(heard.splice(0), [
      "prependOnceListener",
      "prependListener",
      "on",
      "once",
      "addListener",
      "signal",
    ]);
    controller.abort();
    client.emit("x");
    await settle(client, socket);
    assertEquals(heard.splice(0), ["prependListener", "on", "addListener"]);

    socket.removeAllListeners("x");
    client.emit("x");
    await settle(client, socket);
    assertEquals(heard, []);
  },
);

testClients(
  "socket.onAny() hears every event, with its answer",
  async (bed) => {
    const [socket, client] = await bed.pair();
    const heard: unknown[][] = [];
    const first = (...event: unknown[]) => heard.push(["first", ...event]);
    const second = (...event: unknown[]) => heard.push(["second", ...event]);
    socket.onAny(second);
    socket.prependAny(first);
    assertEquals(socket.listenersAny(), [first, second]);
    client.emit("hello", 1, Uint8Array.of(2));
    await settle(client, socket);
    assertEquals(heard.splice(0), [
      ["first", "hello", 1, Uint8Array.of(2)],
      ["second", "hello", 1, Uint8Array.of(2)],
      ["first", "settle"],
      ["second", "settle"],
    ]);
    socket.offAny(first);
    client.emit("hello");
    await settle(client, socket);
    assertEquals(heard.splice(0), [["second", "hello"], ["second", "settle"]]);
    socket.offAny();
    await settle(client, socket);
    assertEquals(heard, []);

    socket.onAny((_name, reply) => reply("anybody"));
    assertEquals(await ask(client, "who?"), ["anybody"]);
  },
);

testClients("socket.onAnyOutgoing() hears all that is sent", async (bed) => {
  const [socket, client] = await bed.pair();
  const heard: unknown[][] = [];
  const first = (...event: unknown[]) => heard.push(["first", ...event]);
  const second = (...event: unknown[]) => heard.push(["second", ...event]);
  socket.onAnyOutgoing(second);
  socket.prependAnyOutgoing(first);
  assertEquals(socket.listenersAnyOutgoing(), [first, second]);
  socket.emit("one", 1);
  bed.io.emit("all", 2);
  assertEquals(heard.splice(0), [
    ["first", "one", 1],
    ["second", "one", 1],
    ["first", "all", 2],
    ["second", "all", 2],
  ]);
  socket.offAnyOutgoing(second);
  const arrived = next(client, "two");
  socket.emit("two");
  await arrived;
  assertEquals(heard.splice(0), [["first", "two"]]);
  socket.offAnyOutgoing();
  await settle(client, socket);
  assertEquals(heard, []);
});

testClients(
  "socket.emit() and io.emit() refuse reserved names",
  async (bed) => {
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
      assertThrows(() => socket.volatile.emit(name), Error, message);
      assertThrows(() => bed.io.emit(name), Error, message);
      assertThrows(() => bed.io.to("room").emit(name), Error, message);
      assertThrows(() => socket.broadcast.emit(name), Error, message);
    }
  },
);

testClients(
  "A volatile event arrives when the client can take it",
  async (bed) => {
    const [socket, client] = await bed.pair();
    await settle(client, socket);
    await writable(socket);
    const arrived = next(client, "position");
    socket.volatile.emit("position", 1, Uint8Array.of(2));
    const [x, y] = await arrived as [number, Uint8Array]; // as it was sent
    assertEquals([x, new Uint8Array(y)], [1, Uint8Array.of(2)]);
  },
);

testClients(
  "Volatile events are dropped behind others of the same moment",
  async (bed) => {
    const [socket, client] = await bed.pair();
    await settle(client, socket);
    const heard: unknown[] = [];
    client.on("position", (at) => heard.push(at));
    await writable(socket);
    socket.volatile.emit("position", 1);
    socket.volatile.emit("position", 2);
    socket.emit("position", 3);
    bed.io.volatile.emit("position", 4);
    await settle(client, socket);
    assertEquals(heard.splice(0), [1, 3]);

    await writable(socket);
    bed.io.volatile.emit("position", 5);
    await settle(client, socket);
    assertEquals(heard, [5]);
  },
);

testClients("A client's volatile events arrive", async (bed) => {
  const [socket, client] = await bed.pair();
  await settle(client, socket);
  while (!client.io.engine.transport.writable) await macrotask();
  const arrived = next(socket, "position");
  client.volatile.emit("position", 1);
  assertEquals(await arrived, [1]);
});

testClients("socket.handshake tells how the client came", async (bed) => {
  const before = Date.now();
  const [{ handshake, request, id }, client] = await bed.pair("/", {
    auth: { token: "abc", deep: [1] },
    query: { room: "a b", x: "1" },
    extraHeaders: { "X-Test": "Yes" },
  });
  assertEquals(handshake.auth, { token: "abc", deep: [1] });
  assertEquals(handshake.query.room, "a b");
  assertEquals(handshake.query.x, "1");
  assertEquals(handshake.query.EIO, "4");
  assertEquals(
    handshake.query.transport,
    bed.mode === "websocket" ? "websocket" : "polling",
  );
  assertEquals(handshake.headers["x-test"], "Yes");
  assertEquals(handshake.address, "127.0.0.1");
  assertEquals(handshake.secure, false);
  assertEquals(handshake.xdomain, false);
  assertEquals(handshake.url.startsWith("/socket.io/?"), true);
  assertEquals(handshake.issued >= before, true);
  assertEquals(new Date(handshake.time).getTime(), seconds(handshake.issued));
  assertEquals(request.headers.get("x-test"), "Yes");
  assertEquals(id, client.id);
  assertEquals(JSON.parse(JSON.stringify(handshake)).auth.token, "abc");
});

testClients("A function may give the credentials", async (bed) => {
  const [socket] = await bed.pair("/", {
    auth: (give) => setTimeout(() => give({ token: 1 }), 0),
  });
  assertEquals(socket.handshake.auth, { token: 1 });
});

testClients("socket.conn tells of the connection below", async (bed) => {
  const heard: string[] = [];
  bed.io.engine.on("connection", (conn) => {
    heard.push(conn.transport.name);
    conn.on("upgrade", ({ name }) => heard.push(name));
  });
  const [socket, client] = await bed.pair();
  assertNotEquals(socket.conn.id, socket.id);
  assertEquals(socket.conn.id, engineOf(client).id);
  assertStrictEquals(socket.client.conn, socket.conn);
  await settle(client, socket);
  assertEquals(
    heard,
    bed.mode === "upgrade" ? ["polling", "websocket"] : [bed.mode],
  );
  assertEquals(socket.conn.transport.name, heard.at(-1));
});

testClients(
  "1,000 messages each way arrive in order from the first moment on",
  async (bed) => {
    const numbers = Array.from({ length: 1_000 }, (_, index) => index);
    const atServer: number[] = [];
    const atClient: number[] = [];
    const transports = new Set<string>();
    const { promise: allAtServer, resolve: serverHasAll } = Promise
      .withResolvers<void>();
    const { promise: allAtClient, resolve: clientHasAll } = Promise
      .withResolvers<void>();
    bed.io.on("connection", async (socket) => {
      socket.on("up", (number) => {
        transports.add(socket.conn.transport.name);
        if (atServer.push(number) === numbers.length) serverHasAll();
      });
      for (const number of numbers) {
        if (number % 50 === 0) await macrotask();
        if (number % 100 === 7) socket.emit("down", number, new Uint8Array(9));
        else socket.emit("down", number);
      }
    });
    const client = bed.open();
    client.on("down", (number) => {
      if (atClient.push(number) === numbers.length) clientHasAll();
    });
    for (const number of numbers) {
      if (number % 50 === 0) {
        if (number === 500) await connected(client);
        await macrotask();
      }
      if (number % 100 === 7) client.emit("up", number, new Uint8Array(9));
      else client.emit("up", number);
    }
    await within(allAtServer, "the client's messages");
    await within(allAtClient, "the server's messages");
    assertEquals(atServer, numbers);
    assertEquals(atClient, numbers);
    if (bed.mode === "upgrade") assertEquals(transports.has("websocket"), true);
  },
);

testClients(
  "No message is lost, doubled or overtaken during an upgrade",
  async (bed) => {
    // More messages for as long as the upgrade takes, 1,000 at least.
    const up: number[] = [];
    const down: number[] = [];
    bed.io.on("connection", (socket) => {
      socket.on("ping-pong", (number) => {
        up.push(number);
        socket.emit("ping-pong", number);
      });
    });
    const client = bed.open();
    client.on("ping-pong", (number) => down.push(number));
    await connected(client);
    const { engine } = client.io;
    let sent = 0;
    const isOver = () =>
      sent >= 1_000 &&
      (bed.mode !== "upgrade" || engine.transport.name === "websocket");
    while (!isOver()) {
      for (let i = 0; i < 20; i++) client.emit("ping-pong", sent++);
      await macrotask();
    }
    client.emit("ping-pong", sent++);
    await settle(client, bed.socketOf(client));
    const expected = Array.from({ length: sent }, (_, index) => index);
    assertEquals(up, expected);
    assertEquals(down, expected);
  },
);

function seconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1_000) * 1_000;
}

function macrotask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** Waits until what is sent to a client leaves at once. */
async function writable(socket: Socket): Promise<void> {
  while (!socket.conn.writable) await macrotask();
}
