/** Bytes of an id: 20 characters, 120 bits. */
const ID_BYTES = 15;
/** Ids that are drawn at once: asking the system costs as much as making an id. */
const POOL_IDS = 128;

const pool = new Uint8Array(ID_BYTES * POOL_IDS);
let used = pool.length;

/** Makes an id that nobody can guess: 20 characters that a URL may hold. */
export function randomId(): string {
  if (used === pool.length) {
    crypto.getRandomValues(pool);
    used = 0;
  }
  const bytes = pool.subarray(used, used += ID_BYTES);
  const id = bytes.toBase64({ alphabet: "base64url" });
  bytes.fill(0); // what was given out is not kept
  return id;
}
