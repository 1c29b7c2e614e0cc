import { PacketSyntaxError } from "./errors.ts";
import { decodePacket, encodePacket, type Packet } from "./packet.ts";

/** Says in a frame's first byte that its content is bytes, not text. */
const BINARY = 0x80;
/** Lengths from here on stand in the two bytes that follow. */
const LENGTH_16 = 126;
/** The length stands in the eight bytes that follow. */
const LENGTH_64 = 127;

/**
 * Turns packets into the byte stream of stream transports (WebTransport).
 *
 * Each packet gets a header: a bit that tells bytes from text, and the length in
 * 7, 16 or 64 bits.
 *
 * @example Usage
 * ```ts
 * import { PacketEncoderStream } from "@deno-socketio/server/engine-parser";
 * import { assertEquals } from "@std/assert";
 *
 * const frames = ReadableStream.from([{ type: "message", data: "hi" } as const])
 *   .pipeThrough(new PacketEncoderStream());
 * assertEquals(await Array.fromAsync(frames), [Uint8Array.of(3, 0x34, 0x68, 0x69)]);
 * ```
 */
export class PacketEncoderStream extends TransformStream<Packet, Uint8Array> {
  /** Creates a stream which is good for one direction of one connection. */
  constructor() {
    const encoder = new TextEncoder();
    super({
      transform(packet, controller) {
        const frame = encodePacket(packet);
        controller.enqueue(
          typeof frame === "string"
            ? withHeader(encoder.encode(frame), 0)
            : withHeader(frame, BINARY),
        );
      },
    });
  }
}

function withHeader(content: Uint8Array, kind: number): Uint8Array {
  const { length } = content;
  const headerLength = length < LENGTH_16 ? 1 : length < 0x10000 ? 3 : 9;
  const framed = new Uint8Array(headerLength + length);
  const view = new DataView(framed.buffer);
  if (headerLength === 1) {
    view.setUint8(0, kind | length);
  } else if (headerLength === 3) {
    view.setUint8(0, kind | LENGTH_16);
    view.setUint16(1, length);
  } else {
    view.setUint8(0, kind | LENGTH_64);
    view.setBigUint64(1, BigInt(length));
  }
  framed.set(content, headerLength);
  return framed;
}

/** Options of a {@linkcode PacketDecoderStream}. */
export interface PacketDecoderStreamOptions {
  /**
   * The longest packet that is accepted, in bytes.
   *
   * @default {1_000_000}
   */
  maxPayload?: number;
}

/**
 * Turns the byte stream of stream transports back into packets, however its
 * bytes were cut.
 *
 * The stream errors with a {@linkcode PacketSyntaxError} for an empty packet,
 * one above `maxPayload` (before its content is kept), an invalid one, or a
 * stream that ends within one.
 *
 * @example Usage
 * ```ts
 * import { PacketDecoderStream } from "@deno-socketio/server/engine-parser";
 * import { assertEquals } from "@std/assert";
 *
 * const packets = ReadableStream.from([Uint8Array.of(3, 0x34), Uint8Array.of(0x68, 0x69)])
 *   .pipeThrough(new PacketDecoderStream());
 * assertEquals(await Array.fromAsync(packets), [{ type: "message", data: "hi" }]);
 * ```
 */
export class PacketDecoderStream extends TransformStream<Uint8Array, Packet> {
  /** Creates a stream which is good for one direction of one connection. */
  constructor(options: PacketDecoderStreamOptions = {}) {
    const bytes = new ByteQueue();
    const frames = readFrames(bytes, options.maxPayload ?? 1_000_000);
    frames.next();
    super({
      transform(chunk, controller) {
        bytes.push(chunk);
        for (;;) {
          const { value } = frames.next();
          if (value === undefined) return;
          controller.enqueue(decodePacket(value as string | Uint8Array)); // the generator never returns
        }
      },
      flush() {
        if (bytes.length > 0 || bytes.isAwaited) {
          throw new PacketSyntaxError(
            "stream ends in a packet",
            bytes.take(bytes.length),
          );
        }
      },
    });
  }
}

/** Yields frames, and `undefined` whenever it needs more bytes. */
function* readFrames(
  bytes: ByteQueue,
  maxPayload: number,
): Generator<string | Uint8Array | undefined, never> {
  const decoder = new TextDecoder();
  for (;;) {
    while (bytes.length < 1) yield;
    const first = bytes.peek();
    const lengthCode = first & ~BINARY;
    const headerLength = lengthCode < LENGTH_16
      ? 1
      : lengthCode === LENGTH_16
      ? 3
      : 9;
    while (bytes.length < headerLength) yield;
    const header = bytes.take(headerLength);
    const announced = readLength(header);
    const length = Number(announced);
    if (length === 0 || length > maxPayload) {
      throw new PacketSyntaxError(
        `length ${announced} is out of range`,
        header,
      );
    }
    bytes.isAwaited = true;
    while (bytes.length < length) yield;
    bytes.isAwaited = false;
    const content = bytes.take(length);
    yield (first & BINARY) === 0 ? decoder.decode(content) : content;
  }
}

function readLength(header: Uint8Array): number | bigint {
  const view = new DataView(header.buffer, header.byteOffset);
  switch (header.length) {
    case 1:
      return view.getUint8(0) & ~BINARY;
    case 3:
      return view.getUint16(1);
    default:
      return view.getBigUint64(1);
  }
}

/** Bytes as they arrive, taken out in other lengths. */
class ByteQueue {
  #chunks: Uint8Array[] = [];
  #offset = 0;
  length = 0;
  /** Whether bytes must follow, since a header has announced them. */
  isAwaited = false;

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.length += chunk.length;
  }

  /** The first byte; only where `length` is not 0. */
  peek(): number {
    return this.#chunks[0]![this.#offset]!;
  }

  /** The first `count` bytes as memory of their own; only up to `length`. */
  take(count: number): Uint8Array {
    const taken = new Uint8Array(count);
    let at = 0;
    let whole = 0;
    while (at < count) {
      const chunk = this.#chunks[whole]!;
      const part = chunk.subarray(this.#offset, this.#offset + count - at);
      taken.set(part, at);
      at += part.length;
      this.#offset += part.length;
      if (this.#offset === chunk.length) {
        whole++;
        this.#offset = 0;
      }
    }
    this.#chunks.splice(0, whole);
    this.length -= count;
    return taken;
  }
}
