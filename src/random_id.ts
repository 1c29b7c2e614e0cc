/** Bytes of an id: 20 characters, 120 bits. */
const ID_BYTES = 15;
const ID_LENGTH = 20;
/** Ids that are drawn at once: asking the system costs as much as making an id. */
const POOL_IDS = 128;

const bytes = new Uint8Array(ID_BYTES * POOL_IDS);
let pool = "";
let used = 0;

/** Makes an id that nobody can guess: 20 characters that a URL may hold. */
export function randomId(): string {
  if (used === pool.length) {
    crypto.getRandomValues(bytes);
    pool = bytes.toBase64({ alphabet: "base64url" });
    bytes.fill(0);
    used = 0;
  }
  return pool.slice(used, used += ID_LENGTH);
}
