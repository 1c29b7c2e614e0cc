/** The official client with npm's msgpack parser, against a server with ours. */

import { assertEquals } from "@std/assert";
import { MsgpackCodec } from "@deno-socketio/server/msgpack";
import npmParser from "socket.io-msgpack-parser";
import { ask, engineOf, next, plain, TestBed } from "./_support/clients.ts";

const modes = ["polling", "websocket", "upgrade"] as const;
for (const mode of modes) {
  Deno.test(`MsgpackCodec serves the official client (${mode})`, async () => {
    await using bed = new TestBed("4.8.4", mode, {
      parser: new MsgpackCodec(),
    });
    const date = new Date(1_700_000_000_123);
    const bytes = Uint8Array.of(0, 1, 255);
    const got: unknown[] = [];
    bed.io.on("connection", (socket) => {
      got.push(socket.handshake.auth);
      socket.join("room");
      socket.on("echo", (...args) => {
        const answer = args.pop();
        got.push(args);
        answer(...args);
      });
    });
    const options = { parser: npmParser, auth: { token: "é" } };
    const [socket, client] = await bed.pair("/", options);
    const sent = ["text", 1.5, -7, { deep: [bytes, date, null] }];
    assertEquals(plain(await ask(client, "echo", ...sent)), sent);
    assertEquals(plain(got), [{ token: "é" }, sent]);

    const heard = next(client, "news");
    bed.io.to("room").emit("news", { deep: [bytes, date] }, undefined);
    assertEquals(plain(await heard), [{ deep: [bytes, date] }, null]);

    client.on("question", (number, answer) => answer(number * 2));
    assertEquals(await socket.timeout(10_000).emitWithAck("question", 4), 8);
  });
}

Deno.test("MsgpackCodec lets a middleware refuse a client", async () => {
  await using bed = new TestBed("4.8.4", "websocket", {
    parser: new MsgpackCodec(),
  });
  bed.io.use((_socket, next) => {
    next(Object.assign(new Error("no"), { data: { code: 7 } }));
  });
  const client = bed.open("/", { parser: npmParser });
  const [error] = await next(client, "connect_error");
  assertEquals((error as Error).message, "no");
  assertEquals((error as { data?: unknown }).data, { code: 7 });
});

Deno.test("MsgpackCodec ends the connection of a client that speaks JSON", async () => {
  await using bed = new TestBed("4.8.4", "websocket", {
    parser: new MsgpackCodec(),
  });
  const client = bed.open();
  await next(client.io, "open");
  const [reason] = await next(
    engineOf(client) as unknown as Parameters<typeof next>[0], // an emitter
    "close",
  );
  assertEquals(reason, "transport close");
});
