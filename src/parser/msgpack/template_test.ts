import { assert, assertEquals, assertThrows } from "@std/assert";
import { encodeMsgpack } from "./encode.ts";
import { MAX_DEPTH, MsgpackError } from "./errors.ts";
import { MsgpackTemplate } from "./template.ts";

/** Of a list of two, with `"id"` as the first. */
function pair(depth = 1): MsgpackTemplate {
  const begin = [0x92, ...encodeMsgpack("id")];
  return new MsgpackTemplate(depth, Uint8Array.from(begin), new Uint8Array(0));
}

function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < levels; i++) value = [value];
  return value;
}

Deno.test("MsgpackTemplate writes what encodeMsgpack() would", () => {
  const template = pair();
  const values = [
    null,
    ["news", { at: new Date(7), bytes: Uint8Array.of(1) }],
    "é".repeat(200),
    "x".repeat(10_000),
    new Array(70_000).fill(1),
  ];
  const all = values.map((value) => template.encode([value]));
  assertEquals(all, values.map((value) => encodeMsgpack(["id", value])));
});

Deno.test("MsgpackTemplate puts values between its parts", () => {
  const template = new MsgpackTemplate(
    1,
    Uint8Array.of(0x94),
    Uint8Array.of(0xc0),
    Uint8Array.of(0xc3),
  );
  assertEquals(
    template.encode(["a", 2]),
    encodeMsgpack(["a", null, 2, true]),
  );
});

Deno.test("MsgpackTemplate leaves what it has written before as it was", () => {
  const template = pair();
  const numbers = Array.from({ length: 3_000 }, (_, i) => i);
  const all = numbers.map((i) => template.encode(["x".repeat(90) + i]));
  assertEquals(
    all,
    numbers.map((i) => encodeMsgpack(["id", "x".repeat(90) + i])),
  );
  assert(new Set(all.map(({ buffer }) => buffer)).size < 10);
});

Deno.test("MsgpackTemplate gives a long message memory of its own", () => {
  const text = "x".repeat(5_000);
  const { buffer, byteLength } = pair().encode([text]);
  assertEquals(buffer.byteLength, byteLength);
});

Deno.test("MsgpackTemplate nests as deeply as encodeMsgpack(), and goes on", () => {
  const template = pair();
  const deepest = nested(MAX_DEPTH - 1);
  assertEquals(template.encode([deepest]), encodeMsgpack(["id", deepest]));
  assertThrows(() => template.encode([nested(MAX_DEPTH)]), MsgpackError);
  assertThrows(() => encodeMsgpack(["id", nested(MAX_DEPTH)]), MsgpackError);
  assertEquals(template.encode([1]), encodeMsgpack(["id", 1]));
});

Deno.test("MsgpackTemplate bears a toJSON() that encodes something itself", () => {
  const template = pair();
  const value = { toJSON: () => template.encode(["inner"]).length };
  assertEquals(template.encode([value]), encodeMsgpack(["id", 10]));
});
