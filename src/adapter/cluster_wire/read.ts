import {
  type EventPacket,
  isPacketValid,
  PacketType,
} from "../../parser/mod.ts";
import type {
  BroadcastFlags,
  Room,
  SocketDetails,
  Target,
} from "../adapter.ts";

/** How senders before version 3 of the protocol marked an event with bytes. */
const BINARY_EVENT = 5;

/** Whether fields can be read: it may be an array, which then has none of them. */
export function isRecord(
  value: unknown,
): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/** Reads an event for a namespace, of which the packet may say nothing. */
export function readPacket(
  packet: unknown,
  nsp: string,
): EventPacket | undefined {
  if (!isRecord(packet)) return;
  const { type, data, nsp: name = nsp } = packet;
  if (type !== PacketType.EVENT && type !== BINARY_EVENT) return;
  const event = { type: PacketType.EVENT, nsp, data };
  if (name !== nsp || !isPacketValid(event)) return;
  return event as EventPacket; // as its type says
}

/**
 * Reads which sockets are meant. What is not there restricts nothing, but what
 * cannot be read must not become a message to all.
 */
export function readTarget(opts: unknown): Target | undefined {
  if (!isRecord(opts)) return;
  const rooms = readRooms(opts.rooms ?? []);
  const except = readRooms(opts.except ?? []);
  if (rooms === undefined || except === undefined) return;
  return {
    rooms: new Set(rooms),
    except: new Set(except),
    flags: readFlags(opts.flags),
  };
}

function readFlags(flags: unknown): BroadcastFlags {
  if (!isRecord(flags)) return {};
  const { volatile, compress, timeout } = flags;
  return {
    ...(typeof volatile === "boolean" ? { volatile } : {}),
    ...(typeof compress === "boolean" ? { compress } : {}),
    ...(typeof timeout === "number" && timeout >= 0 ? { timeout } : {}),
  };
}

/** Reads the names of rooms; senders in JavaScript may have numbers among them. */
export function readRooms(rooms: unknown): Room[] | undefined {
  if (!Array.isArray(rooms)) return;
  const isName = (room: unknown) =>
    typeof room === "string" || typeof room === "number";
  return rooms.every(isName) ? rooms.map(String) : undefined;
}

/** Reads the sockets of a list. What is none is left out: the list is an answer all the same. */
export function readSockets(sockets: unknown): SocketDetails[] | undefined {
  if (!Array.isArray(sockets)) return;
  return sockets.map(readSocket).filter((each) => each !== undefined);
}

function readSocket(socket: unknown): SocketDetails | undefined {
  if (!isRecord(socket)) return;
  const { id, handshake, data } = socket;
  const rooms = readRooms(socket.rooms);
  if (typeof id !== "string" || !isRecord(handshake) || !rooms) return;
  return { id, handshake, data, rooms: new Set(rooms) };
}

/** Reads an event between servers: its name and arguments. */
export function readServerEvent(
  data: unknown,
): readonly unknown[] | undefined {
  return Array.isArray(data) && typeof data[0] === "string" ? data : undefined;
}

/** Reads how many clients there are. */
export function readCount(count: unknown): number | undefined {
  return Number.isSafeInteger(count) && Number(count) >= 0
    ? Number(count)
    : undefined;
}
