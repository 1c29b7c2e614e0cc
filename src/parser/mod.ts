/**
 * Socket.IO v5 packets and the default codec: pure functions and small state
 * machines without I/O.
 *
 * @example Usage
 * ```ts
 * import { JsonCodec, PacketType } from "@deno-socketio/server/parser";
 * import { assertEquals } from "@std/assert";
 *
 * const codec = new JsonCodec();
 * const { frames } = codec.encode({
 *   type: PacketType.EVENT,
 *   nsp: "/",
 *   data: ["hello", { from: "server" }],
 *   id: 7,
 * });
 * assertEquals(frames, ['27["hello",{"from":"server"}]']);
 * ```
 *
 * @module
 */
export { type Codec, type Decoder, EncodedPacket } from "./codec.ts";
export { DecodeError } from "./errors.ts";
export { JsonCodec, type JsonCodecOptions } from "./json_codec.ts";
export {
  NodeCodec,
  type NodeDecoder,
  type NodeEncoder,
  type NodePacket,
  type NodeParser,
} from "./node_codec.ts";
export {
  type AckPacket,
  type ConnectErrorPacket,
  type ConnectPacket,
  type DisconnectPacket,
  type EventPacket,
  isPacketValid,
  isReservedEvent,
  type Packet,
  PacketType,
} from "./packet.ts";
