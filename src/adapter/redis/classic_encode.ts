import { hasBinary } from "../../parser/binary.ts";
import { encodeMsgpack } from "../../parser/msgpack/mod.ts";
import type { Target } from "../adapter.ts";
import type { ClusterMessage, ClusterReply } from "../cluster_message.ts";
import { toFlags } from "../cluster_wire/flags.ts";
import type { ClassicTemplates } from "./classic_templates.ts";
import {
  type ClassicBytes,
  type ClassicChannels,
  RequestType,
} from "./classic_wire.ts";

/**
 * Encodes a message to the other members.
 *
 * @param message The message.
 * @param uid The sender.
 * @param channels The channels of its namespace.
 * @param templates Those of the sender, if it sends more than one message.
 * @returns The channel, and what to publish there.
 * @throws {Error} If something in it cannot be encoded.
 */
export function encodeClassicMessage(
  message: ClusterMessage,
  uid: string,
  channels: ClassicChannels,
  templates?: ClassicTemplates,
): [channel: string, bytes: ClassicBytes] {
  switch (message.type) {
    case "broadcast": {
      const { packet, target } = message;
      const [room] = target.rooms;
      const channel = target.rooms.size === 1
        ? `${channels.broadcast}${room}#`
        : channels.broadcast;
      const { type, data, nsp } = packet;
      const bytes = templates?.encode(packet, target) ??
        encodeMsgpack([uid, { type, data, nsp }, {
          ...toOpts(target),
          flags: toFlags(target.flags),
        }]);
      return [channel, bytes];
    }
    case "broadcast_with_ack": {
      const { requestId, packet: { type, data, nsp }, target } = message;
      const bytes = encodeMsgpack({
        uid,
        requestId,
        type: RequestType.BROADCAST,
        packet: { type, data, nsp },
        opts: { ...toOpts(target), flags: toFlags(target.flags) },
      });
      return [channels.request, bytes];
    }
    default:
      return [channels.request, encodeText(toRequest(message, uid))];
  }
}

function toRequest(
  message: Exclude<
    ClusterMessage,
    { type: "broadcast" | "broadcast_with_ack" }
  >,
  uid: string,
): object {
  switch (message.type) {
    case "join":
      return {
        uid,
        type: RequestType.REMOTE_JOIN,
        opts: toOpts(message.target),
        rooms: message.rooms,
      };
    case "leave":
      return {
        uid,
        type: RequestType.REMOTE_LEAVE,
        opts: toOpts(message.target),
        rooms: message.rooms,
      };
    case "disconnect":
      return {
        uid,
        type: RequestType.REMOTE_DISCONNECT,
        opts: toOpts(message.target),
        close: message.close,
      };
    case "fetch":
      return {
        uid,
        requestId: message.requestId,
        type: RequestType.REMOTE_FETCH,
        opts: toOpts(message.target),
      };
    case "rooms":
      return {
        uid,
        requestId: message.requestId,
        type: RequestType.ALL_ROOMS,
      };
    case "server_side_emit":
      return {
        uid,
        requestId: message.requestId,
        type: RequestType.SERVER_SIDE_EMIT,
        data: message.args,
      };
  }
}

function toOpts({ rooms, except }: Target): object {
  return { rooms: [...rooms], except: [...except] };
}

/**
 * Encodes an answer.
 *
 * @param reply The answer.
 * @param wantsIds Whether the ids of sockets are wanted in place of their details.
 * @returns What to publish.
 * @throws {Error} If something in it cannot be encoded.
 */
export function encodeClassicReply(
  reply: ClusterReply,
  wantsIds: boolean,
): ClassicBytes {
  const { requestId } = reply;
  switch (reply.type) {
    case "sockets":
      return encodeText({
        requestId,
        sockets: reply.sockets.map(({ id, handshake, rooms, data }) =>
          wantsIds ? id : { id, handshake, rooms: [...rooms], data }
        ),
      });
    case "room_list":
      return encodeText({ requestId, rooms: reply.rooms });
    case "server_side_answer":
      return encodeText({
        type: RequestType.SERVER_SIDE_EMIT,
        requestId,
        data: reply.answer,
      });
    case "client_count":
      return encodeText({
        type: RequestType.BROADCAST_CLIENT_COUNT,
        requestId,
        clientCount: reply.count,
      });
    case "ack":
      return encodeMsgpack({
        type: RequestType.BROADCAST_ACK,
        requestId,
        packet: reply.answer,
      });
  }
}

/** Encodes as JSON, unless there are bytes in it: members read both everywhere. */
function encodeText(value: object): ClassicBytes {
  return hasBinary(value) ? encodeMsgpack(value) : JSON.stringify(value);
}
