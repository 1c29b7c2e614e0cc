import {
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertThrows,
} from "@std/assert";
import {
  hashPassword,
  isEqual,
  isPasswordOf,
  parsePasswordHash,
} from "./password.ts";

const FAST = { iterations: 1_000 };

Deno.test("hashPassword() makes another hash each time, of the password alone", async () => {
  const [a, b] = [await hashPassword("x", FAST), await hashPassword("x", FAST)];
  assertMatch(a, /^\$pbkdf2-sha512\$i=1000\$[\w+/]{22}\$[\w+/]{86}$/);
  assertNotEquals(a, b);
  for (const hash of [a, b]) {
    const parsed = parsePasswordHash(hash);
    assertEquals(await isPasswordOf("x", parsed), true);
    assertEquals(await isPasswordOf("X", parsed), false);
    assertEquals(await isPasswordOf("", parsed), false);
  }
});

Deno.test("hashPassword() is PBKDF2 as others have it", async () => {
  // The same as by Python: hashlib.pbkdf2_hmac("sha512", b"password", b"A" * 16, 1000)
  const hash =
    "X0Zmg7gPiYSiNSxWER8dMlj1fHCvcMe+xUHSLE6O6tAMJr6ILtmHkD2Ahyov3aie0o825faFq/ceQLTr3vIPdg";
  const parsed = parsePasswordHash(
    `$pbkdf2-sha512$i=1000$QUFBQUFBQUFBQUFBQUFBQQ$${hash}`,
  );
  assertEquals(await isPasswordOf("password", parsed), true);
});

for (const iterations of [0, 999, 1_000.5, 10_000_001, NaN]) {
  Deno.test(`hashPassword() refuses ${iterations} iterations`, async () => {
    await assertRejects(() => hashPassword("x", { iterations }), RangeError);
  });
}

const SALT = "QUFBQUFBQUFBQUFBQUFBQQ";
const HASH = "A".repeat(86);
const wrong: Record<string, string> = {
  "an empty text": "",
  "a password": "changeit",
  "another algorithm": `$pbkdf2-sha256$i=1000$${SALT}$${HASH}`,
  "too few iterations": `$pbkdf2-sha512$i=999$${SALT}$${HASH}`,
  "too many iterations": `$pbkdf2-sha512$i=99999999$${SALT}$${HASH}`,
  "no iterations": `$pbkdf2-sha512$$${SALT}$${HASH}`,
  "a short salt": `$pbkdf2-sha512$i=1000$QUE$${HASH}`,
  "a short hash": `$pbkdf2-sha512$i=1000$${SALT}$QUE`,
  "what is no base64": `$pbkdf2-sha512$i=1000$${SALT}$${"?".repeat(86)}`,
  "more behind it": `$pbkdf2-sha512$i=1000$${SALT}$${HASH}$`,
  "something before it": `x$pbkdf2-sha512$i=1000$${SALT}$${HASH}`,
};
for (const [name, text] of Object.entries(wrong)) {
  Deno.test(`parsePasswordHash() refuses ${name}`, () => {
    assertThrows(
      () => parsePasswordHash(text),
      TypeError,
      "it is not what hashPassword() returned",
    );
  });
}

Deno.test("parsePasswordHash() says what to do with a bcrypt hash", () => {
  assertThrows(
    () => parsePasswordHash(`$2b$10$${"a".repeat(53)}`),
    TypeError,
    "Cannot use a bcrypt hash: make another one of the password, with hashPassword()",
  );
});

Deno.test("isEqual() compares texts and bytes", async () => {
  assertEquals(await isEqual("é", "é"), true);
  assertEquals(await isEqual("a", "b"), false);
  assertEquals(await isEqual("", ""), true);
  assertEquals(await isEqual("a", "aa"), false);
  assertEquals(await isEqual(Uint8Array.of(1), Uint8Array.of(1)), true);
  assertEquals(await isEqual(Uint8Array.of(1), Uint8Array.of(2)), false);
});
