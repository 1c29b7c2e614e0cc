import type { EncodedPacket } from "../../parser/mod.ts";
import type { Room, Session, SessionRecovery } from "../adapter.ts";
import { isMeant } from "../is_meant.ts";
import { ConnectedSessions } from "./connected_sessions.ts";
import { RecentPackets, type SentPacket } from "./recent_packets.ts";
import type { StreamEntry } from "./stream_entry.ts";
import { compareIds, isStreamId } from "./stream_id.ts";
import { StreamReplay } from "./stream_replay.ts";
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
  /** Those that were interrupted. */
  readonly #sessions: StreamSessions;
  /** Those of connected clients, where they are kept. */
  readonly #connected: ConnectedSessions | undefined;
  readonly #replay: StreamReplay;
  readonly #read: (entry: StreamEntry) => SentPacket | undefined;
  /** What this server has read itself. */
  readonly recent: RecentPackets;

  /**
   * @param nsp The name of the namespace.
   * @param bus What reads the stream, and asks others for sessions.
   * @param hub The connections.
   * @param recovery How long sessions are kept.
   * @param read Reads an entry, if its packet is to be sent again.
   */
  constructor(
    nsp: string,
    bus: StreamsBus,
    hub: StreamsHub,
    { maxDisconnectionDuration }: SessionRecovery,
    read: (entry: StreamEntry) => SentPacket | undefined,
  ) {
    this.#nsp = nsp;
    this.#bus = bus;
    this.#sessions = new StreamSessions(hub, maxDisconnectionDuration);
    if (hub.settings.snapshotInterval > 0) {
      this.#connected = new ConnectedSessions(hub, this.#sessions, bus.uid);
    }
    this.#replay = new StreamReplay(hub, hub.streamOf(nsp));
    this.#read = read;
    this.recent = new RecentPackets(read);
  }

  /**
   * Keeps a session.
   *
   * @param session The session.
   * @param start The last entry that its client has for certain, if that is known.
   */
  put(session: Session, start: string | undefined): Promise<void> {
    const stored = { ...session, nsp: this.#nsp, start };
    return this.#connected?.interrupt(stored) ?? this.#sessions.put(stored);
  }

  /**
   * Keeps a session whose client is connected, where that is wanted.
   *
   * @param session The session.
   * @param start The last entry that its client has for certain, if that is known.
   * @returns Whether it has not gone on elsewhere.
   */
  async keep(session: Session, start: string | undefined): Promise<boolean> {
    const stored = { ...session, nsp: this.#nsp, start };
    return await this.#connected?.keep(stored) ?? true;
  }

  /** Keeps a session no longer that was kept while its client was connected. */
  async delete(pid: string): Promise<void> {
    await this.#connected?.delete(pid);
  }

  /**
   * Takes a session out, wherever it is, and waits until this server has read as much
   * as the client has got.
   *
   * @param pid Its secret.
   * @param offset The last entry that its client got, as the client says.
   * @returns The session, unless it is not known what its client got.
   */
  async take(
    pid: string,
    offset: string | undefined,
  ): Promise<FoundSession | undefined> {
    if (pid.length > MAX_PID_LENGTH) return undefined;
    let session = await this.#sessions.take(pid);
    if (session === undefined) {
      // It may be on its way by now, from a server which does not know it any more.
      await this.#bus.search(pid);
      session = await this.#sessions.take(pid);
    }
    session ??= await this.#connected?.take(pid);
    // A secret of one namespace opens no other.
    if (session === undefined || (session.nsp ?? this.#nsp) !== this.#nsp) {
      return undefined;
    }
    const from = await this.#findStart(session, offset);
    if (from === undefined || !await this.#bus.passed(from)) return undefined;
    return { session, from };
  }

  async #findStart(
    { nsp, start }: StoredSession,
    offset: string | undefined,
  ): Promise<string | undefined> {
    // An offset older than the session is left from one that was not restored.
    if (
      offset !== undefined && isStreamId(offset) &&
      (start === undefined || compareIds(offset, start) > 0) &&
      await this.#has(offset, nsp !== undefined)
    ) return offset;
    if (start === undefined) return undefined;
    return await this.#has(start, true) ? start : undefined;
  }

  /**
   * Whether it can be found out what came behind an entry.
   *
   * @param isOurs Whether the entry is of this namespace for certain: servers on Node do
   * not say of which their sessions are.
   */
  async #has(id: string, isOurs: boolean): Promise<boolean> {
    const position = this.#bus.position ?? "0-0";
    if (compareIds(id, position) <= 0 && this.recent.covers(id)) {
      if (isOurs || this.recent.has(id)) return true;
    }
    const entry = await this.#replay.find(id);
    return entry !== undefined && (isOurs || entry.nsp === this.#nsp);
  }

  /**
   * Finds what somebody in `rooms` has missed.
   *
   * @param from The last entry that it got.
   * @param to The last entry that this server has read.
   * @returns The packets in order; nothing if the stream has forgotten some of them.
   */
  async findMissed(
    rooms: ReadonlySet<Room>,
    from: string,
    to: string,
  ): Promise<EncodedPacket[] | undefined> {
    if (this.recent.covers(from)) return this.recent.after(from, rooms);
    const wish = { nsp: this.#nsp, rooms, from, to };
    const entries = await this.#replay.read(wish);
    return entries?.map(this.#read).filter((packet) =>
      packet !== undefined && isMeant(rooms, packet.target)
    ).map((packet) => packet!.encoded); // filtered
  }
}
