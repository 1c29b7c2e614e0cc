const ALGORITHM = "pbkdf2-sha512";
/** Bytes of a hash and of its salt. */
const HASH_BYTES = 64;
const SALT_BYTES = 16;
/** What takes a core of today some tenths of a second. */
const ITERATIONS = 210_000;
const MIN_ITERATIONS = 1_000;
const MAX_ITERATIONS = 10_000_000;

/** A hash, taken apart. */
export interface PasswordHash {
  readonly iterations: number;
  readonly salt: Uint8Array<ArrayBuffer>;
  readonly hash: Uint8Array<ArrayBuffer>;
}

/**
 * Makes of a password what can be kept: its hash by PBKDF2 with SHA-512, with a salt
 * of its own.
 *
 * @example Usage
 * ```sh
 * deno eval 'import { hashPassword } from "jsr:@deno-socketio/server/admin";
 *   console.log(await hashPassword(prompt("Password:") ?? ""))'
 * ```
 *
 * @example Keep the text that it prints
 * ```ts
 * import { hashPassword } from "@deno-socketio/server/admin";
 * import { assertMatch } from "@std/assert";
 *
 * const hash = await hashPassword("correct horse battery staple");
 * assertMatch(hash, /^\$pbkdf2-sha512\$i=210000\$/);
 * ```
 *
 * @param password The password.
 * @param options `iterations`: how much work it takes to try one out, at least 1,000
 * (default 210,000).
 * @returns A text for the `password` of the option `auth`.
 * @throws {RangeError} If the number of iterations cannot be.
 */
export async function hashPassword(
  password: string,
  { iterations = ITERATIONS }: { readonly iterations?: number } = {},
): Promise<string> {
  if (!isCount(iterations)) {
    throw new RangeError(
      `Cannot hash with ${iterations} iterations: it is no integer from ${MIN_ITERATIONS} to ${MAX_ITERATIONS}`,
    );
  }
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
  const hash = await derive(password, { iterations, salt });
  const texts = [salt, hash].map((bytes) =>
    bytes.toBase64({ omitPadding: true })
  );
  return `$${ALGORITHM}$i=${iterations}$${texts.join("$")}`;
}

/**
 * Reads what {@linkcode hashPassword} returned.
 *
 * @throws {TypeError} If it is something else.
 */
export function parsePasswordHash(text: string): PasswordHash {
  if (/^\$2[abxy]?\$/.test(text)) {
    throw new TypeError(
      "Cannot use a bcrypt hash: make another one of the password, with hashPassword()",
    );
  }
  const [, algorithm, count = "", salt = "", hash = "", ...rest] = text.split(
    "$",
  );
  const iterations = Number(/^i=(\d+)$/.exec(count)?.[1]);
  try {
    const parsed = {
      iterations,
      salt: Uint8Array.fromBase64(salt),
      hash: Uint8Array.fromBase64(hash),
    };
    if (
      text.startsWith("$") && algorithm === ALGORITHM && isCount(iterations) &&
      parsed.salt.length >= SALT_BYTES && parsed.hash.length === HASH_BYTES &&
      rest.length === 0
    ) return parsed;
  } catch {
    // No base64: told below.
  }
  throw new TypeError(
    "Cannot use the password of auth: it is not what hashPassword() returned",
  );
}

function isCount(iterations: number): boolean {
  return Number.isInteger(iterations) && iterations >= MIN_ITERATIONS &&
    iterations <= MAX_ITERATIONS;
}

/** Tells whether a hash is this password's; how long it takes does not depend on that. */
export async function isPasswordOf(
  password: string,
  parsed: PasswordHash,
): Promise<boolean> {
  return await isEqual(await derive(password, parsed), parsed.hash);
}

/** Compares texts or bytes in a time that does not tell where they differ. */
export async function isEqual(
  a: string | Uint8Array<ArrayBuffer>,
  b: string | Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  // Of their signatures by a key that is nobody's, equal ones are equal and others random.
  const key = await crypto.subtle.generateKey(
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign", "verify"],
  );
  const signature = await crypto.subtle.sign("HMAC", key, toBytes(a));
  return await crypto.subtle.verify("HMAC", key, signature, toBytes(b));
}

function toBytes(value: string | Uint8Array<ArrayBuffer>) {
  return typeof value === "string" ? new TextEncoder().encode(value) : value;
}

async function derive(
  password: string,
  { iterations, salt }: Pick<PasswordHash, "iterations" | "salt">,
): Promise<Uint8Array<ArrayBuffer>> {
  const key = await crypto.subtle.importKey(
    "raw",
    new TextEncoder().encode(password),
    "PBKDF2",
    false,
    ["deriveBits"],
  );
  const bits = await crypto.subtle.deriveBits(
    { name: "PBKDF2", hash: "SHA-512", salt, iterations },
    key,
    HASH_BYTES * 8,
  );
  return new Uint8Array(bits);
}
