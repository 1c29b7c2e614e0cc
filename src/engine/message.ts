import { encodePayload } from "../engine_parser/mod.ts";

/** A WebSocket message, or one packet of a polling payload. */
export type Frame = string | Uint8Array;

/** Bytes that a message takes which waits, beside its content. */
export const MESSAGE_COST = 128;

/**
 * A message as the layer above hands it over: frames which leave together and in
 * order, and a place where transports keep their own form of them. A message for
 * a thousand sockets is prepared once.
 */
export interface EncodedMessage {
  /** Text and bytes as the peer's upper layer will get them. */
  readonly frames: readonly Frame[];
  /** What message transports send; made by the first that does. */
  wire?: readonly Frame[] | undefined;
  /** What long-polling sends; made by the first that does. */
  payload?: string | undefined;
  /** Whether `wire` holds copies of the bytes. */
  isKept?: boolean;
}

/** Makes a packet of the protocol itself, such as a ping, look like a message. */
export function control(packet: string): EncodedMessage {
  return { frames: [], wire: [packet], payload: packet };
}

/** The WebSocket messages of `message`. */
export function toWire(message: EncodedMessage): readonly Frame[] {
  return message.wire ??= message.frames.map((frame) =>
    typeof frame === "string" ? "4" + frame : unshared(frame)
  );
}

/** The same bytes, copied if another thread may write to them: no WebSocket takes those. */
function unshared(bytes: Uint8Array): Uint8Array {
  return bytes.buffer instanceof SharedArrayBuffer ? bytes.slice() : bytes;
}

/** The part of a polling payload that carries `message`. */
export function toPayload(message: EncodedMessage): string {
  if (message.payload !== undefined) return message.payload;
  const { frames } = message;
  const [first] = frames;
  return message.payload = frames.length === 1 && typeof first === "string"
    ? "4" + first
    : encodePayload(frames.map((data) => ({ type: "message", data })));
}

/** Copies the bytes of a message that has to wait: their owner may change them. */
export function keepBytes(message: EncodedMessage): void {
  const { frames } = message;
  if (message.isKept || frames.every((frame) => typeof frame === "string")) {
    return;
  }
  message.isKept = true;
  message.wire = frames.map((frame) =>
    typeof frame === "string" ? "4" + frame : frame.slice()
  );
}
