import type { Room, Session, SessionRecovery } from "../adapter.ts";
import { compareIds, isStreamId } from "./stream_id.ts";
import { type MissedPacket, StreamReplay } from "./stream_replay.ts";
import { type StoredSession, StreamSessions } from "./stream_sessions.ts";
import type { StreamsBus } from "./streams_bus.ts";
import type { StreamsHub } from "./streams_hub.ts";

/** A session that can go on. */
export interface FoundSession {
  readonly session: StoredSession;
  /** The last entry that its client got. */
  readonly from: string;
}

/** Secrets are shorter: nobody fills Redis with longer ones. */
const MAX_PID_LENGTH = 64;

/** The sessions of a namespace, and what their clients have missed. */
export class StreamRecovery {
  readonly #nsp: string;
  readonly #bus: StreamsBus;
  readonly #sessions: StreamSessions;
  readonly #replay: StreamReplay;

  /**
   * @param nsp The name of the namespace.
   * @param bus What reads the stream, and asks others for sessions.
   * @param hub The connections.
   * @param recovery How long sessions are kept.
   */
  constructor(
    nsp: string,
    bus: StreamsBus,
    hub: StreamsHub,
    { maxDisconnectionDuration }: SessionRecovery,
  ) {
    this.#nsp = nsp;
    this.#bus = bus;
    this.#sessions = new StreamSessions(hub, maxDisconnectionDuration);
    this.#replay = new StreamReplay(hub, hub.streamOf(nsp));
  }

  /**
   * Keeps a session.
   *
   * @param session The session.
   * @param start The last entry that its client has for certain, if that is known.
   */
  put(session: Session, start: string | undefined): Promise<void> {
    return this.#sessions.put({ ...session, nsp: this.#nsp, start });
  }

  /**
   * Takes a session out, wherever it is.
   *
   * @param pid Its secret.
   * @param offset The last entry that its client got, as the client says.
   * @returns The session, unless what its client got is not known.
   */
  async take(
    pid: string,
    offset: string | undefined,
  ): Promise<FoundSession | undefined> {
    if (pid.length > MAX_PID_LENGTH) return undefined;
    let session = await this.#sessions.take(pid);
    if (session === undefined && await this.#bus.search(pid)) {
      session = await this.#sessions.take(pid);
    }
    // A secret of one namespace opens no other.
    if (session === undefined || (session.nsp ?? this.#nsp) !== this.#nsp) {
      return undefined;
    }
    const from = await this.#findStart(session, offset);
    return from === undefined ? undefined : { session, from };
  }

  async #findStart(
    { nsp, start }: StoredSession,
    offset: string | undefined,
  ): Promise<string | undefined> {
    // An offset older than the session is left from one that was not restored.
    if (
      offset !== undefined && isStreamId(offset) &&
      (start === undefined || compareIds(offset, start) > 0)
    ) {
      const entry = await this.#replay.find(offset);
      // Node's servers do not say of which namespace a session is.
      if (entry !== undefined && (nsp ?? entry.nsp) === this.#nsp) {
        return offset;
      }
    }
    if (start === undefined) return undefined;
    return await this.#replay.find(start) === undefined ? undefined : start;
  }

  /** Waits until this server has read an entry, so that it can go on behind it. */
  reach(id: string): Promise<boolean> {
    return this.#bus.passed(id);
  }

  /**
   * Reads what a client in `rooms` has missed between two entries.
   *
   * @returns The packets in order; nothing if the stream has forgotten some of them.
   */
  readMissed(
    rooms: ReadonlySet<Room>,
    from: string,
    to: string,
  ): Promise<MissedPacket[] | undefined> {
    return this.#replay.read({ nsp: this.#nsp, rooms, from, to });
  }
}
