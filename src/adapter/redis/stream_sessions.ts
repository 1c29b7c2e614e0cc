import { decodeMsgpack, encodeMsgpack } from "../../parser/msgpack/mod.ts";
import type { Session } from "../adapter.ts";
import { isRecord, readRooms } from "../cluster_wire/read.ts";
import { textOf } from "./stream_entry.ts";
import { isStreamId } from "./stream_id.ts";
import type { StreamsHub } from "./streams_hub.ts";

/** A session as it is in Redis. */
export interface StoredSession extends Session {
  /** Its namespace; Node's servers do not say. */
  readonly nsp?: string | undefined;
  /** The last entry that its client has for certain; Node's servers do not know. */
  readonly start?: string | undefined;
}

/** Sessions that were interrupted, where all servers find them, once. */
export class StreamSessions {
  readonly #hub: StreamsHub;
  /** Milliseconds that a session is kept. */
  readonly duration: number;

  /**
   * @param hub The connections.
   * @param duration Milliseconds that a session is kept.
   */
  constructor(hub: StreamsHub, duration: number) {
    this.#hub = hub;
    this.duration = Math.ceil(duration);
  }

  /** The key of a session. */
  keyOf(pid: string): string {
    return this.#hub.settings.sessionKeyPrefix + pid;
  }

  /**
   * Keeps a session.
   *
   * @throws {Error} If what the application keeps with it cannot be encoded.
   */
  async put(session: StoredSession): Promise<void> {
    await this.#hub.outbox.command(
      "SET",
      this.keyOf(session.pid),
      encodeSession(session),
      "PX",
      `${this.duration}`,
    );
  }

  /** Takes a session out: nobody gets it twice. */
  async take(pid: string): Promise<StoredSession | undefined> {
    const text = await this.#hub.outbox.command("GETDEL", this.keyOf(pid));
    return text === null || text === undefined
      ? undefined
      : decodeSession(textOf(text), pid);
  }
}

/**
 * Writes a session as text.
 *
 * @throws {Error} If what the application keeps with it cannot be encoded.
 */
export function encodeSession(
  { sid, pid, rooms, data, nsp, start }: StoredSession,
): string {
  return encodeMsgpack({ sid, pid, rooms, data, nsp, start }).toBase64();
}

/**
 * Reads a session.
 *
 * @returns The session, unless it is another's.
 * @throws {Error} If the text cannot be read.
 */
export function decodeSession(
  text: string,
  pid: string,
): StoredSession | undefined {
  const value = decodeMsgpack(Uint8Array.fromBase64(text));
  if (!isRecord(value)) return undefined;
  const { sid, data, nsp, start } = value;
  const rooms = readRooms(value.rooms);
  if (typeof sid !== "string" || value.pid !== pid || !rooms) return undefined;
  return {
    sid,
    pid,
    rooms,
    data,
    nsp: typeof nsp === "string" ? nsp : undefined,
    start: typeof start === "string" && isStreamId(start) ? start : undefined,
  };
}
