import { PacketSyntaxError } from "./errors.ts";

/** What an Engine.IO packet is for, in the order of its wire digits `0` to `6`. */
export type PacketType =
  | "open"
  | "close"
  | "ping"
  | "pong"
  | "message"
  | "upgrade"
  | "noop";

/** An Engine.IO v4 packet. */
export interface Packet {
  /** What the packet is for. */
  readonly type: PacketType;
  /** Its content; bytes in a `message` alone. */
  readonly data?: string | Uint8Array;
}

const PACKET_TYPES: readonly PacketType[] = [
  "open",
  "close",
  "ping",
  "pong",
  "message",
  "upgrade",
  "noop",
];

/**
 * Encodes one packet.
 *
 * Bytes stay bytes, which message transports (WebSocket) send as a binary frame
 * without a type; with `text` they become base64 behind a `b`, the form for HTTP
 * long-polling.
 *
 * @example Usage
 * ```ts
 * import { encodePacket } from "@deno-socketio/server/engine-parser";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(encodePacket({ type: "message", data: "hello" }), "4hello");
 * const bytes = { type: "message", data: Uint8Array.of(1, 2) } as const;
 * assertEquals(encodePacket(bytes), Uint8Array.of(1, 2));
 * assertEquals(encodePacket(bytes, { text: true }), "bAQI=");
 * ```
 *
 * @param packet The packet.
 * @param options `text`: whether bytes must become text (default `false`).
 * @returns The frame: a string, or the packet's own bytes.
 */
export function encodePacket(
  packet: Packet,
  options: { readonly text: true },
): string;
/** Encodes one packet, whose bytes stay bytes unless `text` is `true`. */
export function encodePacket(
  packet: Packet,
  options?: { readonly text?: boolean },
): string | Uint8Array;
export function encodePacket(
  packet: Packet,
  options?: { readonly text?: boolean },
): string | Uint8Array {
  const data = packet.data ?? "";
  if (typeof data !== "string") {
    return options?.text ? "b" + data.toBase64() : data;
  }
  return PACKET_TYPES.indexOf(packet.type) + data;
}

/**
 * Decodes one Engine.IO frame.
 *
 * A binary frame is always a `message`. A text frame starts with its type digit,
 * or with `b` for base64, which HTTP long-polling uses.
 *
 * @example Usage
 * ```ts
 * import { decodePacket } from "@deno-socketio/server/engine-parser";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(decodePacket("2probe"), { type: "ping", data: "probe" });
 * ```
 *
 * @param frame A WebSocket message, or one part of a polling payload.
 * @returns The packet.
 * @throws {PacketSyntaxError} If the type is unknown or the base64 is invalid.
 */
export function decodePacket(frame: string | Uint8Array): Packet {
  if (typeof frame !== "string") return { type: "message", data: frame };
  if (frame.startsWith("b")) return decodeBase64Message(frame);
  const type = PACKET_TYPES[frame.charCodeAt(0) - 0x30];
  if (type === undefined) {
    throw new PacketSyntaxError(`unknown type "${frame.charAt(0)}"`, frame);
  }
  return frame.length === 1 ? { type } : { type, data: frame.slice(1) };
}

function decodeBase64Message(frame: string): Packet {
  try {
    return { type: "message", data: Uint8Array.fromBase64(frame.slice(1)) };
  } catch (cause) {
    throw new PacketSyntaxError("invalid base64", frame, { cause });
  }
}
