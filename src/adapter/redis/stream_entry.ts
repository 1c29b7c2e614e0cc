import { decodeMsgpack, encodeMsgpack } from "../../parser/msgpack/mod.ts";
import type { ClusterMessage } from "../cluster_message.ts";
import {
  ClusterWireError,
  fromWire,
  hasBytes,
  type ReceivedContent,
  type WireMessage,
} from "../cluster_wire/mod.ts";

/**
 * A message as it is in a stream. Node's servers write and read `uid`, `nsp`, `type`
 * and `data` alone.
 */
export interface StreamEntry {
  /** Its place in the stream, which is also the offset of the packet in it. */
  readonly id: string;
  readonly uid?: string;
  readonly nsp?: string;
  readonly type?: string;
  readonly data?: string;
  /** Counts the messages of its sender. */
  readonly seq?: string;
  /** The one room that is meant, if it is one: others need not read the message. */
  readonly room?: string;
}

/** An entry that Redis has not given a place yet. */
export type NewEntry = Omit<StreamEntry, "id">;

/**
 * Writes a message as an entry: a copy, whatever the application does to its values.
 *
 * @param message The message.
 * @param wire The same, as members say it.
 * @param onlyPlaintext Whether there are no bytes in it for certain.
 * @returns The entry, without a number.
 * @throws {Error} If something in it cannot be written.
 */
export function encodeEntry(
  message: ClusterMessage,
  wire: WireMessage,
  onlyPlaintext: boolean,
): NewEntry {
  const { uid, nsp, type, data } = wire;
  const room = onlyRoomOf(message);
  return {
    uid,
    nsp,
    type: `${type}`,
    data: !onlyPlaintext && hasBytes(wire)
      ? encodeMsgpack(data).toBase64()
      : JSON.stringify(data),
    ...room === undefined ? {} : { room },
  };
}

function onlyRoomOf(message: ClusterMessage): string | undefined {
  if (!("target" in message)) return undefined;
  const [room, ...others] = message.target.rooms;
  return others.length === 0 ? room : undefined;
}

/**
 * Reads what an entry says.
 *
 * @throws {ClusterWireError} If it cannot be understood.
 */
export function decodeEntry(entry: NewEntry): ReceivedContent {
  const { uid = "", nsp = "", type = "", data } = entry;
  let value: unknown;
  try {
    value = data?.startsWith("{")
      ? JSON.parse(data)
      : data && decodeMsgpack(Uint8Array.fromBase64(data));
  } catch (cause) {
    throw new ClusterWireError(
      "its data is neither JSON nor MessagePack in base64",
      entry,
      { cause },
    );
  }
  return fromWire({ uid, nsp, type: Number(type), data: value });
}

/**
 * Reads what Redis answers to `XREAD` of one stream.
 *
 * @returns The entries, none if time was up.
 * @throws {TypeError} If it is no such answer.
 */
export function readStreams(reply: unknown): StreamEntry[] {
  if (reply === null || reply === undefined) return [];
  // RESP2 has an array of pairs, RESP3 a map.
  const entries = Array.isArray(reply)
    ? reply[0]?.[1]
    : reply instanceof Map
    ? [...reply.values()][0]
    : Object.values(reply)[0];
  return readEntries(entries);
}

/**
 * Reads what Redis answers to `XRANGE` and `XREVRANGE`.
 *
 * @throws {TypeError} If it is no such answer.
 */
export function readEntries(reply: unknown): StreamEntry[] {
  if (!Array.isArray(reply)) {
    throw new TypeError("Cannot read a stream: Redis gave no list of entries");
  }
  return reply.map(readEntry);
}

function readEntry(entry: unknown): StreamEntry {
  const [id, fields] = Array.isArray(entry) ? entry : [];
  const result: Record<string, string> & { id: string } = { id: textOf(id) };
  // An entry that was deleted has none.
  const list = Array.isArray(fields) ? fields : [];
  for (let i = 0; i + 1 < list.length; i += 2) {
    const name = textOf(list[i]);
    if (name !== "id") result[name] = textOf(list[i + 1]);
  }
  return result;
}

const decoder = new TextDecoder();

/** The text of a value, which clients may be told to give as bytes. */
export function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  return value instanceof Uint8Array ? decoder.decode(value) : String(value);
}

/** The name of the stream that a namespace's messages are in, as Node's servers choose it. */
export function streamNameOf(
  nsp: string,
  streamName: string,
  streamCount: number,
): string {
  if (streamCount === 1) return streamName;
  let hash = 0;
  for (let i = 0; i < nsp.length; i++) {
    hash = (hash * 31 + nsp.charCodeAt(i)) | 0;
  }
  return `${streamName}-${hash % streamCount}`;
}
