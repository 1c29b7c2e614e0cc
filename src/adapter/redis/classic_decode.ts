import type { EventPacket } from "../../parser/mod.ts";
import { decodeMsgpackApart } from "../../parser/msgpack/decode.ts";
import type { ClusterMessage, ClusterReply } from "../cluster_message.ts";
import {
  isRecord,
  readCount,
  readPacket,
  readRooms,
  readServerEvent,
  readSockets,
  readTarget,
} from "../cluster_wire/read.ts";
import type { ClassicTemplates } from "./classic_templates.ts";
import { type ClassicMessage, RequestType } from "./classic_wire.ts";

/** Tells whether `bytes` is a broadcast of the member `uid`, without reading it. */
export function isBroadcastOf(uid: string, bytes: Uint8Array): boolean {
  // An array of three, and a text of so many characters.
  if (bytes[0] !== 0x93 || bytes[1] !== (0xa0 | uid.length)) return false;
  for (let i = 0; i < uid.length; i++) {
    if (bytes[2 + i] !== uid.charCodeAt(i)) return false;
  }
  return true;
}

/**
 * Decodes what came on a broadcast channel.
 *
 * @param bytes What came.
 * @param nsp The namespace that is listened for.
 * @param templates Those for it.
 * @returns The broadcast, or nothing if it is none for this namespace: other
 * adapters have channels of the same names.
 * @throws {Error} If it is not MessagePack.
 */
export function decodeClassicBroadcast(
  bytes: Uint8Array,
  nsp: string,
  templates?: ClassicTemplates,
): ClassicMessage | undefined {
  const likely = templates?.decode(bytes);
  if (likely !== undefined) return likely;
  // Those of other adapters are maps, or JSON.
  const first = bytes[0] ?? 0;
  if ((first & 0xf0) !== 0x90 && first !== 0xdc && first !== 0xdd) return;
  const value = decodeMsgpackApart(bytes);
  if (!Array.isArray(value)) return;
  const [uid, untrustedPacket, opts] = value;
  const packet = readMainPacket(untrustedPacket, nsp);
  const target = readTarget(opts);
  if (typeof uid !== "string" || !packet || !target) return;
  const message: ClusterMessage = { type: "broadcast", packet, target };
  return { uid, message, wantsIds: false };
}

/**
 * Decodes what came on a request channel.
 *
 * @param bytes What came.
 * @param nsp The namespace that is listened for.
 * @returns The request, or nothing if it is none that is known.
 * @throws {Error} If it is neither JSON nor MessagePack.
 */
export function decodeClassicRequest(
  bytes: Uint8Array,
  nsp: string,
): ClassicMessage | undefined {
  const request = decodeText(bytes);
  if (!isRecord(request)) return;
  const message = readRequest(request, nsp);
  if (message === undefined) return;
  const uid = typeof request.uid === "string" ? request.uid : undefined;
  return { uid, message, wantsIds: request.type === RequestType.SOCKETS };
}

function readRequest(
  request: Readonly<Record<string, unknown>>,
  nsp: string,
): ClusterMessage | undefined {
  const { type, requestId } = request;
  switch (type) {
    case RequestType.REMOTE_JOIN:
    case RequestType.REMOTE_LEAVE: {
      // The form with one socket and one room is that of version 6 and before.
      const target = readTarget(request.opts ?? { rooms: [request.sid] });
      const rooms = readRooms(request.opts ? request.rooms : [request.room]);
      if (target === undefined || rooms === undefined) return;
      return {
        type: type === RequestType.REMOTE_JOIN ? "join" : "leave",
        target,
        rooms,
      };
    }
    case RequestType.REMOTE_DISCONNECT: {
      const target = readTarget(request.opts ?? { rooms: [request.sid] });
      const close = request.close === true;
      return target && { type: "disconnect", target, close };
    }
    case RequestType.SERVER_SIDE_EMIT: {
      const args = readServerEvent(request.data);
      if (args === undefined) return;
      if (requestId !== undefined && typeof requestId !== "string") return;
      return { type: "server_side_emit", requestId, args };
    }
  }
  if (typeof requestId !== "string") return;
  switch (type) {
    case RequestType.SOCKETS: {
      const target = readTarget({ rooms: request.rooms });
      return target && { type: "fetch", requestId, target };
    }
    case RequestType.REMOTE_FETCH: {
      const target = readTarget(request.opts);
      return target && { type: "fetch", requestId, target };
    }
    case RequestType.ALL_ROOMS:
      return { type: "rooms", requestId };
    case RequestType.BROADCAST: {
      const packet = readMainPacket(request.packet, nsp);
      const target = readTarget(request.opts);
      if (packet === undefined || target === undefined) return;
      return { type: "broadcast_with_ack", requestId, packet, target };
    }
  }
}

/**
 * Decodes what came on a response channel.
 *
 * @param bytes What came.
 * @returns The answer, or nothing if it is none.
 * @throws {Error} If it is neither JSON nor MessagePack.
 */
export function decodeClassicReply(
  bytes: Uint8Array,
): ClusterReply | undefined {
  const response = decodeText(bytes);
  if (!isRecord(response)) return;
  const { type, requestId, clientCount } = response;
  if (typeof requestId !== "string") return;
  switch (type) {
    case RequestType.BROADCAST_CLIENT_COUNT: {
      const count = readCount(clientCount);
      return count === undefined
        ? undefined
        : { type: "client_count", requestId, count };
    }
    case RequestType.BROADCAST_ACK:
      return { type: "ack", requestId, answer: response.packet };
    case RequestType.SERVER_SIDE_EMIT:
      return { type: "server_side_answer", requestId, answer: response.data };
  }
  const sockets = readSockets(response.sockets);
  if (sockets !== undefined) return { type: "sockets", requestId, sockets };
  const rooms = readRooms(response.rooms);
  return rooms && { type: "room_list", requestId, rooms };
}

const utf8 = new TextDecoder();

function decodeText(bytes: Uint8Array): unknown {
  return bytes[0] === 0x7b // {
    ? JSON.parse(utf8.decode(bytes))
    : decodeMsgpackApart(bytes);
}

/** Reads an event for this namespace; a sender that names none means the main one. */
function readMainPacket(
  packet: unknown,
  nsp: string,
): EventPacket | undefined {
  if (!isRecord(packet)) return;
  return readPacket({ ...packet, nsp: packet.nsp ?? "/" }, nsp);
}
