import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { Random, wellFormed } from "../../../tests/_support/random.ts";
import { decodeMsgpack, decodeMsgpackApart } from "./decode.ts";
import { encodeMsgpack } from "./encode.ts";
import { MsgpackError } from "./errors.ts";

const hex = (text: string) => Uint8Array.fromHex(text.replaceAll(" ", ""));

const readable: [bytes: string, value: unknown][] = [
  ["00", 0],
  ["7f", 127],
  ["e0", -32],
  ["ff", -1],
  ["c0", null],
  ["c2", false],
  ["c3", true],
  ["cc ff", 255],
  ["cd 0100", 256],
  ["ce ffffffff", 2 ** 32 - 1],
  ["cf 0020000000000000", 2 ** 53],
  ["d0 80", -128],
  ["d1 8000", -32_768],
  ["d2 80000000", -(2 ** 31)],
  ["d3 ffffffff00000000", -(2 ** 32)],
  ["d3 ffdfffffffffffff", -(2 ** 53)],
  ["ca 3fc00000", 1.5],
  ["cb 3ff8000000000000", 1.5],
  ["a0", ""],
  ["a2 c3a9", "é"],
  ["a1 ff", "\ufffd"],
  ["d9 01 61", "a"],
  ["da 0001 61", "a"],
  ["db 00000001 61", "a"],
  ["c4 02 0102", Uint8Array.of(1, 2)],
  ["c5 0001 ff", Uint8Array.of(255)],
  ["c6 00000000", new Uint8Array()],
  ["92 01 a161", [1, "a"]],
  ["dc 0001 01", [1]],
  ["dd 00000001 01", [1]],
  ["81 a161 01", { a: 1 }],
  ["81 05 01", { 5: 1 }],
  ["de 0001 a161 01", { a: 1 }],
  ["df 00000001 a161 01", { a: 1 }],
  ["d6 ff 00000001", new Date(1_000)],
  ["d7 ff 1dcd6500 00000001", new Date(1_125)],
  ["c7 0c ff 00000000 ffffffff ffffffff", new Date(-1_000)],
  ["c7 0c ff 00000000 000007db a8218000", new Date(8.64e15)],
  ["d7 ff ee2e1f00 00000000", new Date(999)],
  ["d4 00 00", undefined],
  ["d7 00 00000001 00000000", new Date(2 ** 32)],
  ["d7 00 ffffffff ffffffff", new Date(-1)],
  ["c7 02 00 0102", Uint8Array.of(1, 2)],
  ["c8 0001 00 ff", Uint8Array.of(255)],
];
for (const [bytes, value] of readable) {
  Deno.test(`decodeMsgpack() reads ${bytes}`, () => {
    assertEquals(decodeMsgpack(hex(bytes)), value);
  });
}

const refused: [claim: string, bytes: string][] = [
  ["nothing", ""],
  ["the type that is never used", "c1"],
  ["bytes behind the value", "01 02"],
  ["a string that ends too soon", "a2 61"],
  ["an array that ends too soon", "92 01"],
  ["a map that ends too soon", "81 a161"],
  ["bytes that end too soon", "c4 02 01"],
  ["a number that ends too soon", "ce 000000"],
  ["an array that claims four billion values", "dd ffffffff 01"],
  ["a map that claims four billion fields", "df ffffffff 01 01"],
  ["bytes that claim four gigabytes", "c6 ffffffff 01"],
  ["an array as a key", "81 90 01"],
  ["nil as a key", "81 c0 01"],
  ["an extension that nobody knows", "d4 05 00"],
  ["an extension of notepack.io 2 that nobody knows", "d5 00 0000"],
  ["a date of one byte", "d4 ff 00"],
  ["a date that Date cannot hold", "c7 0c ff 00000000 7fffffff ffffffff"],
  ["a date of notepack.io 2 that Date cannot hold", "d7 00 7fffffff ffffffff"],
  ["a billion nanoseconds", "d7 ff ee6b2800 00000000"],
  ["a billion nanoseconds, at length", "c7 0c ff 3b9aca00 00000000 00000000"],
];
for (const [claim, bytes] of refused) {
  Deno.test(`decodeMsgpack() refuses ${claim}`, () => {
    assertThrows(() => decodeMsgpack(hex(bytes)), MsgpackError);
  });
}

Deno.test("decodeMsgpack() refuses what is nested too deeply", () => {
  const nested = (depth: number) => new Uint8Array(depth + 1).fill(0x91);
  assertThrows(() => decodeMsgpack(nested(100_000)), MsgpackError, "levels");
  assertThrows(
    () => decodeMsgpack(new Uint8Array(100_000).fill(0x81)),
    MsgpackError,
  );
});

Deno.test("decodeMsgpack() reads 512 levels, and not one more", () => {
  const nested = (depth: number) =>
    new Uint8Array(depth + 1).fill(0x91, 0, depth);
  decodeMsgpack(nested(512));
  assertThrows(() => decodeMsgpack(nested(513)), MsgpackError, "levels");
});

Deno.test("decodeMsgpack() takes __proto__ for a name like any other", () => {
  const bytes = encodeMsgpack(JSON.parse('{"__proto__":{"polluted":true}}'));
  const value = decodeMsgpack(bytes) as Record<string, unknown>;
  assertEquals(Object.keys(value), ["__proto__"]);
  assertStrictEquals(Object.getPrototypeOf(value), Object.prototype);
  assertEquals(value.polluted, undefined);
});

Deno.test("decodeMsgpack() reads text of any length, with é or a wrong byte anywhere", () => {
  for (let length = 0; length < 32; length++) {
    const text = "abcdefghijklmnopqrstuvwxyzabcdef".slice(0, length);
    const bytes = encodeMsgpack(text);
    assertEquals(decodeMsgpack(bytes), text);
    for (let at = 0; at < length; at++) {
      const put = (char: string) =>
        text.slice(0, at) + char + text.slice(at + 1);
      assertEquals(decodeMsgpack(encodeMsgpack(put("é"))), put("é"));
      const wrong = bytes.with(1 + at, 0xff);
      assertEquals(decodeMsgpack(wrong), put("\ufffd"));
    }
  }
});

Deno.test("decodeMsgpack() gives bytes as a view", () => {
  const bytes = hex("c4 02 0102");
  const view = decodeMsgpack(bytes) as Uint8Array;
  assertStrictEquals(view.buffer, bytes.buffer);
});

Deno.test("decodeMsgpack() reads a part of a larger buffer", () => {
  const bytes = hex("ff 92 a161 c401 07 ff").subarray(1, 7);
  assertEquals(decodeMsgpack(bytes), ["a", Uint8Array.of(7)]);
});

Deno.test("decodeMsgpack() reads what encodeMsgpack() writes", () => {
  const random = new Random(7);
  for (let i = 0; i < 2_000; i++) {
    const value = wellFormed(random.json());
    assertEquals(
      JSON.stringify(decodeMsgpack(encodeMsgpack(value))),
      JSON.stringify(value),
    );
  }
});

Deno.test("decodeMsgpackApart() copies bytes, and no more", () => {
  const value = { a: Uint8Array.of(1, 2), text: "é".repeat(30) };
  const bytes = encodeMsgpack(value);
  const decoded = decodeMsgpackApart(bytes);
  const view = decodeMsgpack(bytes);
  bytes.fill(0);
  assertEquals(decoded, value);
  assertEquals(view, { ...value, a: Uint8Array.of(0, 0) });
});
