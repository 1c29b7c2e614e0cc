import { attachBinary, detachBinary, hasBinary } from "./binary.ts";
import { type Codec, type Decoder, EncodedPacket } from "./codec.ts";
import { DecodeError } from "./errors.ts";
import {
  type AckPacket,
  type EventPacket,
  isDataValid,
  type Packet,
  PacketType,
} from "./packet.ts";

/** On the wire, an EVENT or ACK with attachments has its number plus this. */
const BINARY_OFFSET = 3;
/** The wire's highest type: an ACK with attachments. */
const MAX_WIRE_TYPE = PacketType.ACK + BINARY_OFFSET;

/** What the runtime says when functions call each other too deeply. */
const STACK_IS_FULL = "Maximum call stack size exceeded";

const ZERO = 0x30;
const SLASH = 0x2f;
const DASH = 0x2d;

/** Options of a {@linkcode JsonCodec}. */
export interface JsonCodecOptions {
  /** Passed to `JSON.stringify`. */
  replacer?: (this: unknown, key: string, value: unknown) => unknown;
  /** Passed to `JSON.parse`. */
  reviver?: (this: unknown, key: string, value: unknown) => unknown;
  /**
   * How many attachments a packet from a client may have.
   *
   * @default {10}
   */
  maxAttachments?: number;
  /**
   * How many bytes the attachments of a packet from a client may have together.
   *
   * @default {Infinity}
   */
  maxAttachmentBytes?: number;
}

/**
 * The default codec: JSON, with bytes behind it as attachments.
 *
 * A packet is `<type>[<attachments>-][<namespace>,][<id>][<JSON>]`.
 *
 * @example Usage
 * ```ts
 * import { JsonCodec, PacketType } from "@deno-socketio/server/parser";
 * import { assertEquals } from "@std/assert";
 *
 * const codec = new JsonCodec();
 * const { frames } = codec.encode({
 *   type: PacketType.EVENT,
 *   nsp: "/chat",
 *   data: ["photo", Uint8Array.of(1, 2)],
 * });
 * assertEquals(frames, [
 *   '51-/chat,["photo",{"_placeholder":true,"num":0}]',
 *   Uint8Array.of(1, 2),
 * ]);
 *
 * const decoder = codec.createDecoder();
 * assertEquals(decoder.add(frames[0]!), undefined);
 * assertEquals(decoder.add(frames[1]!), {
 *   type: PacketType.EVENT,
 *   nsp: "/chat",
 *   id: undefined,
 *   data: ["photo", Uint8Array.of(1, 2)],
 * });
 * ```
 */
export class JsonCodec implements Codec {
  readonly #options: JsonCodecOptions;

  /** Creates a codec for any number of clients. */
  constructor(options: JsonCodecOptions = {}) {
    this.#options = options;
  }

  /**
   * Encodes a packet, whose data is not changed.
   *
   * @param packet The packet.
   * @returns Its frames: the text, then the attachments.
   * @throws {TypeError} If `JSON.stringify` cannot write the data.
   * @throws {RangeError} If the data is nested too deeply.
   */
  encode(packet: Packet): EncodedPacket {
    try {
      return this.#encode(packet);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      // A circle is found by its depth; this says what it is.
      JSON.stringify(packet.data);
      // Another: who keeps that of a full stack, as a console does, keeps the data.
      throw error.message === STACK_IS_FULL
        ? new RangeError(STACK_IS_FULL)
        : error;
    }
  }

  #encode(packet: Packet): EncodedPacket {
    const { data } = packet;
    const isBinary =
      (packet.type === PacketType.EVENT || packet.type === PacketType.ACK) &&
      hasBinary(data);
    if (!isBinary) {
      return new EncodedPacket([
        this.#encodeText(packet, String(packet.type), data),
      ]);
    }
    const attachments: (Uint8Array | Blob)[] = [];
    const rest = detachBinary(data, attachments);
    const head = `${packet.type + BINARY_OFFSET}${attachments.length}-`;
    const text = this.#encodeText(packet, head, rest);
    return attachments.every((attachment) => attachment instanceof Uint8Array)
      ? new EncodedPacket([text, ...attachments])
      : new EncodedPacket([], readBlobs(text, attachments));
  }

  #encodeText(packet: Packet, head: string, data: unknown): string {
    let text = packet.nsp === "/" ? head : head + packet.nsp + ",";
    if ("id" in packet && packet.id !== undefined) text += packet.id;
    return data === undefined
      ? text
      : text + JSON.stringify(data, this.#options.replacer);
  }

  /** Creates the decoder of one client. */
  createDecoder(): Decoder {
    return new JsonDecoder(this.#options);
  }
}

