/**
 * Packets as msgpack instead of JSON, and msgpack by itself.
 *
 * @example Read what the codec writes
 * ```ts
 * import { PacketType } from "@deno-socketio/server/parser";
 * import { decodeMsgpack, MsgpackCodec } from "@deno-socketio/server/msgpack";
 * import { assertEquals } from "@std/assert";
 *
 * const [frame] = new MsgpackCodec().encode({
 *   type: PacketType.EVENT,
 *   nsp: "/",
 *   data: ["hello", 1],
 * }).frames;
 * assertEquals(decodeMsgpack(frame as Uint8Array), {
 *   type: 2,
 *   data: ["hello", 1],
 *   nsp: "/",
 * });
 * ```
 *
 * @module
 */
export { MsgpackCodec } from "./codec.ts";
export { decodeMsgpack } from "./decode.ts";
export { encodeMsgpack, type MsgpackOptions } from "./encode.ts";
export { MsgpackError } from "./errors.ts";
