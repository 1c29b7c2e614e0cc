const decoder = new TextDecoder();

/** The text of a name: ioredis gives that of a pattern as text already. */
export function textOf(name: unknown): string {
  return typeof name === "string" ? name : decoder.decode(name as Uint8Array); // what clients give otherwise
}

/** The same bytes as a `Uint8Array`, whose `slice()` copies as that of `Buffer` does not. */
export function plain(message: unknown): Uint8Array {
  const { buffer, byteOffset, byteLength } = message as Uint8Array; // a Buffer
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** The same message in a form that Redis clients take. */
export function toSendable(message: string | Uint8Array): string | Uint8Array {
  if (typeof message === "string") return message;
  const { buffer, byteOffset, byteLength } = message;
  // Not imported, nor among the types: Deno has it for the sake of npm packages.
  const { Buffer } = globalThis as unknown as {
    Buffer: {
      from(buffer: ArrayBufferLike, offset: number, length: number): Uint8Array;
    };
  };
  return Buffer.from(buffer, byteOffset, byteLength);
}
