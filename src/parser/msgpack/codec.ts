import { type Codec, type Decoder, EncodedPacket } from "../codec.ts";
import { DecodeError } from "../errors.ts";
import { isPacketValid, type Packet } from "../packet.ts";
import { decodeMsgpack } from "./decode.ts";
import { encodeMsgpack } from "./encode.ts";

/**
 * A codec that writes each packet as one binary frame of msgpack.
 *
 * It is that of npm's `socket.io-msgpack-parser` and of the official client's
 * `socket.io.msgpack.min.js`: smaller than JSON for bytes and numbers, slower for
 * texts. All clients of a server must use it.
 *
 * Dates arrive as dates. Bytes arrive as views of their packet, which stays in memory
 * as long as one of them is used. A `Blob` cannot be sent: send its bytes.
 *
 * @example Usage
 * ```ts
 * import { Server } from "@deno-socketio/server";
 * import { MsgpackCodec } from "@deno-socketio/server/msgpack";
 *
 * const io = new Server({ parser: new MsgpackCodec() });
 * ```
 */
export class MsgpackCodec implements Codec {
  /**
   * Encodes a packet, whose data is not changed.
   *
   * @param packet The packet.
   * @returns Its frame.
   * @throws {MsgpackError} If msgpack cannot hold the data.
   */
  encode(packet: Packet): EncodedPacket {
    const { type, nsp, data } = packet;
    const id = "id" in packet ? packet.id : undefined;
    return new EncodedPacket([
      encodeMsgpack({ type, data, nsp, id }, { dates: "notepack" }),
    ]);
  }

  /** Creates the decoder of one client. */
  createDecoder(): Decoder {
    return { add: decode };
  }
}

/**
 * Reads a packet.
 *
 * @throws {DecodeError} If the frame is not a packet.
 */
function decode(frame: string | Uint8Array): Packet {
  if (typeof frame === "string") {
    throw new DecodeError("it is text", frame);
  }
  let packet: unknown;
  try {
    packet = decodeMsgpack(frame);
  } catch (error) {
    throw new DecodeError("it is not msgpack", frame, { cause: error });
  }
  if (!isPacketValid(packet)) {
    throw new DecodeError("it is not a packet", frame);
  }
  const { type, nsp, data } = packet;
  const id = "id" in packet ? packet.id : undefined;
  // What the grammar of the JSON codec leaves no room for.
  if (!nsp.startsWith("/")) {
    throw new DecodeError("its namespace has no slash", frame);
  }
  if (id !== undefined && !(Number.isSafeInteger(id) && id >= 0)) {
    throw new DecodeError("its id is no number to count with", frame);
  }
  return { type, nsp, id, data } as Packet; // that packet, without fields of no meaning
}
