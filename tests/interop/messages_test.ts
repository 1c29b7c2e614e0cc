/** What events and answers may carry. */

import {
  assertEquals,
  assertInstanceOf,
  assertStrictEquals,
} from "@std/assert";
import { ask, next, plain, testClients } from "../_support/clients.ts";

/** What is sent, and what the other side gets. */
interface Case {
  readonly sent: readonly unknown[];
  readonly received: readonly unknown[];
}

function same(...values: readonly unknown[]): Case {
  return { sent: values, received: values };
}

const LARGE = 1_000_000;
/** The server refuses larger messages from clients: text grows by its quotes, bytes on polling by a third. */
const LIMIT = { maxHttpBufferSize: 2 * LARGE };

const CASES: Readonly<Record<string, Case>> = {
  "text": same("hello", ""),
  "unicode": same('Grüße, Ελλάδα, 日本語, 🦕👩‍👩‍👧, \u2028\u2029\0\x1e\\"\n'),
  "a lone surrogate": same("\ud83e"),
  "numbers": same(0, -1, 1.5, 2 ** 53 - 1, 1e300),
  "booleans and null": same(true, false, null),
  "no arguments": same(),
  "nested objects and arrays": same({ a: [1, { b: [[], {}] }], "": null }),
  "an object that looks like a placeholder": same({ num: 0 }),
  "what looks like packets": same('42["x"]', "b64", "2probe", "a\x1e4b"),
  "bytes": same(Uint8Array.of(0, 127, 128, 255)),
  "no bytes": same(new Uint8Array(0)),
  "bytes in nested objects": same({
    name: "photo",
    parts: [{ data: Uint8Array.of(1, 2) }, [Uint8Array.of(3)]],
  }),
  "ten attachments": same(
    ...Array.from({ length: 10 }, (_, index) => Uint8Array.of(index, 255)),
  ),
  "the same bytes twice": (() => {
    const bytes = Uint8Array.of(7, 8);
    return same(bytes, "between", { again: bytes });
  })(),
  "an ArrayBuffer": {
    sent: [Uint8Array.of(1, 2, 3).buffer],
    received: [Uint8Array.of(1, 2, 3)],
  },
  "a part of a larger buffer": {
    sent: [Uint8Array.of(1, 2, 3, 4).subarray(1, 3)],
    received: [Uint8Array.of(2, 3)],
  },
  "typed arrays, as their bytes": {
    sent: [
      Uint16Array.of(0x0102),
      new Float32Array(1),
      new DataView(new ArrayBuffer(2)),
    ],
    received: [
      new Uint8Array(Uint16Array.of(0x0102).buffer),
      new Uint8Array(4),
      new Uint8Array(2),
    ],
  },
  "a date, as text": {
    sent: [new Date(0), { at: new Date(1) }],
    received: ["1970-01-01T00:00:00.000Z", { at: "1970-01-01T00:00:00.001Z" }],
  },
  "undefined, as JSON does": {
    sent: [undefined, { a: undefined, b: [undefined] }, 1],
    received: [null, { b: [null] }, 1],
  },
  "NaN and Infinity, as JSON does": {
    sent: [NaN, Infinity],
    received: [null, null],
  },
  "what toJSON() returns": {
    sent: [{ secret: 1, toJSON: () => ({ shown: 2 }) }],
    received: [{ shown: 2 }],
  },
  "maps and sets, as JSON does": {
    sent: [new Map([[1, 2]]), new Set([1])],
    received: [{}, {}],
  },
  "1 MB of text": same("🦕 x".repeat(LARGE / 8)),
  "1 MB of bytes": same(
    new Uint8Array(LARGE).map((_, index) => index % 251),
  ),
};

for (const [name, { sent, received }] of Object.entries(CASES)) {
  testClients(`Events and answers carry ${name}`, async (bed) => {
    const [socket, client] = await bed.pair();

    const atServer = next(socket, "up");
    client.emit("up", ...sent);
    assertEquals(await atServer, [...received]);

    const atClient = next(client, "down");
    socket.emit("down", ...sent);
    assertEquals(plain(await atClient), [...received]);

    socket.on("ask", (...args) => args.pop()(...sent));
    assertEquals(plain(await ask(client, "ask")), [...received]);

    client.on("ask", (...args) => args.pop()(...sent));
    assertEquals(await ask(socket, "ask"), [...received]);

    const broadcast = next(client, "all");
    bed.io.emit("all", ...sent);
    assertEquals(plain(await broadcast), [...received]);
  }, { server: LIMIT });
}

testClients(
  "Bytes reach a handler as a Uint8Array of their own",
  async (bed) => {
    const [socket, client] = await bed.pair();
    const sent = Uint8Array.of(1, 2, 3);
    const first = next(socket, "bytes");
    client.emit("bytes", sent, { nested: sent });
    const [bytes, { nested }] = await first as [
      Uint8Array,
      Record<string, Uint8Array>,
    ]; // what was sent
    assertInstanceOf(bytes, Uint8Array);
    assertInstanceOf(nested, Uint8Array);
    assertEquals(bytes.buffer.byteLength, 3);

    const second = next(socket, "bytes");
    client.emit("bytes", Uint8Array.of(9, 9, 9));
    await second;
    assertEquals(bytes, sent);
  },
);

testClients("socket.emit() does not change what it sends", async (bed) => {
  const [socket, client] = await bed.pair();
  const value = { bytes: Uint8Array.of(1), list: [{ deep: Uint8Array.of(2) }] };
  const copy = structuredClone(value);
  const arrived = next(client, "value");
  socket.emit("value", value);
  await arrived;
  assertEquals(value, copy);
});

testClients("Events may have a number as their name", async (bed) => {
  const [socket, client] = await bed.pair();
  const atServer = next(socket, "7");
  client.emit(7 as unknown as string, "seven"); // JavaScript lets it through
  assertEquals(await atServer, ["seven"]);
});

testClients("socket.send() sends a message event", async (bed) => {
  const [socket, client] = await bed.pair();
  const atClient = next(client, "message");
  assertStrictEquals(socket.send("a", 1), socket);
  assertEquals(await atClient, ["a", 1]);
  const atServer = next(socket, "message");
  client.send("b", 2);
  assertEquals(await atServer, ["b", 2]);
  const second = next(client, "message");
  bed.io.send("c");
  assertEquals(await second, ["c"]);
});

testClients("Messages beyond maxHttpBufferSize do not arrive", async (bed) => {
  const [socket, client] = await bed.pair();
  let isHeard = false;
  socket.on("large", () => isHeard = true);
  const given = next(client, "disconnect");
  client.emit("large", "x".repeat(2_000));
  const [reason] = await given;
  // A request gets 413, upon which the client gives up; a WebSocket is closed.
  assertEquals(
    reason,
    bed.mode === "polling" ? "transport error" : "transport close",
  );
  assertEquals(isHeard, false);
}, { server: { maxHttpBufferSize: 1_000 } });
