import { hasBinary } from "../../parser/binary.ts";
import { encodeMsgpack } from "../../parser/msgpack/mod.ts";
import type { SocketDetails, Target } from "../adapter.ts";
import type { ClusterMessage } from "../cluster_message.ts";
import { toFlags } from "./flags.ts";
import {
  ROOMS_MARK,
  type WireContent,
  type WireMessage,
  type WireSender,
  WireType,
} from "./wire.ts";

/**
 * Says something as the official adapters do.
 *
 * @param content What to say.
 * @param sender Who says it.
 * @returns The message, for {@linkcode encodeWire} or another encoding: a plain
 * object in which the application's own values are as they were.
 */
export function toWire(
  content: WireContent,
  { uid, nsp }: WireSender,
): WireMessage {
  switch (content.type) {
    case "joined":
      return { uid, nsp, type: WireType.INITIAL_HEARTBEAT };
    case "alive":
      return { uid, nsp, type: WireType.HEARTBEAT };
    case "left":
      return { uid, nsp, type: WireType.ADAPTER_CLOSE };
    case "client_count": {
      const { requestId, count: clientCount } = content;
      const type = WireType.BROADCAST_CLIENT_COUNT;
      return { uid, nsp, type, data: { requestId, clientCount } };
    }
    case "ack": {
      const { requestId, answer: packet } = content;
      const type = WireType.BROADCAST_ACK;
      return { uid, nsp, type, data: { requestId, packet } };
    }
    case "server_side_answer": {
      const { requestId, answer: packet } = content;
      const type = WireType.SERVER_SIDE_EMIT_RESPONSE;
      return { uid, nsp, type, data: { requestId, packet } };
    }
    case "sockets": {
      const { requestId } = content;
      const sockets = content.sockets.map(toSocket);
      const type = WireType.FETCH_SOCKETS_RESPONSE;
      return { uid, nsp, type, data: { requestId, sockets } };
    }
    case "room_list": {
      // As if there were a socket in each: who asks looks at the rooms alone.
      const requestId = ROOMS_MARK + content.requestId;
      const sockets = [{ id: "", handshake: {}, rooms: content.rooms }];
      const type = WireType.FETCH_SOCKETS_RESPONSE;
      return { uid, nsp, type, data: { requestId, sockets } };
    }
    default:
      return { uid, nsp, ...toRequest(content) };
  }
}

function toRequest(
  message: ClusterMessage,
): Pick<WireMessage, "type" | "data"> {
  switch (message.type) {
    case "broadcast":
    case "broadcast_with_ack": {
      const { type, data } = message.packet;
      return {
        type: WireType.BROADCAST,
        data: {
          packet: { type, data },
          ...("requestId" in message ? { requestId: message.requestId } : {}),
          opts: toOpts(message.target),
        },
      };
    }
    case "join":
    case "leave":
      return {
        type: message.type === "join"
          ? WireType.SOCKETS_JOIN
          : WireType.SOCKETS_LEAVE,
        data: { opts: toOpts(message.target), rooms: message.rooms },
      };
    case "disconnect":
      return {
        type: WireType.DISCONNECT_SOCKETS,
        data: { opts: toOpts(message.target), close: message.close },
      };
    case "fetch":
      return {
        type: WireType.FETCH_SOCKETS,
        data: { opts: toOpts(message.target), requestId: message.requestId },
      };
    case "rooms":
      return {
        type: WireType.FETCH_SOCKETS,
        data: {
          opts: { rooms: [], except: [], flags: {} },
          requestId: ROOMS_MARK + message.requestId,
        },
      };
    case "server_side_emit": {
      const { requestId, args: packet } = message;
      return {
        type: WireType.SERVER_SIDE_EMIT,
        data: requestId === undefined ? { packet } : { requestId, packet },
      };
    }
  }
}

function toOpts({ rooms, except, flags }: Target): object {
  return { rooms: [...rooms], except: [...except], flags: toFlags(flags) };
}

function toSocket({ id, handshake, rooms, data }: SocketDetails): object {
  return { id, handshake, rooms: [...rooms], data };
}

/** What may have bytes in it. */
const BINARY_TYPES: ReadonlySet<number> = new Set([
  WireType.BROADCAST,
  WireType.BROADCAST_ACK,
  WireType.FETCH_SOCKETS_RESPONSE,
  WireType.SERVER_SIDE_EMIT,
  WireType.SERVER_SIDE_EMIT_RESPONSE,
]);

/** Tells whether a message has bytes in it, so that JSON cannot hold it. */
export function hasBytes({ type, data }: WireMessage): boolean {
  return BINARY_TYPES.has(type) && hasBinary(data);
}

/**
 * Writes a message as JSON, or as MessagePack where bytes are in it: both are
 * understood wherever messages come as bytes.
 *
 * @throws {Error} If something in it cannot be written, such as a bigint.
 */
export function encodeWire(message: WireMessage): string | Uint8Array {
  return hasBytes(message) ? encodeMsgpack(message) : JSON.stringify(message);
}
