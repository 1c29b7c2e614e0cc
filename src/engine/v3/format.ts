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

/** The packets of messages with bytes, made once however many clients get them. */
const packets = new WeakMap<EncodedMessage, readonly Frame[]>();
/** The same packets as text. */
const textPackets = new WeakMap<EncodedMessage, readonly string[]>();

function isText(frame: Frame): frame is string {
  return typeof frame === "string";
}

/** The packets of `message`, with copies of its bytes. */
function toPackets(message: EncodedMessage): readonly Frame[] {
  const { frames } = message;
  if (frames.every(isText)) return toWire(message); // as in revision 4
  let made = packets.get(message);
  if (made === undefined) {
    made = frames.map((frame) =>
      isText(frame) ? "4" + frame : encodeBytes(frame)
    );
    packets.set(message, made);
  }
  return made;
}

/** The packets of `message` for clients that take no bytes. */
function toTextPackets(message: EncodedMessage): readonly string[] {
  const all = toPackets(message);
  if (all.every(isText)) return all;
  let made = textPackets.get(message);
  if (made === undefined) {
    made = all.map((packet) => isText(packet) ? packet : toBase64(packet));
    textPackets.set(message, made);
  }
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
 * Payloads: text, or bytes where any packet is. Bytes can hold text too, which is
 * what an answer makes use of that has to begin before its content is known.
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
      response.headers.set("content-type", BYTES);
    }
    return response;
  },
  begin: (body) => beginAs(BYTES, body),
  encodeRest: (messages) => joinBytes(messages.flatMap(toPackets)),
  decode: decodePayload,
};

/** Payloads for clients that take text alone. */
export const BASE64_POLLING_FORMAT: PollingFormat = {
  takesBytes: true,
  keep,
  encode: encodeText,
  respond: (body) => new Response(body),
  begin: (body) => beginAs(TEXT, body),
  encodeRest: (messages) => new TextEncoder().encode(encodeText(messages)),
  decode: decodePayload,
};

function encodeText(messages: readonly EncodedMessage[]): string {
  return joinText(messages.flatMap(toTextPackets));
}
