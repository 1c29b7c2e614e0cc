import type { EncodedPacket, Packet } from "../../parser/mod.ts";
import { DelayLine } from "../../delay_line.ts";
import { settledWithin } from "../../settled_within.ts";
import type {
  AdapterNamespace,
  RestoredSession,
  Room,
  Session,
  SessionRecovery,
  SocketId,
  Target,
} from "../adapter.ts";
import type { ClusterAction, ClusterMessage } from "../cluster_message.ts";
import { WireType } from "../cluster_wire/mod.ts";
import { isMeant } from "../is_meant.ts";
import { sizeOf } from "../size_of.ts";
import { broadcastOf, hasOffset, withOffset } from "./offsets.ts";
import { OwnEntries } from "./own_entries.ts";
import { Positions } from "./positions.ts";
import type { SentPacket } from "./recent_packets.ts";
import { SessionSnapshots } from "./session_snapshots.ts";
import type { NewEntry, StreamEntry } from "./stream_entry.ts";
import { laterId } from "./stream_id.ts";
import { StreamRecovery } from "./stream_recovery.ts";
import { StreamsAdapter } from "./streams_adapter.ts";
import type { StreamsHub } from "./streams_hub.ts";

/** A client whose session goes on, and which is not let in yet. */
interface Newcomer {
  readonly rooms: ReadonlySet<Room>;
  /** What was sent meanwhile that it was to get. */
  readonly packets: EncodedPacket[];
}

/** What a socket's client had for certain when it was let in. */
interface Start {
  /** The last entry. */
  readonly id: string;
  /** When it was let in: what was sent before does not count for it. */
  since: number;
}

/** A client whose session is looked for. */
interface Search {
  /** Ends the wait. */
  readonly onLate: () => void;
  isLate: boolean;
}

/**
 * The rooms of one server, and what the others say by way of a stream, where
 * interrupted sessions go on with any of them.
 *
 * An event without acknowledgement carries the id of its entry as an additional last
 * argument, the offset, which the client sends when it returns. So that a client's
 * offset says all that it got, events reach this server's own clients in the order of
 * the stream, too, when they come back from there; without Redis at once, with the id
 * of the last entry before.
 */
export class StreamsRecoveryAdapter extends StreamsAdapter {
  readonly #timeout: number;
  readonly #maxReplay: number;
  readonly #recovery: StreamRecovery;
  readonly #own: OwnEntries;
  readonly #positions = new Positions();
  readonly #starts = new Map<SocketId, Start>();
  /** By the secrets of their sessions. */
  readonly #newcomers = new Map<string, Newcomer>();
  /** Sessions on their way to Redis, or out of it. */
  readonly #persisting = new Set<Promise<void>>();
  /** Sessions of those who are connected, where they are kept. */
  readonly #snapshots: SessionSnapshots | undefined;
  /**
   * Those whose session is looked for. Ticks are counted, so that a server which has
   * too much to do for a moment does not take Redis for dead.
   */
  readonly #searches: DelayLine<Search>;

