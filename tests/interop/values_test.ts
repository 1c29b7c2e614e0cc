/** What values become on their way, and what becomes of the caller's. */

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import { ask, next, plain, settle, testClients } from "../_support/clients.ts";

const FAST = { versions: ["4.8.4"] } as const;

testClients(
  "Blobs and Files arrive as bytes, and what follows stays behind",
  async (bed) => {
    const [socket, client] = await bed.pair();
    const heard: unknown[] = [];
    client.onAny((name, value) => heard.push([name, plain(value)]));
    const file = new File(["file"], "a.txt");
    socket.emit("first", new Blob([Uint8Array.of(1, 2, 3)]));
    socket.emit("second", { deep: [{ file }] });
    socket.emit("third", "text");
    await next(client, "third");
    assertEquals(heard, [
      ["first", Uint8Array.of(1, 2, 3)],
      ["second", { deep: [{ file: new TextEncoder().encode("file") }] }],
      ["third", "text"],
    ]);
  },
  FAST,
);

testClients(
  "A Blob can be broadcast, asked with and answered with",
  async (bed) => {
    const [socket, client] = await bed.pair();
    client.on("ask", (bytes, reply) => reply(bytes));
    const blob = new Blob([Uint8Array.of(7)]);
    assertEquals(plain(await ask(socket, "ask", blob)), [Uint8Array.of(7)]);
    socket.on("ask", (reply) => reply(blob));
    assertEquals(plain(await ask(client, "ask")), [Uint8Array.of(7)]);
    const news = next(client, "news");
    bed.io.emit("news", blob);
    assertEquals(plain(await news), [Uint8Array.of(7)]);
  },
  FAST,
);

/** Bytes that another thread may write to. */
function shared(...bytes: number[]): Uint8Array<SharedArrayBuffer> {
  const view = new Uint8Array(new SharedArrayBuffer(bytes.length));
  view.set(bytes);
  return view;
}

testClients(
  "Views of memory arrive as the bytes that they show",
  async (bed) => {
    const [socket, client] = await bed.pair();
    const memory = Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7).buffer;
    const views: Record<string, [value: unknown, bytes: number[]]> = {
      Uint8Array: [new Uint8Array(memory, 2, 3), [2, 3, 4]],
      Uint16Array: [new Uint16Array(memory, 2, 1), [2, 3]],
      DataView: [new DataView(memory, 6), [6, 7]],
      ArrayBuffer: [memory.slice(0, 2), [0, 1]],
      "a Buffer of Node": [Buffer.from(memory, 3, 2), [3, 4]],
      "shared memory": [shared(1, 2, 3).subarray(1), [2, 3]],
      "a DataView of shared memory": [new DataView(shared(5).buffer), [5]],
      "an empty one": [new Uint8Array(), []],
    };
    for (const [name, [value, bytes]] of Object.entries(views)) {
      const heard = next(client, "value");
      socket.emit("value", value);
      assertEquals(plain(await heard), [Uint8Array.from(bytes)], name);
      const news = next(client, "news");
      bed.io.emit("news", { deep: [value] });
      const [{ deep }] = plain(await news) as [{ deep: unknown }]; // what was sent
      assertEquals(deep, [Uint8Array.from(bytes)], name);
    }
  },
  FAST,
);

testClients("Other values arrive as JSON has them", async (bed) => {
  const [socket, client] = await bed.pair();
  const date = new Date(0);
  const heard = next(client, "values");
  socket.emit("values", date, undefined, null, NaN, {
    left: undefined,
    own: { toJSON: () => "its own" },
    map: new Map([["a", 1]]),
  }, [undefined]);
  assertEquals(await heard, [
    "1970-01-01T00:00:00.000Z",
    null,
    null,
    null,
    { own: "its own", map: {} },
    [null],
  ]);
}, FAST);

testClients("What the caller sends is not changed", async (bed) => {
  const [socket, client] = await bed.pair();
  const bytes = Uint8Array.of(1, 2);
  const inner = Object.freeze([bytes]);
  const data = Object.freeze({ inner, list: Object.freeze([1]) });
  const heard = next(client, "data");
  socket.emit("data", data, data);
  assertEquals(plain((await heard)[1]), {
    inner: [Uint8Array.of(1, 2)],
    list: [1],
  });
  assertEquals(data, { inner: [Uint8Array.of(1, 2)], list: [1] });
  bed.io.emit("data", data);
  assertEquals(data.inner[0], bytes);
}, FAST);

testClients(
  "What cannot be sent is an error to the caller alone",
  async (bed) => {
    const [socket, client] = await bed.pair();
    const circle: unknown[] = [];
    circle.push(circle);
    for (const value of [10n, circle]) {
      assertThrows(() => socket.emit("bad", value));
      assertThrows(() => bed.io.emit("bad", value));
      await assertRejects(() => socket.emitWithAck("bad", value));
      await assertRejects(() => bed.io.emitWithAck("bad", value));
    }
    await settle(client, socket);
  },
  FAST,
);
