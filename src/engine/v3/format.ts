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
  beginText,
  type PollingFormat,
  type WebSocketFormat,
} from "../format.ts";
import { type EncodedMessage, type Frame, toWire } from "../message.ts";

/** The packets of messages with bytes, made once however many clients get them. */
const packets = new WeakMap<EncodedMessage, readonly Frame[]>();
/** The same as text. */
const textPackets = new WeakMap<EncodedMessage, readonly string[]>();

function isText(frame: Frame): frame is string {
  return typeof frame === "string";
}

/** The packets of `message`, with copies of its bytes. */
function toPackets(message: EncodedMessage): readonly Frame[] {
  const { frames } = message;
  if (frames.every(isText)) return toWire(message); // as in revision 4
  const made = packets.get(message) ??
    frames.map((frame) => isText(frame) ? "4" + frame : encodeBytes(frame));
  packets.set(message, made);
  return made;
}

/** The packets of `message` for clients that take no bytes. */
function toTextPackets(message: EncodedMessage): readonly string[] {
  const made = textPackets.get(message) ??
    toPackets(message).map((frame) => isText(frame) ? frame : toBase64(frame));
  textPackets.set(message, made);
  return made;
}

/** Makes a message ready to wait, for whichever transport it leaves over. */
function keep(message: EncodedMessage): number {
  return toPackets(message).reduce((sum, { length }) => sum + length, 0);
}

/** WebSocket messages: bytes behind the byte of their type. */
export const WEBSOCKET_FORMAT: WebSocketFormat = {
  encode: toPackets,
  decode: decodePacket,
};

/** WebSocket messages for clients that take text alone. */
export const BASE64_WEBSOCKET_FORMAT: WebSocketFormat = {
  encode: toTextPackets,
  decode: decodePacket,
};

/**
 * Payloads: text, or bytes where any packet is. What is in an answer decides its
 * type, so it cannot begin before that is known.
 */
export const POLLING_FORMAT: PollingFormat = {
  takesBytes: true,
  keep,
  encode(messages) {
    const all = messages.flatMap(toPackets);
    return all.every(isText) ? joinText(all) : joinBytes(all);
  },
  respond(body) {
    const response = new Response(body);
    if (!isText(body)) {
      response.headers.set("content-type", "application/octet-stream");
    }
    return response;
  },
  decode: decodePayload,
};

/** Payloads for clients that take text alone. */
export const BASE64_POLLING_FORMAT: PollingFormat = {
  takesBytes: true,
  keep,
  encode: (messages) => joinText(messages.flatMap(toTextPackets)),
  respond: (body) => new Response(body),
  begin: beginText,
  decode: decodePayload,
};
