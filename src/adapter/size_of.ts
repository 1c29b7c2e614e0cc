import type { EncodedPacket } from "../parser/mod.ts";

/** The bytes of a packet, of which a character of text is one. */
export function sizeOf({ frames }: EncodedPacket): number {
  let size = 0;
  for (const frame of frames) size += frame.length;
  return size;
}
