/** Bytes as a `Buffer` of Node's, which packages from npm want; text as it is. */
export function toNodeBuffer(data: string | Uint8Array): string | Uint8Array {
  if (typeof data === "string") return data;
  // Not imported, nor among the types: Deno has it for the sake of npm packages.
  const { Buffer } = globalThis as unknown as {
    Buffer: {
      from(buffer: ArrayBufferLike, offset: number, length: number): Uint8Array;
    };
  };
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}
