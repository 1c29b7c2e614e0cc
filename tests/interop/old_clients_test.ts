/** Clients of Socket.IO 2, as npm has them, beside those of today. */

import { assertEquals, assertMatch } from "@std/assert";
import { Buffer } from "node:buffer";
import {
  ask,
  type Client,
  type ClientOptions,
  connected,
  engineOf,
  next,
  plain,
  testClients,
  Visitors,
  within,
} from "../_support/clients.ts";

const versions = ["2.5.0"] as const;

/** Options that clients have lost since. */
function withQuery(query: Record<string, string>): ClientOptions {
  return { query };
}

/** Opens another namespace on the connection of `client`. */
function open(client: Client, namespace: string, query = {}): Client {
  const { io } = client as unknown as {
    io: { socket(name: string, options: object): Client };
  }; // as it was in version 2
  return io.socket(namespace, { query });
}

testClients(
  "Old clients send and get events, answers and bytes",
  async (bed) => {
    const [socket, client] = await bed.pair();
    assertEquals(socket.conn.protocol, 3);
    assertEquals(socket.id, engineOf(client).id);
    socket.on("ask", (...args) => args.pop()(...args));
    const bytes = Buffer.from([1, 2, 255]);
    const sent = ["ü🦕", { bytes, list: [null, 1.5] }];
    const expected = ["ü🦕", {
      bytes: Uint8Array.of(1, 2, 255),
      list: [null, 1.5],
    }];
    assertEquals(plain(await ask(client, "ask", ...sent)), expected);

    client.on("ask", (...args) => args.pop()(...args));
    const answer = await socket.emitWithAck("ask", sent[1]);
    assertEquals(plain(answer), expected[1]);
    assertEquals(plain(await ask(socket, "ask", ...sent)), expected);
  },
  { versions: ["2.5.0", "2.0.4"] },
);

testClients("Old clients are in rooms with others", async (bed) => {
  await using visitors = new Visitors();
  const [old, oldClient] = await bed.pair();
  const newClient = await visitors.connect("4.8.4", bed.mode, bed.url);
  bed.socketOf(newClient).join("room");
  old.join("room");
  const heard = Promise.all([next(oldClient, "news"), next(newClient, "news")]);
  bed.io.to("room").emit("news", 1, Uint8Array.of(1, 2));
  const news = [1, Uint8Array.of(1, 2)];
  assertEquals(plain(await heard), [news, news]);

  const other = next(newClient, "hello");
  old.broadcast.emit("hello", old.id);
  assertEquals(await other, [old.id]);
  const answers = bed.io.to("room").timeout(10_000).emitWithAck("who");
  oldClient.on("who", (answer) => answer("old"));
  newClient.on("who", (answer) => answer("new"));
  assertEquals((await answers).toSorted(), ["new", "old"]);
}, { versions });

testClients("Old clients say who they are by parameters", async (bed) => {
  bed.io.use((socket, next) => {
    const { token } = socket.handshake.query;
    next(token === "good" ? undefined : new Error("Bad token"));
  });
  bed.io.of("/admin").use((socket, next) => {
    const { token } = socket.handshake.auth;
    const data = { token };
    next(
      token === "good" ? undefined : Object.assign(new Error("No"), { data }),
    );
  });
  const stranger = bed.open("/", withQuery({ token: "bad" }));
  assertEquals(await next(stranger, "error"), ["Bad token"]);
  assertEquals(stranger.connected, false);

  const [socket, client] = await bed.pair("/", withQuery({ token: "good" }));
  assertEquals(socket.handshake.auth, {});
  const refused = open(client, "/admin", { token: "bad" });
  assertEquals(await next(refused, "error"), [{ token: "bad" }]);

  const [other, otherClient] = await bed.pair(
    "/",
    withQuery({ token: "good" }),
  );
  const admin = open(otherClient, "/admin", { token: "good", name: "a b" });
  await connected(admin);
  assertEquals(admin.id, `/admin#${other.id}`);
  const there = bed.io.of("/admin").sockets.get(admin.id ?? "");
  assertEquals(there?.handshake.auth, { token: "good", name: "a b" });
  assertEquals(there?.handshake.query.token, "good");
}, { versions });

testClients(
  "Old clients ask for namespaces that are not there",
  async (bed) => {
    bed.io.of(/^\/dyn-\d$/);
    const [, client] = await bed.pair();
    const nobody = open(client, "/nobody");
    assertEquals(await next(nobody, "error"), [{
      message: "Invalid namespace",
    }]);
    const dynamic = open(client, "/dyn-1");
    await connected(dynamic);
    assertEquals(bed.io.of("/dyn-1").sockets.size, 1);
    assertEquals(client.connected, true);
  },
  { versions },
);

testClients("Old clients leave by themselves", async (bed) => {
  const [socket, client] = await bed.pair();
  const left = next(socket, "disconnect");
  client.disconnect();
  assertEquals((await left)[0], "client namespace disconnect");
}, { versions });

testClients("Old clients are put out", async (bed) => {
  const [socket, client] = await bed.pair();
  const left = next(client, "disconnect");
  socket.disconnect();
  assertEquals(await left, ["io server disconnect"]);
  const [other, otherClient] = await bed.pair();
  const gone = next(otherClient, "disconnect");
  other.disconnect(true);
  assertEquals(await gone, ["io server disconnect"]);
}, { versions });

testClients(
  "Old clients come back when their connection breaks",
  async (bed) => {
    const [socket, client] = await bed.pair("/", {
      reconnection: true,
      reconnectionDelay: 1,
      randomizationFactor: 0,
    });
    const back = next(client, "reconnect");
    const left = next(client, "disconnect");
    socket.conn.close();
    assertEquals(await left, ["transport close"]);
    await back;
    await connected(client);
    assertEquals(bed.socketOf(client).id, engineOf(client).id);
    assertEquals(bed.io.sockets.sockets.size, 1);
  },
  { versions },
);

testClients("Old clients ping, and are answered", async (bed) => {
  const [socket, client] = await bed.pair();
  const pongs = next(client, "pong");
  await next(client, "ping");
  await pongs;
  assertEquals(socket.connected, true);
}, { versions, server: { pingInterval: 20 } });

testClients("Old clients hear of the server's end", async (bed) => {
  const [socket, client] = await bed.pair();
  const [atServer, atClient] = [
    next(socket, "disconnect"),
    next(client, "disconnect"),
  ];
  await within(bed.io.close(), "the end of the server");
  assertEquals((await atServer)[0], "server shutting down");
  // A client that was not polling finds the session gone.
  assertMatch(String(await atClient), /^transport (close|error)$/);
}, { versions });

testClients("Old clients are not let in without allowEIO3", async (bed) => {
  const client = bed.open();
  await next(client, "connect_error");
  assertEquals(bed.io.engine.clientsCount, 0);
}, { versions, server: { allowEIO3: false } });
