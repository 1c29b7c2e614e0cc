import {
  decodePacket,
  decodePayload,
  type Packet,
} from "../engine_parser/mod.ts";
import { SEPARATOR } from "../engine_parser/payload.ts";
import {
  type EncodedMessage,
  type Frame,
  keepBytes,
  toPayload,
  toWire,
} from "./message.ts";

/** The body of an answer, or of a POST. */
export type Body = string | Uint8Array<ArrayBuffer>;

/** How a WebSocket carries packets. */
export interface WebSocketFormat {
  /** Returns what is sent of a packet. */
  encode(message: EncodedMessage): readonly Frame[];
  /**
   * Reads a packet.
   *
   * @throws {PacketSyntaxError} If it is none.
   */
  decode(frame: Frame): Packet;
}

/** How HTTP long-polling carries packets. */
export interface PollingFormat {
  /** Whether the body of a POST may be bytes. */
  readonly takesBytes: boolean;
  /** Returns a message, or what stands for it, with bytes that nobody else writes to. */
  keep(message: EncodedMessage): EncodedMessage;
  /** Returns how long a message is that was kept. */
  measure(message: EncodedMessage): number;
  /** Makes the body of an answer out of kept messages, of which there is at least one. */
  encode(messages: readonly EncodedMessage[]): Body;
  /** Makes an answer. */
  respond(body: Body): Response;
  /** Makes an answer before there is anything to say. */
  begin(body: ReadableStream<Uint8Array>): Response;
  /** Makes the body of an answer that has begun. */
  encodeRest(messages: readonly EncodedMessage[]): Uint8Array;
  /**
   * Reads the body of a POST, a packet at a time.
   *
   * @throws {PacketSyntaxError} On reaching what is no packet.
   */
  decode(body: Body): Iterable<Packet>;
}

/** Makes an answer whose content is still to come. */
export function beginAs(
  type: string,
  body: ReadableStream<Uint8Array>,
): Response {
  const response = new Response(body);
  response.headers.set("content-type", type);
  return response;
}

/** What text is sent as. */
export const TEXT = "text/plain;charset=UTF-8";

/** WebSocket messages of revision 4. */
export const WEBSOCKET_FORMAT: WebSocketFormat = {
  encode: toWire,
  decode: decodePacket,
};

/** Payloads of revision 4, which are text. */
export const POLLING_FORMAT: PollingFormat = {
  takesBytes: false,
  keep(message) {
    keepBytes(message);
    return message;
  },
  measure: (message) => toPayload(message).length,
  encode: encodeText,
  respond: (body) => new Response(body),
  begin: (body) => beginAs(TEXT, body),
  encodeRest: (messages) => new TextEncoder().encode(encodeText(messages)),
  decode: (body) => decodePayload(body as string), // it takes no bytes
};

function encodeText(messages: readonly EncodedMessage[]): string {
  return messages.length === 1
    ? toPayload(messages[0]!) // there is at least one
    : messages.map(toPayload).join(SEPARATOR);
}
