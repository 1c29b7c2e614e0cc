/**
 * Packets of revision 3, as clients of Socket.IO 2 write them.
 *
 * Text is the same as in revision 4. Bytes have their type in front of them: a byte,
 * or a digit behind the `b` of base64.
 *
 * @module
 */

import { PacketSyntaxError } from "../errors.ts";
import { decodePacket as decodeText, type Packet } from "../packet.ts";

/** The type of a message, which alone has bytes. */
const MESSAGE = 4;
/** What a message in base64 begins with. */
const BASE64_MESSAGE = "b4";

/** Makes a packet of the bytes of a message, which it copies. */
export function encodeBytes(data: Uint8Array): Uint8Array<ArrayBuffer> {
  const packet = new Uint8Array(1 + data.length);
  packet[0] = MESSAGE;
  packet.set(data, 1);
  return packet;
}

/** Makes text of a packet of {@linkcode encodeBytes}. */
export function toBase64(packet: Uint8Array): string {
  return BASE64_MESSAGE + packet.subarray(1).toBase64();
}

/**
 * Decodes one packet.
 *
 * @param frame A WebSocket message, or one part of a polling payload.
 * @returns The packet; its bytes are in memory of their own.
 * @throws {PacketSyntaxError} If the type is unknown, or is none that has bytes.
 */
export function decodePacket(frame: string | Uint8Array): Packet {
  if (typeof frame !== "string") {
    if (frame[0] !== MESSAGE) throw new PacketSyntaxError("no message", frame);
    return { type: "message", data: frame.slice(1) };
  }
  if (!frame.startsWith("b")) return decodeText(frame);
  if (!frame.startsWith(BASE64_MESSAGE)) {
    throw new PacketSyntaxError("no message", frame);
  }
  // Without its digit it is what revision 4 has.
  return decodeText("b" + frame.slice(BASE64_MESSAGE.length));
}
