import { decodeMsgpackApart } from "../../parser/msgpack/decode.ts";
import { ClusterWireError } from "./errors.ts";
import {
  isRecord,
  readCount,
  readPacket,
  readRooms,
  readServerEvent,
  readSockets,
  readTarget,
} from "./read.ts";
import {
  type ReceivedContent,
  ROOMS_MARK,
  type WireMessage,
  WireType,
} from "./wire.ts";

const utf8 = new TextDecoder();
const OPENING_BRACE = 0x7b;

/**
 * Reads what {@linkcode encodeWire} or another member has written: JSON or
 * MessagePack. Its data is not looked at yet, so that messages of this member, or for
 * another namespace, cost little.
 *
 * @param bytes What came. Bytes inside the message are a part of their own copy.
 * @returns The message, whose data {@linkcode fromWire} reads.
 * @throws {ClusterWireError} If it is none.
 */
export function decodeWire(bytes: string | Uint8Array): WireMessage {
  let value: unknown;
  try {
    value = typeof bytes === "string"
      ? JSON.parse(bytes)
      : bytes[0] === OPENING_BRACE
      ? JSON.parse(utf8.decode(bytes))
      : decodeMsgpackApart(bytes);
  } catch (cause) {
    throw new ClusterWireError("it is neither JSON nor MessagePack", bytes, {
      cause,
    });
  }
  return readEnvelope(value);
}

/**
 * Reads a message which is an object already.
 *
 * @param value What came.
 * @returns The message, whose data {@linkcode fromWire} reads.
 * @throws {ClusterWireError} If it is none.
 */
export function readEnvelope(value: unknown): WireMessage {
  if (!isRecord(value)) throw new ClusterWireError("it is no object", value);
  const { uid, nsp, type, data } = value;
  if (
    typeof uid !== "string" || uid === "" || typeof nsp !== "string" ||
    typeof type !== "number"
  ) {
    throw new ClusterWireError("it lacks uid, nsp or type", value);
  }
  return { uid, nsp, type, data };
}

/**
 * Reads what a message says, and believes nothing of it.
 *
 * @param message The message.
 * @returns What it says.
 * @throws {ClusterWireError} If its type is unknown, or its data cannot be read.
 */
export function fromWire(message: WireMessage): ReceivedContent {
  const content = readPresence(message.type) ??
    (isRecord(message.data)
      ? readMessage(message, message.data) ?? readReply(message, message.data)
      : undefined);
  if (content !== undefined) return content;
  const problem = Object.values<number>(WireType).includes(message.type)
    ? `the data of type ${message.type} cannot be understood`
    : `type ${message.type} is unknown`;
  throw new ClusterWireError(problem, message);
}

function readPresence(type: number): ReceivedContent | undefined {
  switch (type) {
    case WireType.INITIAL_HEARTBEAT:
      return { kind: "presence", presence: { type: "joined" } };
    case WireType.HEARTBEAT:
      return { kind: "presence", presence: { type: "alive" } };
    case WireType.ADAPTER_CLOSE:
      return { kind: "presence", presence: { type: "left" } };
  }
}

type Fields = Readonly<Record<string, unknown>>;

function readMessage(
  { type, nsp }: WireMessage,
  data: Fields,
): ReceivedContent | undefined {
  const { requestId } = data;
  switch (type) {
    case WireType.BROADCAST: {
      const packet = readPacket(data.packet, nsp);
      const target = readTarget(data.opts);
      if (packet === undefined || target === undefined) return;
      const id = requestId ?? undefined; // MessagePack may have null
      if (id === undefined) {
        return {
          kind: "message",
          message: { type: "broadcast", packet, target },
        };
      }
      if (typeof id !== "string") return;
      const message = { requestId: id, packet, target };
      return {
        kind: "message",
        message: { type: "broadcast_with_ack", ...message },
      };
    }
    case WireType.SOCKETS_JOIN:
    case WireType.SOCKETS_LEAVE: {
      const target = readTarget(data.opts);
      const rooms = readRooms(data.rooms);
      if (target === undefined || rooms === undefined) return;
      const is = type === WireType.SOCKETS_JOIN ? "join" : "leave";
      return { kind: "message", message: { type: is, target, rooms } };
    }
    case WireType.DISCONNECT_SOCKETS: {
      const target = readTarget(data.opts);
      if (target === undefined) return;
      const close = data.close === true;
      return {
        kind: "message",
        message: { type: "disconnect", target, close },
      };
    }
    case WireType.FETCH_SOCKETS: {
      const target = readTarget(data.opts);
      if (target === undefined || typeof requestId !== "string") return;
      if (requestId.startsWith(ROOMS_MARK)) {
        const asked = requestId.slice(ROOMS_MARK.length);
        return {
          kind: "message",
          message: { type: "rooms", requestId: asked },
        };
      }
      return { kind: "message", message: { type: "fetch", requestId, target } };
    }
    case WireType.SERVER_SIDE_EMIT: {
      const args = readServerEvent(data.packet);
      const id = requestId ?? undefined; // MessagePack may have null
      if (args === undefined || id !== undefined && typeof id !== "string") {
        return;
      }
      const message = {
        type: "server_side_emit",
        requestId: id,
        args,
      } as const;
      return { kind: "message", message };
    }
  }
}

function readReply(
  { type }: WireMessage,
  data: Fields,
): ReceivedContent | undefined {
  const { requestId } = data;
  if (typeof requestId !== "string") return;
  switch (type) {
    case WireType.FETCH_SOCKETS_RESPONSE: {
      const sockets = readSockets(data.sockets);
      if (sockets === undefined) return;
      if (!requestId.startsWith(ROOMS_MARK)) {
        return {
          kind: "reply",
          reply: { type: "sockets", requestId, sockets },
        };
      }
      const rooms = [...new Set(sockets.flatMap(({ rooms }) => [...rooms]))];
      const asked = requestId.slice(ROOMS_MARK.length);
      return {
        kind: "reply",
        reply: { type: "room_list", requestId: asked, rooms },
      };
    }
    case WireType.SERVER_SIDE_EMIT_RESPONSE:
      return {
        kind: "reply",
        reply: { type: "server_side_answer", requestId, answer: data.packet },
      };
    case WireType.BROADCAST_CLIENT_COUNT: {
      const count = readCount(data.clientCount);
      if (count === undefined) return;
      return {
        kind: "reply",
        reply: { type: "client_count", requestId, count },
      };
    }
    case WireType.BROADCAST_ACK:
      return {
        kind: "reply",
        reply: { type: "ack", requestId, answer: data.packet },
      };
  }
}
