/** Namespaces, those that are there and those that clients bring about. */

import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertStrictEquals,
} from "@std/assert";
import type { Namespace } from "../../mod.ts";
import {
  ask,
  type Client,
  connected,
  engineOf,
  next,
  settle,
  testClients,
} from "../_support/clients.ts";

async function refusal(client: Client): Promise<string> {
  const [error] = await next(client, "connect_error");
  assertInstanceOf(error, Error);
  return error.message;
}

testClients("io.of() connects clients to a namespace", async (bed) => {
  const heard: string[] = [];
  bed.io.of("/chat").on("connection", (socket) => heard.push(socket.nsp.name));
  bed.io.on("connection", (socket) => heard.push(socket.nsp.name));
  const [socket, client] = await bed.pair("/chat");
  assertEquals(heard, ["/chat"]);
  socket.on("echo", (text, reply) => reply(text));
  assertEquals(await ask(client, "echo", "a,b"), ["a,b"]);
  assertEquals(
    await ask(client, "echo", Uint8Array.of(1)).then(([bytes]) =>
      new Uint8Array(bytes as Uint8Array) // a Buffer
    ),
    Uint8Array.of(1),
  );
});

testClients("io.of() adds the slash that a name lacks", async (bed) => {
  assertStrictEquals(bed.io.of("chat"), bed.io.of("/chat"));
  await bed.connect("/chat");
  assertEquals(bed.io.of("chat").sockets.size, 1);
});

testClients(
  "Namespaces share a connection and keep their events apart",
  async (bed) => {
    bed.io.of("/a");
    bed.io.of("/b");
    const client = await bed.connect();
    const a = client.io.socket("/a");
    const b = client.io.socket("/b");
    await Promise.all([connected(a), connected(b)]);
    const sockets = [
      bed.socketOf(client),
      bed.socketOf(a, "/a"),
      bed.socketOf(b, "/b"),
    ];
    assertEquals(new Set(sockets.map((socket) => socket.id)).size, 3);
    assertEquals(new Set(sockets.map((socket) => socket.conn)).size, 1);
    assertEquals(bed.io.engine.clientsCount, 1);

    const heard: string[] = [];
    for (const each of [client, a, b]) {
      each.on("hello", (name) => heard.push(name));
    }
    bed.io.of("/a").emit("hello", "a");
    bed.io.emit("hello", "main");
    sockets[2]?.emit("hello", "b");
    for (const [index, each] of [client, a, b].entries()) {
      await settle(each, sockets[index]!);
    }
    assertEquals(heard, ["a", "main", "b"]);
  },
);

testClients("An unknown namespace is refused by name", async (bed) => {
  const client = bed.open("/unknown");
  assertEquals(await refusal(client), "Invalid namespace");
  assertEquals(client.connected, false);
});

testClients(
  "An unknown namespace leaves the others of a connection alone",
  async (bed) => {
    const [socket, client] = await bed.pair();
    const unknown = client.io.socket("/unknown");
    assertEquals(await refusal(unknown), "Invalid namespace");
    await settle(client, socket);
    assertEquals(socket.connected, true);
  },
);

testClients(
  "A client returns to a namespace that it left, on the same connection",
  async (bed) => {
    bed.io.of("/a");
    const client = await bed.connect();
    const a = client.io.socket("/a");
    await connected(a);
    const engine = engineOf(client).id;
    const ids = new Set([a.id]);
    for (let round = 0; round < 3; round++) {
      const left = next(bed.socketOf(a, "/a"), "disconnect");
      a.disconnect();
      assertEquals(await left, ["client namespace disconnect", undefined]);
      a.connect();
      await connected(a);
      await settle(a, bed.socketOf(a, "/a"));
      ids.add(a.id);
    }
    assertEquals(ids.size, 4);
    assertEquals(engineOf(client).id, engine);
    assertEquals(bed.io.of("/a").sockets.size, 1);
  },
);

testClients(
  "A client returns at once to a namespace that it leaves",
  async (bed) => {
    bed.io.of("/a");
    const client = await bed.connect();
    const a = client.io.socket("/a");
    await connected(a);
    const first = bed.socketOf(a, "/a");
    const left = next(first, "disconnect");
    a.disconnect();
    a.connect();
    await connected(a);
    await left;
    assert(bed.socketOf(a, "/a") !== first);
  },
);

testClients(
  "A client returns to a namespace that the server put it out of",
  async (bed) => {
    bed.io.of("/a");
    const client = await bed.connect();
    const a = client.io.socket("/a");
    await connected(a);
    const engine = engineOf(client).id;
    for (let round = 0; round < 3; round++) {
      const put = next(a, "disconnect");
      bed.socketOf(a, "/a").disconnect();
      // What is under way when the server says so harms nobody.
      a.emit("late", 1);
      const [reason] = await put;
      assertEquals(reason, "io server disconnect");
      a.connect();
      await connected(a);
    }
    await settle(client, bed.socketOf(client));
    assertEquals(engineOf(client).id, engine);
  },
);

