/** What ends by itself: connections without a namespace, namespaces without a client. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { AckTimeoutError } from "../../mod.ts";
import {
  ask,
  connected,
  next,
  testClients,
  within,
} from "../_support/clients.ts";

const once = { versions: ["4.8.4"], modes: ["websocket"] } as const;

testClients(
  "connectTimeout ends a connection that asks for no namespace in time",
  async (bed) => {
    const kept = await bed.connect();
    const ended = within(
      new Promise<string>((resolve) =>
        bed.io.engine.once("connection", (conn) => conn.once("close", resolve))
      ),
      "the end",
    );
    const idle = new WebSocket(
      `${bed.url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`,
    );
    const closed = new Promise((resolve) => idle.onclose = resolve);
    assertEquals(await ended, "forced close");
    await closed;
    assert(kept.connected);
  },
  { ...once, server: { connectTimeout: 50 } },
);

testClients(
  "cleanupEmptyChildNamespaces drops a child with its last client, and makes it anew",
  async (bed) => {
    const parent = bed.io.of(/^\/room-\d$/);
    const first = await bed.connect("/room-1");
    const second = await bed.connect("/room-1");
    const child = bed.io.of("/room-1");
    assertEquals([...parent.children], [child]);
    const left = next(child.adapter, "leave-room");
    first.disconnect();
    await left;
    assertEquals([...parent.children], [child]);
    const gone = next(bed.socketOf(second, "/room-1"), "disconnect");
    second.disconnect();
    await gone;
    assertEquals([...parent.children], []);
    const again = await bed.connect("/room-1");
    assert(bed.io.of("/room-1") !== child);
    assertEquals(bed.io.of("/room-1").sockets.size, 1);
    assert(again.connected);
  },
  { ...once, server: { cleanupEmptyChildNamespaces: true } },
);

testClients(
  "Children stay without cleanupEmptyChildNamespaces",
  async (bed) => {
    const parent = bed.io.of(/^\/room-\d$/);
    const client = await bed.connect("/room-1");
    const gone = next(bed.socketOf(client, "/room-1"), "disconnect");
    client.disconnect();
    await gone;
    assertEquals([...parent.children], [bed.io.of("/room-1")]);
  },
  once,
);

testClients(
  "ackTimeout bounds emitWithAck(), and timeout() goes before it",
  async (bed) => {
    const [socket, client] = await bed.pair();
    await assertRejects(
      () => within(socket.emitWithAck("ask"), "it"),
      AckTimeoutError,
    );
    await assertRejects(
      () => within(bed.io.emitWithAck("ask"), "it"),
      AckTimeoutError,
    );
    client.on("slow", (reply) => setTimeout(reply, 60, "done"));
    assertEquals(await socket.timeout(10_000).emitWithAck("slow"), "done");
    const [answer] = await ask(socket, "slow"); // a callback has no place for an error
    assertEquals(answer, "done");
  },
  { ...once, server: { ackTimeout: 20 } },
);

testClients(
  "A namespace that takes time to be found is joined then",
  async (bed) => {
    const asked = Promise.withResolvers<void>();
    const verdict = Promise.withResolvers<boolean>();
    bed.io.of(async (name, auth) => {
      asked.resolve();
      return await verdict.promise && name === "/later" && auth.token === 1;
    }).on("connection", (socket) => socket.emit("welcome"));
    const client = bed.open("/later", { auth: { token: 1 } });
    const welcome = next(client, "welcome");
    await asked.promise;
    verdict.resolve(true);
    await connected(client);
    await welcome;
  },
  once,
);
