import { assertEquals, assertThrows } from "@std/assert";
import { encode as encodeNotepack } from "notepack.io";
import { decodeMsgpack } from "./decode.ts";
import { encodeMsgpack } from "./encode.ts";
import { MsgpackError } from "./errors.ts";
import { Random, wellFormed } from "../../../tests/_support/random.ts";

const powers = Array.from({ length: 54 }, (_, exponent) => 2 ** exponent);

const alike: [claim: string, values: unknown[]][] = [
  ["nil and booleans", [null, true, false]],
  ["integers", [
    ...powers.flatMap((power) => [power - 1, 1 - power]),
    ...powers.slice(0, 53).flatMap((power) => [power, -power]),
  ]],
  ["other numbers", [0.5, -1.1, NaN, Infinity, -Infinity, 5e-324]],
  [
    "strings",
    [0, 1, 20, 31, 32, 47, 48, 255, 256, 65_535, 65_536].flatMap(
      (
        length,
      ) => ["x".repeat(length), "é".repeat(length), "x".repeat(length) + "é"],
    ),
  ],
  ["strange strings", ["\0", "\x7f\x80", "😀", "a😀", "€".repeat(20)]],
  [
    "arrays",
    [0, 1, 15, 16, 65_535, 65_536].map((length) => new Array(length).fill(1)),
  ],
  [
    "maps",
    [0, 1, 15, 16, 65_535, 65_536].map((length) =>
      Object.fromEntries(Array.from({ length }, (_, i) => [`k${i}`, i]))
    ),
  ],
  [
    "bytes",
    [0, 1, 255, 256, 65_535, 65_536].map((length) =>
      new Uint8Array(length).fill(7)
    ),
  ],
  ["buffers", [Uint8Array.of(1, 2, 3).buffer]],
  ["fields without a value", [{ a: undefined, b: 1, c: () => {} }]],
  ["undefined in an array", [[1, undefined, 2]]],
  ["toJSON()", [{ toJSON: () => ({ a: [1] }) }, [{ toJSON: () => null }]]],
  [
    "dates",
    [
      0,
      1_000,
      1_700_000_000_000,
      1_700_000_000_123,
      0xffffffff * 1_000,
      0x100000000 * 1_000,
      0x3ffffffff * 1_000 + 1,
      -1_000,
    ].map((time) => new Date(time)),
  ],
];
for (const [claim, values] of alike) {
  Deno.test(`encodeMsgpack() writes ${claim} as notepack.io does`, () => {
    for (const value of values) {
      assertEquals(encodeMsgpack(value), new Uint8Array(encodeNotepack(value)));
    }
  });
}

Deno.test("encodeMsgpack() writes random values as notepack.io does", () => {
  const random = new Random(20_261_123);
  for (let i = 0; i < 2_000; i++) {
    const value = wellFormed(random.json());
    const bytes = encodeMsgpack(value);
    // notepack.io writes integers beyond 2⁵³ as such, which costs precision.
    if (/\d{16}|e\+/.test(JSON.stringify(value))) continue;
    assertEquals(bytes, new Uint8Array(encodeNotepack(value)));
  }
});

Deno.test("encodeMsgpack() writes the bytes of any view", () => {
  const { buffer } = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  const expected = Uint8Array.of(0xc4, 4, 3, 4, 5, 6);
  assertEquals(encodeMsgpack(new Uint16Array(buffer, 2, 2)), expected);
  assertEquals(encodeMsgpack(new DataView(buffer, 2, 4)), expected);
});

Deno.test("encodeMsgpack() rounds no large number", () => {
  for (const value of [2 ** 53, 2 ** 64, -(2 ** 63), 1e300]) {
    assertEquals(decodeMsgpack(encodeMsgpack(value)), value);
  }
});

Deno.test("encodeMsgpack() writes an invalid date as nil, as JSON does", () => {
  assertEquals(encodeMsgpack(new Date(NaN)), Uint8Array.of(0xc0));
});

Deno.test("encodeMsgpack() gives each result memory of its own", () => {
  const first = encodeMsgpack("first");
  encodeMsgpack("other");
  assertEquals(decodeMsgpack(first), "first");
});

Deno.test("encodeMsgpack() can be called by toJSON()", () => {
  const inner = { toJSON: () => [...encodeMsgpack("inner")] };
  assertEquals(
    decodeMsgpack(encodeMsgpack(["outer", inner, "end"])),
    ["outer", [...encodeMsgpack("inner")], "end"],
  );
});

Deno.test("encodeMsgpack() counts the fields that it writes, of maps of any size", () => {
  for (const length of [1, 20, 70_000]) {
    const fields = Array.from({ length }, (_, i) => [`k${i}`, i]);
    const value = Object.fromEntries([...fields, ["none", undefined]]);
    assertEquals(
      decodeMsgpack(encodeMsgpack([value, "end"])),
      [Object.fromEntries(fields), "end"],
    );
  }
});

Deno.test("encodeMsgpack() writes 512 levels, and not one more", () => {
  const nested = (depth: number) => {
    let value: unknown = 1;
    for (; depth > 0; depth--) value = [value];
    return value;
  };
  assertEquals(encodeMsgpack(nested(512)).length, 513);
  assertThrows(() => encodeMsgpack(nested(513)), MsgpackError, "levels");
});

const circle: unknown[] = [];
circle.push(circle);
const refused: [claim: string, value: unknown][] = [
  ["a bigint", [1n]],
  ["a Blob", { file: new Blob(["a"]) }],
  ["a circle", circle],
];
for (const [claim, value] of refused) {
  Deno.test(`encodeMsgpack() refuses ${claim}, and goes on`, () => {
    assertThrows(() => encodeMsgpack(value), MsgpackError);
    assertEquals(encodeMsgpack([1]), Uint8Array.of(0x91, 1));
  });
}
