import {
  decodePacket,
  encodeBytes,
  toBase64,
} from "../../engine_parser/v3/packet.ts";
import {
  decodePayload,
  joinBytes,
  joinText,
} from "../../engine_parser/v3/payload.ts";
import {
  beginAs,
  type PollingFormat,
  TEXT,
  type WebSocketFormat,
} from "../format.ts";
import { type EncodedMessage, type Frame, toWire } from "../message.ts";

/** What bytes are sent as. */
const BYTES = "application/octet-stream";

function isText(frame: Frame): frame is string {
  return typeof frame === "string";
}

/** What was converted last: the clients of a broadcast get one message in turn. */
let last: { message: EncodedMessage; converted: EncodedMessage } | undefined;

/**
 * Returns `message` with the packets of revision 3 as its `wire`, and with copies of
 * its bytes. Text is the same in both revisions.
 */
function convert(message: EncodedMessage): EncodedMessage {
  const { frames } = message;
  if (frames.every(isText)) return message;
  if (last?.message === message) return last.converted;
  const wire = frames.map((frame) =>
    isText(frame) ? "4" + frame : encodeBytes(frame)
  );
  if (last === undefined) queueMicrotask(() => last = undefined);
  last = { message, converted: { frames: [], wire } };
  return last.converted;
}

/** Returns `packets` for clients that take no bytes. */
function toTexts(packets: readonly Frame[]): readonly string[] {
  if (packets.every(isText)) return packets;
  return packets.map((packet) => isText(packet) ? packet : toBase64(packet));
}

/** WebSocket messages: bytes behind the byte of their type. */
export const WEBSOCKET_FORMAT: WebSocketFormat = {
  encode: (message) => toWire(convert(message)),
  decode: decodePacket,
};

/** WebSocket messages for clients that take text alone. */
export const BASE64_WEBSOCKET_FORMAT: WebSocketFormat = {
  encode: (message) => toTexts(toWire(convert(message))),
  decode: decodePacket,
};

/**
 * Payloads: text, or bytes where any packet is. Bytes can hold text too, which is
 * what an answer makes use of that has to begin before its content is known.
 */
export const POLLING_FORMAT: PollingFormat = {
  takesBytes: true,
  keep: convert,
  measure,
  encode(messages) {
    const packets = messages.flatMap(toWire);
    return packets.every(isText) ? joinText(packets) : joinBytes(packets);
  },
  respond(body) {
    const response = new Response(body);
    if (!isText(body)) {
      response.headers.set("content-type", BYTES);
    }
    return response;
  },
  begin: (body) => beginAs(BYTES, body),
  encodeRest: (messages) => joinBytes(messages.flatMap(toWire)),
  decode: decodePayload,
};

/** Payloads for clients that take text alone. */
export const BASE64_POLLING_FORMAT: PollingFormat = {
  takesBytes: true,
  keep: convert,
  measure,
  encode: encodeText,
  respond: (body) => new Response(body),
  begin: (body) => beginAs(TEXT, body),
  encodeRest: (messages) => new TextEncoder().encode(encodeText(messages)),
  decode: decodePayload,
};

function measure(message: EncodedMessage): number {
  return toWire(message).reduce((sum, { length }) => sum + length, 0);
}

function encodeText(messages: readonly EncodedMessage[]): string {
  return joinText(messages.flatMap((message) => toTexts(toWire(message))));
}
