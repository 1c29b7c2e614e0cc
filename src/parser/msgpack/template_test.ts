import { assert, assertEquals, assertThrows } from "@std/assert";
import { decodeMsgpack } from "./decode.ts";
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

Deno.test("MsgpackTemplate reads what it has written, and copies bytes", () => {
  const template = pair();
  for (const value of [null, "é".repeat(200), ["news", { a: [1] }]]) {
    assertEquals(template.decode(template.encode([value])), [value]);
  }
  const message = encodeMsgpack(["id", { deep: Uint8Array.of(7) }]);
  const [value] = template.decode(message) as [{ deep: Uint8Array }]; // as it was written
  message.fill(0);
  assertEquals(value, { deep: Uint8Array.of(7) });
});

Deno.test("MsgpackTemplate reads nothing of another message", () => {
  const template = new MsgpackTemplate(
    1,
    Uint8Array.of(0x92),
    Uint8Array.of(0xc0),
  );
  assertEquals(template.decode(encodeMsgpack([1, null])), [1]);
  for (const value of [[1, 2], [1], null, [1, null, 2]]) {
    assertEquals(template.decode(encodeMsgpack(value)), undefined);
  }
  assertEquals(template.decode(new Uint8Array()), undefined);
  assertEquals(template.decode(Uint8Array.of(0x92, 1)), undefined);
  for (const bytes of [[0x92], [0x92, 0xa2, 0x61], [0x92, 1, 0xc0, 0]]) {
    assertThrows(() => template.decode(Uint8Array.from(bytes)), MsgpackError);
  }
});

Deno.test("MsgpackTemplate reads no deeper than decodeMsgpack()", () => {
  const template = pair();
  const deepest = [nested(MAX_DEPTH - 1)];
  const begin = encodeMsgpack(["id", 0]).slice(0, -1);
  assertEquals(template.decode(encodeMsgpack(["id", ...deepest])), deepest);
  const deeper = encodeMsgpack(nested(MAX_DEPTH)); // by itself it may be so deep
  const bytes = Uint8Array.from([...begin, ...deeper]);
  assertThrows(() => template.decode(bytes), MsgpackError);
  assertThrows(() => decodeMsgpack(bytes), MsgpackError);
});