testClients(
  "A pattern makes namespaces as clients ask for them",
  async (bed) => {
    const made: string[] = [];
    bed.io.on("new_namespace", ({ name }) => made.push(name));
    const rooms = bed.io.of(/^\/room-\d+$/);
    const visitors: string[] = [];
    rooms.on("connection", (socket) => visitors.push(socket.nsp.name));

    await bed.connect("/room-1");
    await bed.connect("/room-1");
    await bed.connect("/room-22");
    assertEquals(visitors, ["/room-1", "/room-1", "/room-22"]);
    assertEquals(made, ["/room-1", "/room-22"]);
    assertEquals(
      Array.from(rooms.children, ({ name }) => name),
      ["/room-1", "/room-22"],
    );
    assertEquals(bed.io.of("/room-1").sockets.size, 2);
    assertEquals(await refusal(bed.open("/room-x")), "Invalid namespace");
  },
);

testClients("A function decides which namespaces there are", async (bed) => {
  const asked: unknown[][] = [];
  bed.io.of((name, auth, next) => {
    asked.push([name, auth]);
    next(null, name === "/callback" && auth.token === "right");
  });
  bed.io.of((name) => Promise.resolve(name === "/promise"));
  bed.io.of((name) => name === "/value");
  bed.io.of((name, _auth, next) => next(new Error("no"), name === "/error"));

  for (const name of ["/callback", "/error", "/other"]) {
    assertEquals(await refusal(bed.open(name)), "Invalid namespace");
  }
  for (const name of ["/callback", "/promise", "/value"]) {
    const [socket] = await bed.pair(name, { auth: { token: "right" } });
    assertEquals(socket.nsp.name, name);
  }
  assertEquals(asked.slice(0, 4), [
    ["/callback", {}],
    ["/error", {}],
    ["/other", {}],
    ["/callback", { token: "right" }],
  ]);
  // Once it is there, nobody is asked.
  await bed.connect("/callback");
  assertEquals(asked.filter(([name]) => name === "/callback").length, 2);
});

testClients(
  "A namespace of a pattern has the parent's middlewares and handlers",
  async (bed) => {
    const parent = bed.io.of(/^\/dynamic-/);
    parent.use((socket, next) => {
      if (socket.handshake.auth.token !== "right") {
        return next(new Error("wrong token"));
      }
      socket.data.checked = true;
      next();
    });
    parent.on("connection", (socket) => {
      socket.on("checked?", (reply) => reply(socket.data.checked));
    });
    const wrong = bed.open("/dynamic-1", { auth: { token: "wrong" } });
    assertEquals(await refusal(wrong), "wrong token");
    const right = await bed.connect("/dynamic-1", { auth: { token: "right" } });
    assertEquals(await ask(right, "checked?"), [true]);
  },
);

testClients(
  "What is sent to a parent goes to all its namespaces",
  async (bed) => {
    const parent = bed.io.of(/^\/dynamic-/);
    const [first, a] = await bed.pair("/dynamic-1");
    const [second, b] = await bed.pair("/dynamic-2");
    const [main, other] = await bed.pair();
    const heard: string[] = [];
    a.on("hello", () => heard.push("a"));
    b.on("hello", () => heard.push("b"));
    other.on("hello", () => heard.push("other"));
    parent.emit("hello");
    await settle(a, first);
    await settle(b, second);
    await settle(other, main);
    assertEquals(heard.sort(), ["a", "b"]);
    second.join("room");
    parent.to("room").emit("hello");
    await settle(a, first);
    await settle(b, second);
    assertEquals(heard, ["a", "b", "b"]);
  },
);

testClients(
  "cleanupEmptyChildNamespaces removes what the last client left",
  async (bed) => {
    const parent = bed.io.of(/^\/dynamic-/);
    const made: Namespace[] = [];
    bed.io.on("new_namespace", (namespace) => made.push(namespace));
    const [socket, client] = await bed.pair("/dynamic-1");
    const left = next(socket, "disconnect");
    client.disconnect();
    await left;
    assertEquals(parent.children.size, 0);
    await bed.connect("/dynamic-1");
    assertEquals(made.length, 2);
    assert(made[0] !== made[1]);
  },
  { server: { cleanupEmptyChildNamespaces: true } },
);

testClients("A name with a query or odd letters is a name", async (bed) => {
  const names: string[] = [];
  bed.io.of(/^\//).on("connection", ({ nsp }) => names.push(nsp.name));
  for (const name of ["/a/b", "/größe", "/__proto__", "/constructor"]) {
    const client = await bed.connect();
    const other = client.io.socket(name);
    await connected(other);
    assertEquals(names.pop(), name);
  }
});
