import { toNodeBuffer } from "../node_buffer.ts";
import { type Codec, type Decoder, EncodedPacket } from "./codec.ts";
import { DecodeError } from "./errors.ts";
import { isPacketValid, type Packet, PacketType } from "./packet.ts";

/** A packet, as parsers for Node have it. */
export interface NodePacket {
  /** A number of the protocol; 5 and 6 are an EVENT and an ACK with attachments. */
  type: number;
  /** The namespace. */
  nsp: string;
  /** The content. */
  data?: unknown;
  /** The number under which an acknowledgement is wanted, or given. */
  id?: number;
}

/** Writes packets, as on Node. */
export interface NodeEncoder {
  /**
   * Encodes a packet.
   *
   * @returns Its frames, text and bytes, or its only one.
   */
  encode(packet: NodePacket): unknown;
}

/** Reads packets, as on Node: an emitter of `decoded`. */
export interface NodeDecoder {
  /** Takes the next frame; emits the packet that is complete with it before it returns. */
  add(frame: string | Uint8Array): unknown;
  /** Adds a listener. */
  on(event: "decoded", listener: (packet: NodePacket) => void): unknown;
  /** Lets go of what was begun: the client has gone. */
  destroy?(): void;
}

/** A parser by the contract of Socket.IO on Node, such as the packages on npm have it. */
export interface NodeParser {
  /** Is made once for a server. */
  readonly Encoder: new () => NodeEncoder;
  /** Is made for each client. */
  readonly Decoder: new () => NodeDecoder;
}

/**
 * A parser for Node as a {@linkcode Codec}. The option `parser` of a server takes the
 * parser itself as well.
 *
 * What it reads is checked like all that comes from clients. Its decoder must emit
 * `decoded` while its `add()` runs, and once at the most; what it emits later is lost,
 * with a warning. How much it keeps of a packet that is not complete is its own affair.
 *
 * @example Usage
 * ```ts
 * import { NodeCodec, PacketType } from "@deno-socketio/server/parser";
 * import { assertEquals } from "@std/assert";
 * import { EventEmitter } from "node:events";
 *
 * class Encoder {
 *   encode(packet: unknown) {
 *     return [JSON.stringify(packet)];
 *   }
 * }
 * class Decoder extends EventEmitter {
 *   add(text: string) {
 *     this.emit("decoded", JSON.parse(text));
 *   }
 * }
 *
 * const codec = new NodeCodec({ Encoder, Decoder });
 * const packet = { type: PacketType.EVENT, nsp: "/", data: ["hello"] } as const;
 * const { frames } = codec.encode(packet);
 * assertEquals(frames, ['{"type":2,"nsp":"/","data":["hello"]}']);
 * assertEquals(codec.createDecoder().add(frames[0]!)?.data, ["hello"]);
 * ```
 */
export class NodeCodec implements Codec {
  readonly #encoder: NodeEncoder;
  readonly #Decoder: NodeParser["Decoder"];
  #hasWarned = false;

  /** Makes the parser's encoder. */
  constructor({ Encoder, Decoder }: NodeParser) {
    this.#encoder = new Encoder();
    this.#Decoder = Decoder;
  }

  /**
   * Encodes a packet.
   *
   * @param packet The packet.
   * @returns Its frames.
   * @throws {TypeError} If the parser makes something else than text and bytes.
   */
  encode(packet: Packet): EncodedPacket {
    const { type, nsp, data } = packet;
    const id = "id" in packet ? packet.id : undefined;
    const made = this.#encoder.encode({
      type,
      nsp,
      ...(data === undefined ? {} : { data }),
      ...(id === undefined ? {} : { id }),
    });
    const frames = Array.isArray(made) ? made.map(toFrame) : [toFrame(made)];
    if (frames.length === 0) {
      throw new TypeError("Cannot encode packet: the parser made no frame");
    }
    return new EncodedPacket(frames);
  }

  /** Creates the decoder of one client. */
  createDecoder(): Decoder {
    return new EmittingDecoder(new this.#Decoder(), () => this.#warn());
  }

  #warn(): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    console.warn(
      "Packets are lost: the parser's decoder emits them outside of add()",
    );
  }
}

function toFrame(value: unknown): string | Uint8Array {
  if (typeof value === "string" || value instanceof Uint8Array) return value;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (ArrayBuffer.isView(value)) {
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  }
  throw new TypeError(
    "Cannot encode packet: the parser made a frame that is neither text nor bytes",
  );
}

/** A decoder of Node's as one that returns packets. */
class EmittingDecoder implements Decoder {
  readonly #decoder: NodeDecoder;
  /** What was emitted for a frame, while it is read. */
  #emitted: unknown[] | undefined;

  constructor(decoder: NodeDecoder, onLate: () => void) {
    this.#decoder = decoder;
    decoder.on("decoded", (packet) => {
      if (this.#emitted === undefined) onLate();
      else this.#emitted.push(packet);
    });
  }

  add(frame: string | Uint8Array): Packet | undefined {
    const emitted: unknown[] = this.#emitted = [];
    try {
      this.#decoder.add(toNodeBuffer(frame));
    } catch (cause) {
      const problem = cause instanceof Error ? cause.message : String(cause);
      throw new DecodeError(problem, frame, { cause });
    } finally {
      this.#emitted = undefined;
    }
    if (emitted.length > 1) {
      throw new DecodeError("more than one packet for a frame", frame);
    }
    return emitted.length === 0 ? undefined : toPacket(emitted[0], frame);
  }

  destroy(): void {
    this.#decoder.destroy?.();
  }
}

/** Types of Node's parsers that are others here: those of packets with attachments. */
const PLAIN_TYPES: ReadonlyMap<unknown, PacketType> = new Map([
  [5, PacketType.EVENT],
  [6, PacketType.ACK],
]);

function toPacket(emitted: unknown, frame: string | Uint8Array): Packet {
  const { type, nsp, id, data } = Object(emitted);
  const packet: unknown = {
    type: PLAIN_TYPES.get(type) ?? type,
    nsp,
    id: id ?? undefined, // some write null for nothing
    data: data ?? undefined,
  };
  if (!isPacketValid(packet)) throw new DecodeError("invalid packet", frame);
  return packet;
}