  /**
   * @param nsp The namespace.
   * @param hub The connections.
   * @param recovery How sessions go on.
   */
  constructor(
    nsp: AdapterNamespace,
    hub: StreamsHub,
    recovery: SessionRecovery,
  ) {
    super(nsp, hub);
    this.#timeout = hub.settings.requestsTimeout;
    this.#maxReplay = recovery.maxReplay;
    this.#searches = new DelayLine(this.#timeout, (search) => search.onLate());
    this.#recovery = new StreamRecovery(
      nsp.name,
      this.bus,
      hub,
      recovery,
      (entry) => this.#read(entry),
    );
    const { snapshotInterval } = hub.settings;
    if (snapshotInterval > 0) {
      this.#snapshots = this.#createSnapshots(snapshotInterval);
    }
    this.#own = new OwnEntries(
      hub.settings.publishTimeout,
      (reason) => this.tellOnce(reason),
    );
  }

  #createSnapshots(interval: number): SessionSnapshots {
    const { bus, nsp } = this;
    return new SessionSnapshots(interval, {
      get isReachable() {
        return bus.isReachable;
      },
      sessionOf: (id) => nsp.sessionOf?.(id),
      keep: (session) => this.#recovery.keep(session, this.#startOf(session)),
      delete: (pid) => this.#recovery.delete(pid),
      release: (pid) => this.release(pid),
      onError: (cause) =>
        this.tellOnce(new Error("Cannot keep a session", { cause })),
    });
  }

  /** Leaves the other servers, when the sessions are kept. */
  override async close(): Promise<void> {
    this.#snapshots?.[Symbol.dispose]();
    this.#own[Symbol.dispose]();
    this.#searches.flush();
    await settledWithin(this.#timeout, Promise.allSettled(this.#persisting));
    this.#newcomers.clear();
    this.#recovery.recent.clear();
    await super.close();
  }

  /** Does something behind all that was broadcast so far. */
  override inOrder(action: () => void): void {
    this.#own.inOrder(this.#own.size === 0 ? action : this.#guarded(action));
  }

  #guarded(action: () => void): () => void {
    return () => {
      try {
        action();
      } catch (error) {
        this.nsp.onError(error);
      }
    };
  }

  /** Does to the sockets of all servers what is wanted, in the order of the stream. */
  protected override perform(message: ClusterAction): void {
    this.assertCarried(message.target);
    if (!this.bus.isReachable) {
      this.#own.leave(new Error("there is no connection to Redis"));
    }
    const { type, target } = message;
    if (type !== "broadcast" || !hasOffset(message.packet)) {
      this.tell(message);
      return this.inOrder(() => this.act(message));
    }
    const entry = this.encode(message);
    if (entry === undefined) { // nobody else can have it
      return this.inOrder(() => this.#send(message.packet, target, undefined));
    }
    const deliver = (id?: string) => this.#sendEntry(entry, target, id);
    if (target.flags?.local) return this.inOrder(() => deliver());
    this.#own.add(
      this.bus.append(entry),
      (id) => this.#guarded(() => deliver(id))(),
    );
  }

  /** Sends an event of this server's, as it was when it was sent to the others. */
  #sendEntry(entry: NewEntry, target: Target, id: string | undefined): void {
    if (entry.room !== undefined && !this.hasRoom(entry.room)) {
      if (id !== undefined) this.#putAside({ ...entry, id });
      return;
    }
    const message = broadcastOf(entry);
    if (message !== undefined) this.#send(message.packet, target, id);
  }

  /** Sends an event to this server's sockets, with the id of its entry or the last before. */
  #send(packet: Packet, target: Target, id: string | undefined): void {
    const encoded = this.nsp.encode(
      withOffset(packet, id ?? this.bus.position),
    );
    if (!target.flags?.volatile) this.#keep({ encoded, target }, id);
    this.deliver(encoded, packet, target);
  }

  #keep({ encoded, target }: SentPacket, id: string | undefined): void {
    const copy = encoded.copy();
    if (id !== undefined) {
      this.#recovery.recent.add(id, { encoded: copy, target });
    }
    for (const { rooms, packets } of this.#newcomers.values()) {
      if (isMeant(rooms, target)) packets.push(copy);
    }
  }

  /** Reads an entry again, if its packet is one that is sent again. */
  #read(entry: StreamEntry): SentPacket | undefined {
    try {
      const message = broadcastOf(entry);
      if (message === undefined || message.target.flags?.volatile) return;
      const encoded = this.nsp.encode(withOffset(message.packet, entry.id));
      return { encoded, target: message.target };
    } catch {
      return; // nobody has got it
    }
  }

  /** Takes a message of another server that has come with the stream. */
  override onStreamMessage(
    message: ClusterMessage,
    from: string,
    id: string,
  ): void {
    this.#recovery.recent.onEntry(id);
    if (message.type === "broadcast" && hasOffset(message.packet)) {
      this.#send(message.packet, message.target, id);
    } else super.onStreamMessage(message, from, id);
    this.#positions.add(id);
  }

  /** Takes a message of another server that is for nobody here. */
  override onForeignEntry(entry: StreamEntry): void {
    this.#putAside(entry);
    this.#positions.add(entry.id);
  }

  /** Takes a message of this server that has come back with the stream. */
  override onOwnEntry(entry: StreamEntry): void {
    super.onOwnEntry(entry);
    const { id, seq } = entry;
    this.#recovery.recent.onEntry(id);
    // Otherwise it was sent already, without its id.
    if (!this.#own.onRead(Number(seq), id)) this.#putAside(entry);
    this.#positions.add(id);
  }

  #putAside(entry: StreamEntry): void {
    const { recent } = this.#recovery;
    recent.onEntry(entry.id);
    if (Number(entry.type) === WireType.BROADCAST) recent.addUnread(entry);
  }

  /** Hears that messages of the stream may have been missed. */
  override onGap(): void {
    this.#recovery.recent.clear();
  }

  /** Hears that a message of this server's could not be added to the stream. */
  override onUnsent(error: unknown): void {
    this.#own.leave(error);
    super.onUnsent(error);
  }

  /** Tells whether a socket of this server is in a room, or will be. */
  override hasRoom(room: Room): boolean {
    return super.hasRoom(room) ||
      this.#newcomers.values().some(({ rooms }) => rooms.has(room));
  }

  /** Adds a connected socket to rooms. */
  override addAll(id: SocketId, rooms: Iterable<Room>): Promise<void> | void {
    const start = this.#starts.get(id);
    const { position } = this.bus;
    // Nothing is kept of a session that was taken: its new server may soon be dead, too.
    if (start?.since === Infinity) this.#snapshots?.onReturn(id);
    else this.#snapshots?.onChange(id);
    if (start !== undefined) start.since = Math.min(start.since, Date.now());
    else if (position !== undefined) {
      this.#starts.set(id, { id: position, since: Date.now() });
    }
    return super.addAll(id, rooms);
  }

  /** Takes a socket out of a room. */
  override del(id: SocketId, room: Room): Promise<void> | void {
    this.#snapshots?.onChange(id);
    return super.del(id, room);
  }

  /** Takes a socket out of all rooms. */
  override delAll(id: SocketId): void {
    this.#starts.delete(id);
    if (this.#snapshots !== undefined) this.#await(this.#snapshots.delete(id));
    super.delAll(id);
  }

  /** Keeps a session that was interrupted. */
  override async persistSession(session: Session): Promise<void> {
    this.#newcomers.delete(session.pid);
    this.#snapshots?.forget(session.sid); // what is kept now takes its place
    const persisted = this.#recovery.put(session, this.#startOf(session));
    this.#await(persisted.catch(() => {}));
    await persisted;
  }

  /** Lets the end wait for something. */
  #await(settled: Promise<void>): void {
    this.#persisting.add(settled);
    settled.then(() => this.#persisting.delete(settled));
  }

  /** The last entry that the client of a session has for certain, if that is known. */
  #startOf({ sid, confirmedAt = 0 }: Session): string | undefined {
    const { id, since } = this.#starts.get(sid) ?? NO_START;
    const confirmed = confirmedAt > since
      ? this.#positions.before(confirmedAt)
      : undefined;
    return laterId(id, confirmed);
  }

  /** Takes out a session that was interrupted, on whichever server; nobody gets it twice. */
  override async restoreSession(
    pid: string,
    offset: string | undefined,
  ): Promise<RestoredSession | undefined> {
    // Clients of a server that is started again are back before it knows the stream.
    if (this.bus.isOpening) await this.bus.known();
    if (!this.bus.isReachable || this.bus.position === undefined) return;
    const { promise: late, reject } = Promise.withResolvers<never>();
    const search: Search = {
      isLate: false,
      onLate() {
        search.isLate = true;
        reject(new Error("Redis has not answered in time"));
      },
    };
    this.#searches.add(search);
    try {
      return await Promise.race([this.#restore(pid, offset, search), late]);
    } catch (error) {
      this.#newcomers.delete(pid);
      this.tellOnce(new Error("Cannot restore a session", { cause: error }));
    } finally {
      this.#searches.delete(search);
    }
  }

  async #restore(
    pid: string,
    offset: string | undefined,
    search: Search,
  ): Promise<RestoredSession | undefined> {
    const found = await this.#recovery.take(pid, offset);
    if (found === undefined || search.isLate) return;
    const { session: { sid, rooms: names, data }, from } = found;
    const rooms = new Set(names);
    // What is read from here on is kept for it: it has missed the rest.
    const newcomer: Newcomer = { rooms, packets: [] };
    this.#newcomers.set(pid, newcomer);
    const to = this.bus.position!; // at least `from`
    const missed = await this.#recovery.findMissed(rooms, from, to);
    const size = missed?.reduce((sum, packet) => sum + sizeOf(packet), 0) ?? 0;
    if (missed === undefined || size > this.#maxReplay || search.isLate) {
      this.#newcomers.delete(pid);
      return;
    }
    this.#starts.set(sid, { id: from, since: Infinity });
    const newcomers = this.#newcomers;
    return {
      sid,
      pid,
      rooms: names,
      data,
      get missedPackets() {
        newcomers.delete(pid);
        return [...missed, ...newcomer.packets];
      },
    };
  }

  /** Ends a session of this server's, which goes on elsewhere. */
  override async release(pid: string): Promise<boolean> {
    return await this.nsp.releaseSession?.(pid) ?? false;
  }
}

/** What is known of a socket that was let in before the stream was known. */
const NO_START = { id: undefined, since: Infinity };
