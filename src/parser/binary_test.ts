import {
  assert,
  assertEquals,
  assertFalse,
  assertNotStrictEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { attachBinary, detachBinary, hasBinary } from "./binary.ts";
import { DecodeError } from "./errors.ts";

const bytes = Uint8Array.of(1, 2, 3);
const slot = (num: unknown) => ({ _placeholder: true, num });

class WithGetter {
  get bytes() {
    return bytes;
  }
}

const values: [name: string, value: unknown, expected: boolean][] = [
  ["a string", "x", false],
  ["null", null, false],
  ["undefined", undefined, false],
  ["a function", () => bytes, false],
  ["a Date", new Date(0), false],
  ["nested JSON", { a: [{ b: [null, 1, "x", true] }] }, false],
  ["a Map of bytes, which JSON writes as {}", new Map([["a", bytes]]), false],
  ["a getter of the prototype", new WithGetter(), false],
  ["inherited bytes", Object.create({ bytes }), false],
  ["a key that is a symbol", { [Symbol("a")]: bytes }, false],
  [
    "a property that is not enumerable",
    Object.defineProperty({}, "a", { value: bytes }),
    false,
  ],
  ["an object without a prototype", Object.create(null), false],
  ["a toJSON that is no function", { toJSON: 1, a: 1 }, false],
  ["a toJSON that drops the bytes", { bytes, toJSON: () => "x" }, false],
  ["a toJSON that returns undefined", { bytes, toJSON() {} }, false],
  ["a Uint8Array", bytes, true],
  ["an ArrayBuffer", new ArrayBuffer(1), true],
  ["a DataView", new DataView(new ArrayBuffer(1)), true],
  ["an empty typed array", new Float32Array(), true],
  ["bytes in an array", [1, [bytes]], true],
  ["bytes in an object", { a: { b: bytes } }, true],
  [
    "bytes behind null and primitives",
    [null, 1, "x", { a: null, b: bytes }],
    true,
  ],
  [
    "bytes in an object without a prototype",
    Object.assign(Object.create(null), { bytes }),
    true,
  ],
  ["bytes of a toJSON", { toJSON: () => ({ bytes }) }, true],
  ["bytes that a toJSON is", { toJSON: () => bytes }, true],
];

for (const [name, value, expected] of values) {
  Deno.test(`hasBinary() tells ${expected} for ${name}`, () => {
    assertEquals(hasBinary(value), expected);
  });
}

Deno.test("detachBinary() numbers bytes in the order it meets them", () => {
  const attachments: Uint8Array[] = [];
  const [a, b, c] = [Uint8Array.of(1), Uint8Array.of(2), Uint8Array.of(3)];
  assertEquals(
    detachBinary(["x", { a, list: [1, b] }, c, a], attachments),
    ["x", { a: slot(0), list: [1, slot(1)] }, slot(2), slot(3)],
  );
  assertEquals(attachments, [a, b, c, a]);
});

Deno.test("detachBinary() copies, and changes nothing", () => {
  const value = Object.freeze({
    list: Object.freeze([bytes]),
    date: new Date(0),
  });
  const detached = detachBinary(value, []) as typeof value; // the same shape
  assertNotStrictEquals(detached, value);
  assertStrictEquals(value.list[0], bytes);
  assertEquals(
    detached,
    {
      list: [slot(0)],
      date: "1970-01-01T00:00:00.000Z",
    } as unknown as typeof value,
  ); // with JSON's forms in it
});

Deno.test("detachBinary() copies a __proto__ key as data", () => {
  const value = JSON.parse('{"__proto__":{"polluted":true}}');
  value.bytes = bytes;
  const detached = detachBinary(value, []) as object; // of an object
  assert(Object.hasOwn(detached, "__proto__"));
  assertFalse("polluted" in detached);
  assertEquals(
    JSON.stringify(detached),
    '{"__proto__":{"polluted":true},"bytes":{"_placeholder":true,"num":0}}',
  );
});

Deno.test("detachBinary() passes this to toJSON()", () => {
  const value = {
    inner: bytes,
    toJSON() {
      return { outer: this.inner };
    },
  };
  const attachments: Uint8Array[] = [];
  assertEquals(detachBinary([value], attachments), [{ outer: slot(0) }]);
  assertEquals(attachments, [bytes]);
});

Deno.test("attachBinary() puts bytes back in place", () => {
  const value = ["x", { a: slot(1), list: [null, slot(0)] }];
  const [a, b] = [Uint8Array.of(1), Uint8Array.of(2)];
  assertStrictEquals(attachBinary(value, [a, b]), value);
  assertEquals(value, ["x", { a: b, list: [null, a] }] as unknown[]);
});

Deno.test("attachBinary() returns the bytes of a lone placeholder", () => {
  assertStrictEquals(attachBinary(slot(0), [bytes]), bytes);
  assertEquals(attachBinary("x", [bytes]), "x");
});

Deno.test("attachBinary() puts bytes under a __proto__ key", () => {
  const value = JSON.parse('{"__proto__":{"_placeholder":true,"num":0}}');
  attachBinary(value, [bytes]);
  assertEquals(Object.getPrototypeOf(value), Object.prototype);
  assertStrictEquals(
    Object.getOwnPropertyDescriptor(value, "__proto__")?.value,
    bytes,
  );
});

for (
  const num of [1, -1, 0.5, NaN, Infinity, "0", "length", null, undefined, {}]
) {
  Deno.test(`attachBinary() refuses the number ${String(num)}`, () => {
    assertThrows(
      () => attachBinary(["x", { a: slot(num) }], [bytes]),
      DecodeError,
      "illegal attachments",
    );
  });
}