async function readBlobs(
  text: string,
  attachments: readonly (Uint8Array | Blob)[],
): Promise<EncodedPacket> {
  const bytes = await Promise.all(
    attachments.map((attachment) =>
      attachment instanceof Blob ? attachment.bytes() : attachment
    ),
  );
  return new EncodedPacket([text, ...bytes]);
}

/**
 * between packets ──text that announces attachments──▶ awaiting n attachments
 *        ▲──────────────────the last of them──────────────────┘
 */
class JsonDecoder implements Decoder {
  readonly #options: JsonCodecOptions;
  #awaiting: AwaitedPacket | undefined;

  constructor(options: JsonCodecOptions) {
    this.#options = options;
  }

  add(frame: string | Uint8Array): Packet | undefined {
    const awaiting = this.#awaiting;
    if (typeof frame === "string") {
      if (awaiting !== undefined) {
        throw new DecodeError("text where an attachment is due", frame);
      }
      return this.#addText(frame);
    }
    if (awaiting === undefined) {
      throw new DecodeError("attachment of no packet", frame);
    }
    awaiting.attachments.push(frame);
    awaiting.bytes += frame.length;
    if (awaiting.bytes > (this.#options.maxAttachmentBytes ?? Infinity)) {
      throw new DecodeError("attachments are too large", frame, {
        limit: "attachmentBytes",
      });
    }
    if (awaiting.attachments.length < awaiting.count) return undefined;
    this.#awaiting = undefined;
    const { packet, attachments } = awaiting;
    try {
      attachBinary(packet.data, attachments);
    } catch (cause) {
      if (cause instanceof DecodeError) throw cause;
      throw new DecodeError("data is nested too deeply", frame, { cause });
    }
    return packet;
  }

  #addText(frame: string): Packet | undefined {
    const wireType = frame.charCodeAt(0) - ZERO;
    // The comparison is false for NaN too, which an empty frame gives.
    if (!(wireType >= 0 && wireType <= MAX_WIRE_TYPE)) {
      throw new DecodeError(`unknown type "${frame.charAt(0)}"`, frame);
    }
    const isBinary = wireType > PacketType.CONNECT_ERROR;
    let at = 1;
    let count = 0;
    if (isBinary) {
      at = skipDigits(frame, 1);
      count = Number(frame.slice(1, at));
      if (at === 1 || frame.charCodeAt(at) !== DASH || count < 1) {
        throw new DecodeError("bad attachment count", frame);
      }
      const max = this.#options.maxAttachments ?? 10;
      if (count > max) {
        throw new DecodeError(`too many attachments: more than ${max}`, frame, {
          limit: "maxAttachments",
        });
      }
      at++;
    }
    let nsp = "/";
    if (frame.charCodeAt(at) === SLASH) {
      const comma = frame.indexOf(",", at);
      const end = comma < 0 ? frame.length : comma;
      nsp = frame.slice(at, end);
      at = end + 1;
    }
    const idEnd = skipDigits(frame, at);
    const id = idEnd === at ? undefined : Number(frame.slice(at, idEnd));
    const type = isBinary ? wireType - BINARY_OFFSET : wireType;
    const data = idEnd < frame.length ? this.#parse(frame, idEnd) : undefined;
    const packet = toPacket(type, nsp, id, data, frame);
    if (!isBinary) return packet;
    this.#awaiting = {
      packet: packet as EventPacket | AckPacket, // the wire has binary forms of these two alone
      count,
      attachments: [],
      bytes: 0,
    };
    return undefined;
  }

  #parse(frame: string, start: number): unknown {
    try {
      return JSON.parse(frame.slice(start), this.#options.reviver);
    } catch (cause) {
      throw new DecodeError("invalid JSON", frame, { cause });
    }
  }
}

/** A packet some of whose attachments have not come. */
interface AwaitedPacket {
  readonly packet: EventPacket | AckPacket;
  readonly count: number;
  readonly attachments: Uint8Array[];
  /** How long the attachments are together. */
  bytes: number;
}

function toPacket(
  type: number,
  nsp: string,
  id: number | undefined,
  data: unknown,
  frame: string,
): Packet {
  // An event without a payload has no name that anyone could listen to.
  if (
    data === undefined && (type === PacketType.EVENT || type === PacketType.ACK)
  ) {
    return { type, nsp, id, data: [] };
  }
  if (!isDataValid(type, data)) {
    throw new DecodeError("invalid payload", frame);
  }
  return { type, nsp, id, data } as Packet; // what isDataValid() has just made sure of
}

/** The first position from `at` on that is no digit. */
function skipDigits(frame: string, at: number): number {
  for (;;) {
    const code = frame.charCodeAt(at);
    if (!(code >= ZERO && code <= ZERO + 9)) return at; // NaN at the end
    at++;
  }
}
