import type { ClusterMessage, ClusterReply } from "../cluster_message.ts";

/** What members say to each other, as `socket.io-adapter` numbers it. */
export const WireType: {
  readonly INITIAL_HEARTBEAT: 1;
  readonly HEARTBEAT: 2;
  readonly BROADCAST: 3;
  readonly SOCKETS_JOIN: 4;
  readonly SOCKETS_LEAVE: 5;
  readonly DISCONNECT_SOCKETS: 6;
  readonly FETCH_SOCKETS: 7;
  readonly FETCH_SOCKETS_RESPONSE: 8;
  readonly SERVER_SIDE_EMIT: 9;
  readonly SERVER_SIDE_EMIT_RESPONSE: 10;
  readonly BROADCAST_CLIENT_COUNT: 11;
  readonly BROADCAST_ACK: 12;
  readonly ADAPTER_CLOSE: 13;
} = {
  INITIAL_HEARTBEAT: 1,
  HEARTBEAT: 2,
  BROADCAST: 3,
  SOCKETS_JOIN: 4,
  SOCKETS_LEAVE: 5,
  DISCONNECT_SOCKETS: 6,
  FETCH_SOCKETS: 7,
  FETCH_SOCKETS_RESPONSE: 8,
  SERVER_SIDE_EMIT: 9,
  SERVER_SIDE_EMIT_RESPONSE: 10,
  BROADCAST_CLIENT_COUNT: 11,
  BROADCAST_ACK: 12,
  ADAPTER_CLOSE: 13,
};

/** The sender of what comes from a program that is no server: it is no member. */
export const EMITTER_UID = "emitter";

/** A message as the official adapters have it before they write it somewhere. */
export interface WireMessage {
  /** The sender. */
  readonly uid: string;
  /** The namespace. */
  readonly nsp: string;
  /** A number of {@linkcode WireType}; of other senders it may be any. */
  readonly type: number;
  /** What it says. Of other senders it may be anything: see {@linkcode fromWire}. */
  readonly data?: unknown;
}

/** Who sends something, and for which namespace. */
export type WireSender = Pick<WireMessage, "uid" | "nsp">;

/** That a member is there: said where nobody else knows. */
export type Presence =
  /** It has come, and wants to hear of the others. */
  | { readonly type: "joined" }
  /** It is still there. */
  | { readonly type: "alive" }
  /** It is leaving. */
  | { readonly type: "left" };

/** What can be said. */
export type WireContent = ClusterMessage | ClusterReply | Presence;

/** What was said, and to whom it is of use. */
export type ReceivedContent =
  /** For `BusReceiver.onMessage()`. */
  | { readonly kind: "message"; readonly message: ClusterMessage }
  /** For `BusReceiver.onReply()`. */
  | { readonly kind: "reply"; readonly reply: ClusterReply }
  /** For {@linkcode Members.onReceived}. */
  | { readonly kind: "presence"; readonly presence: Presence };

/**
 * Marks requests for the names of rooms: the language has none, so they ask for the
 * sockets, and the answer brings the mark back.
 */
export const ROOMS_MARK = "rooms:";

const UID_BYTES = 8;

/** Makes the id of a member: 16 hexadecimal digits, as the official ones are. */
export function createUid(): string {
  return crypto.getRandomValues(new Uint8Array(UID_BYTES)).toHex();
}
