/** What a Socket.IO packet is for: the numbers of the protocol. */
export const PacketType: {
  readonly CONNECT: 0;
  readonly DISCONNECT: 1;
  readonly EVENT: 2;
  readonly ACK: 3;
  readonly CONNECT_ERROR: 4;
} = {
  CONNECT: 0,
  DISCONNECT: 1,
  EVENT: 2,
  ACK: 3,
  CONNECT_ERROR: 4,
};

/** A number of {@linkcode PacketType}. */
export type PacketType = (typeof PacketType)[keyof typeof PacketType];

/** A client joins a namespace, or is told that it has. */
export interface ConnectPacket {
  /** The packet's type. */
  readonly type: typeof PacketType.CONNECT;
  /** The namespace. */
  readonly nsp: string;
  /** Credentials from the client; `sid` and `pid` from the server. */
  readonly data?: Readonly<Record<string, unknown>> | undefined;
}

/** Either side leaves a namespace. */
export interface DisconnectPacket {
  /** The packet's type. */
  readonly type: typeof PacketType.DISCONNECT;
  /** The namespace. */
  readonly nsp: string;
  /** Never there. */
  readonly data?: undefined;
}

/** An event, with bytes among its arguments or without. */
export interface EventPacket {
  /** The packet's type. */
  readonly type: typeof PacketType.EVENT;
  /** The namespace. */
  readonly nsp: string;
  /** The event's name and arguments. */
  readonly data: readonly unknown[];
  /** The number under which an acknowledgement is wanted. */
  readonly id?: number | undefined;
}

/** An answer to an event. */
export interface AckPacket {
  /** The packet's type. */
  readonly type: typeof PacketType.ACK;
  /** The namespace. */
  readonly nsp: string;
  /** The arguments of the answer. */
  readonly data: readonly unknown[];
  /** The number of the event; an answer without one is to nothing. */
  readonly id?: number | undefined;
}

/** A client is told why it may not join. */
export interface ConnectErrorPacket {
  /** The packet's type. */
  readonly type: typeof PacketType.CONNECT_ERROR;
  /** The namespace. */
  readonly nsp: string;
  /** An error's `message` and `data`. */
  readonly data: unknown;
}

/** A Socket.IO v5 packet. Whether it has attachments is the codec's affair. */
export type Packet =
  | ConnectPacket
  | DisconnectPacket
  | EventPacket
  | AckPacket
  | ConnectErrorPacket;

/** Names that the protocol and the server keep to themselves. */
const RESERVED_EVENTS: ReadonlySet<unknown> = new Set([
  "connect",
  "connect_error",
  "disconnect",
  "disconnecting",
  "newListener",
  "removeListener",
]);

/** Tells whether an event of this name must not be sent. */
export function isReservedEvent(name: unknown): boolean {
  return RESERVED_EVENTS.has(name);
}

/**
 * Checks a packet that a codec has read: types, and the shape of its data.
 *
 * A codec of your own calls it so that no packet reaches an application in a form
 * which it could not have from the default one.
 *
 * @example Usage
 * ```ts
 * import { isPacketValid } from "@deno-socketio/server/parser";
 * import { assert, assertFalse } from "@std/assert";
 *
 * assert(isPacketValid({ type: 2, nsp: "/", data: ["hello"] }));
 * assertFalse(isPacketValid({ type: 2, nsp: "/", data: ["disconnect"] }));
 * ```
 *
 * @param packet What was read.
 * @returns Whether it is a packet.
 */
export function isPacketValid(packet: unknown): packet is Packet {
  if (!isPlainObject(packet)) return false;
  const { type, nsp, id, data } = packet;
  return typeof nsp === "string" &&
    (id === undefined || Number.isInteger(id)) && isDataValid(type, data);
}

/** Tells whether `data` fits a packet of this type. */
export function isDataValid(type: unknown, data: unknown): boolean {
  switch (type) {
    case PacketType.CONNECT:
      return data === undefined || isPlainObject(data);
    case PacketType.DISCONNECT:
      return data === undefined;
    case PacketType.EVENT:
      return Array.isArray(data) &&
        (typeof data[0] === "number" ||
          typeof data[0] === "string" && !RESERVED_EVENTS.has(data[0]));
    case PacketType.ACK:
      return Array.isArray(data);
    case PacketType.CONNECT_ERROR:
      return typeof data === "string" || isPlainObject(data);
    default:
      return false;
  }
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return Object.prototype.toString.call(value) === "[object Object]";
}
