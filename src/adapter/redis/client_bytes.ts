const decoder = new TextDecoder();

/** The text of a name: ioredis gives that of a pattern as text already. */
export function textOf(name: unknown): string {
  return typeof name === "string" ? name : decoder.decode(name as Uint8Array); // what clients give otherwise
}

/** Tells whether bytes are this text. Never so if it is not all ASCII. */
export function areText(bytes: Uint8Array, text: string): boolean {
  const { length } = bytes;
  if (length !== text.length) return false;
  for (let i = 0; i < length; i++) {
    if (bytes[i] !== text.charCodeAt(i) || bytes[i]! >= 0x80) return false; // it is there
  }
  return true;
}

/** The same bytes as a `Uint8Array`, whose `slice()` copies as that of `Buffer` does not. */
export function plain(message: unknown): Uint8Array {
  const { buffer, byteOffset, byteLength } = message as Uint8Array; // a Buffer
  return new Uint8Array(buffer, byteOffset, byteLength);
}
