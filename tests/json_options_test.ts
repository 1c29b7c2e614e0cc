/** Options of the default parser: `replacer`, `reviver`, `maxAttachments`. */

import { assertEquals, assertThrows } from "@std/assert";
import { Server } from "@deno-socketio/server";
import { Buffer } from "node:buffer";
import { ask, next, plain, TestBed } from "./_support/clients.ts";

/** Big integers as text, which JSON has no form for. */
const bigints = {
  replacer: (_key: string, value: unknown) =>
    typeof value === "bigint" ? `${value}n` : value,
  reviver: (_key: string, value: unknown) =>
    typeof value === "string" && /^-?\d+n$/.test(value)
      ? BigInt(value.slice(0, -1))
      : value,
};

Deno.test("replacer and reviver see all that is sent and read", async () => {
  await using bed = new TestBed("4.8.4", "websocket", bigints);
  bed.io.use((socket, next) => {
    const { id } = socket.handshake.auth;
    const data = { id };
    next(id === 7n ? undefined : Object.assign(new Error("no"), { data }));
  });
  const stranger = bed.open("/", { auth: { id: "8n" } });
  const [error] = await next(stranger, "connect_error");
  assertEquals((error as { data?: unknown }).data, { id: "8n" }); // what clients give
  const [socket, client] = await bed.pair("/", { auth: { id: "7n" } });
  const got: unknown[] = [];
  socket.on("ask", (...args) => {
    const answer = args.pop();
    got.push(args);
    answer(...args);
  });
  const sent = ["12n", { deep: ["-3n", "text"] }, Buffer.from([1])];
  assertEquals(plain(await ask(client, "ask", ...sent)), plain(sent));
  assertEquals(plain(got), [[
    12n,
    { deep: [-3n, "text"] },
    Uint8Array.of(1),
  ]]);
  const heard = next(client, "news");
  bed.io.emit("news", 5n);
  assertEquals(await heard, ["5n"]);
});

Deno.test("a reviver that throws costs the client that sent it", async () => {
  await using bed = new TestBed("4.8.4", "websocket", {
    reviver(_key, value) {
      if (value === "bad") throw new Error("no");
      return value;
    },
  });
  const [socket, client] = await bed.pair();
  const left = next(socket, "disconnect");
  client.emit("news", "bad");
  assertEquals((await left)[0], "forced close");
  const [other, otherClient] = await bed.pair();
  const heard = next(other, "news");
  otherClient.emit("news", "good");
  assertEquals(await heard, ["good"]);
});

Deno.test("a replacer that throws is told to who sends", async () => {
  await using bed = new TestBed("4.8.4", "websocket", {
    replacer(_key, value) {
      if (value === "secret") throw new Error("not this");
      return value;
    },
  });
  const [socket, client] = await bed.pair();
  assertThrows(() => socket.emit("news", "secret"), Error, "not this");
  const heard = next(client, "news");
  socket.emit("news", "public");
  assertEquals(await heard, ["public"]);
});

Deno.test("maxAttachments lets so many through, and no more", async () => {
  await using bed = new TestBed("4.8.4", "websocket", { maxAttachments: 12 });
  const [socket, client] = await bed.pair();
  socket.on("count", (list, answer) => answer(list.length));
  const list = (length: number) => Array(length).fill(Buffer.from([1]));
  assertEquals(await ask(client, "count", list(12)), [12]);
  const left = next(socket, "disconnect");
  client.emit("count", list(13));
  assertEquals((await left)[0], "forced close");
});

for (const maxAttachments of [NaN, -1, "many" as unknown as number]) {
  Deno.test(`maxAttachments cannot be ${maxAttachments}`, () => {
    assertThrows(
      () => new Server({ maxAttachments }),
      RangeError,
      "Cannot use maxAttachments",
    );
  });
}
