/** Namespaces, where msgpack has fewer rules than JSON. */

import { assertEquals } from "@std/assert";
import { MsgpackCodec } from "@deno-socketio/server/msgpack";
import npmParser from "socket.io-msgpack-parser";
import { ask, connected, engineOf, next, TestBed } from "./_support/clients.ts";

for (const name of ["/a,b", "/é", "/12"]) {
  Deno.test(`MsgpackCodec leads into the namespace ${name}`, async () => {
    await using bed = new TestBed("4.8.4", "polling", {
      parser: new MsgpackCodec(),
    });
    bed.io.of(name).on("connection", (socket) => {
      socket.on("where", (answer) => answer(socket.nsp.name));
    });
    const client = bed.open("/", { parser: npmParser }).io.socket(name);
    await connected(client);
    assertEquals(await ask(client, "where"), [name]);
  });
}

Deno.test("MsgpackCodec ends the connection of who asks for a namespace without a slash", async () => {
  await using bed = new TestBed("4.8.4", "websocket", {
    parser: new MsgpackCodec(),
  });
  const joined: string[] = [];
  bed.io.of(/admin/).use((socket, next) => {
    joined.push(socket.nsp.name);
    next();
  });
  const client = bed.open("/", { parser: npmParser });
  await connected(client);
  const closed = next(
    engineOf(client) as unknown as Parameters<typeof next>[0], // an emitter
    "close",
  );
  client.io.socket("admin");
  assertEquals((await closed)[0], "transport close");
  assertEquals(joined, []);
});
