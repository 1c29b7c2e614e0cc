import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { randomId } from "./random_id.ts";

/** More than are drawn from the system at once. */
const MANY = 1_000;

Deno.test("randomId() makes 20 characters that a URL may hold", () => {
  for (let i = 0; i < MANY; i++) assertMatch(randomId(), /^[\w-]{20}$/);
});

Deno.test("randomId() never repeats itself", () => {
  assertEquals(new Set(Array.from({ length: MANY }, randomId)).size, MANY);
});

Deno.test("randomId() uses each of the 120 bits", () => {
  const ones = new Uint8Array(15);
  const zeros = new Uint8Array(15);
  for (let i = 0; i < MANY; i++) {
    const bytes = Uint8Array.fromBase64(randomId(), { alphabet: "base64url" });
    assertEquals(bytes.length, 15);
    bytes.forEach((byte, index) => {
      ones[index]! |= byte;
      zeros[index]! |= ~byte;
    });
  }
  assertEquals(ones, new Uint8Array(15).fill(0xff));
  assertEquals(zeros, new Uint8Array(15).fill(0xff));
});

Deno.test("randomId() draws from the system's secure source", () => {
  const { getRandomValues } = crypto;
  let draws = 0;
  crypto.getRandomValues = (array) => {
    draws++;
    return getRandomValues.call(crypto, array) as typeof array; // the array itself
  };
  try {
    for (let i = 0; i < MANY; i++) randomId();
  } finally {
    crypto.getRandomValues = getRandomValues;
  }
  assertNotEquals(draws, 0);
});
