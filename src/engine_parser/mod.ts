/**
 * Engine.IO v4 packets and payloads, and the framing of stream transports: pure
 * functions without I/O.
 *
 * @example Usage
 * ```ts
 * import { decodePacket, encodePayload } from "@deno-socketio/server/engine-parser";
 * import { assertEquals } from "@std/assert";
 *
 * const packet = decodePacket("4hello");
 * assertEquals(packet, { type: "message", data: "hello" });
 * assertEquals(encodePayload([packet, { type: "noop" }]), "4hello\x1e6");
 * ```
 *
 * @module
 */
export { PacketSyntaxError } from "./errors.ts";
export {
  decodePacket,
  encodePacket,
  type Packet,
  type PacketType,
} from "./packet.ts";
export { decodePayload, encodePayload } from "./payload.ts";
export {
  PacketDecoderStream,
  type PacketDecoderStreamOptions,
  PacketEncoderStream,
} from "./stream.ts";
