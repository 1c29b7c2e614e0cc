import { DelayLine } from "../delay_line.ts";
import { type Packet, PacketType } from "../parser/mod.ts";
import type {
  AdapterNamespace,
  RestoredSession,
  Room,
  Session,
  SocketId,
  Target,
} from "./adapter.ts";
import { isMeant } from "./is_meant.ts";
import { MemoryAdapter } from "./memory_adapter.ts";
import { PacketLog } from "./packet_log.ts";

/** How long and how much a {@linkcode RecoveryAdapter} keeps. */
export interface RecoveryAdapterOptions {
  /** Milliseconds that an interrupted session, and what it missed, is kept. */
  readonly maxDisconnectionDuration: number;
  /** Packets that are kept. */
  readonly maxPackets: number;
  /** Bytes of packets that are kept. */
  readonly maxBytes: number;
  /** Interrupted sessions that are kept. */
  readonly maxSessions: number;
  /**
   * Bytes of packets that are sent to a client which returns, each counted with 32 more:
   * with more it starts afresh.
   *
   * @default {Infinity}
   */
  readonly maxReplay?: number;
}

/** What a packet counts beside its bytes when it is sent again. */
const PACKET_COST = 32;

interface KeptSession {
  readonly session: Session;
  /** The number of the last packet that the client has for certain. */
  readonly start: number;
}

/**
 * The rooms of one server, with the sessions that were interrupted and the packets
 * that they missed.
 *
 * An event without acknowledgement carries its number as an additional last
 * argument, the offset, which the client sends when it returns. A volatile event,
 * which is not kept, carries that of the packet before it: the client takes any
 * string there for an offset.
 */
export class RecoveryAdapter extends MemoryAdapter {
  readonly #log: PacketLog;
  readonly #sessions = new Map<string, KeptSession>();
  readonly #expiries: DelayLine<string>;
  readonly #maxSessions: number;
  readonly #maxReplay: number;
  /** The number of the last packet before each connected socket's session. */
  readonly #starts = new Map<SocketId, number>();
  /** Tells our offsets from those of an earlier process. */
  readonly #prefix = `${
    crypto.getRandomValues(new Uint8Array(4)).toBase64({
      alphabet: "base64url",
      omitPadding: true,
    })
  }.`;

  /** Serves `nsp`. */
  constructor(nsp: AdapterNamespace, options: RecoveryAdapterOptions) {
    super(nsp);
    const { maxDisconnectionDuration, maxPackets, maxBytes } = options;
    this.#log = new PacketLog({
      maxPackets,
      maxBytes,
      maxAge: maxDisconnectionDuration,
    });
    this.#maxSessions = options.maxSessions;
    this.#maxReplay = options.maxReplay ?? Infinity;
    this.#expiries = new DelayLine(
      maxDisconnectionDuration,
      (pid) => this.#expire(pid),
    );
  }

  /** Forgets all sessions and packets. */
  override close(): void {
    this.#sessions.clear();
    this.#expiries.flush();
    this.#log.clear();
  }

  /** Adds a connected socket to rooms. */
  override addAll(
    id: SocketId,
    rooms: Iterable<Room>,
  ): Promise<void> | void {
    if (!this.#starts.has(id)) this.#starts.set(id, this.#log.last);
    return super.addAll(id, rooms);
  }

  /** Takes a socket out of all rooms. */
  override delAll(id: SocketId): void {
    this.#starts.delete(id);
    super.delAll(id);
    this.#clearIfUnused();
  }

  /** Sends a packet to this server's sockets, with its offset. */
  override broadcast(packet: Packet, target: Target): void {
    if (packet.type !== PacketType.EVENT || packet.id !== undefined) {
      return super.broadcast(packet, target);
    }
    const isKept = !target.flags?.volatile && this.#isUsed();
    const offset = this.#prefix +
      (this.#log.last + (isKept ? 1 : 0)).toString(36);
    const encoded = this.nsp.encode({
      ...packet,
      data: [...packet.data, offset],
    });
    if (isKept) this.#log.append(encoded, target);
    this.deliver(encoded, packet, target);
  }

  /** Keeps a session that was interrupted. */
  override persistSession(session: Session): void {
    const start = this.#starts.get(session.sid) ?? this.#log.last;
    this.#sessions.set(session.pid, { session, start });
    this.#expiries.add(session.pid);
    if (this.#sessions.size <= this.#maxSessions) return;
    const [oldest] = this.#sessions.keys();
    if (oldest !== undefined) this.#forget(oldest);
  }

  /** Takes out a session that was interrupted; it cannot be taken twice. */
  override restoreSession(
    pid: string,
    offset: string | undefined,
  ): RestoredSession | undefined {
    const kept = this.#sessions.get(pid);
    if (kept === undefined) return undefined;
    this.#forget(pid);
    const { session } = kept;
    // An offset older than the session is left from one that was not restored.
    const start = Math.max(kept.start, this.#parseOffset(offset));
    const log = this.#log;
    const found = log.after(start, session.confirmedAt);
    if (found === undefined) return undefined;
    const rooms = new Set(session.rooms);
    const missed = found.filter(({ target }) => isMeant(rooms, target));
    const bytes = missed.reduce(
      (sum, { bytes }) => sum + bytes + PACKET_COST,
      0,
    );
    if (bytes > this.#maxReplay) return undefined; // the connection would break of it
    this.#starts.set(session.sid, start);
    const end = log.last;
    return {
      ...session,
      get missedPackets() {
        const since = log.after(end) ?? [];
        return [
          ...missed,
          ...since.filter(({ target }) => isMeant(rooms, target)),
        ]
          .map(({ encoded }) => encoded);
      },
    };
  }

  /** The number of a packet that this process has sent; 0 for any other text. */
  #parseOffset(offset: string | undefined): number {
    if (!offset?.startsWith(this.#prefix)) return 0;
    const seq = parseInt(offset.slice(this.#prefix.length), 36);
    return seq <= this.#log.last ? seq : 0;
  }

  #expire(pid: string): void {
    this.#sessions.delete(pid);
    this.#log.prune();
    this.#clearIfUnused();
  }

  #forget(pid: string): void {
    this.#sessions.delete(pid);
    this.#expiries.delete(pid);
  }

  /** Whether anybody may still ask for what is sent now. */
  #isUsed(): boolean {
    return this.#starts.size > 0 || this.#sessions.size > 0;
  }

  #clearIfUnused(): void {
    if (!this.#isUsed()) this.#log.clear();
  }
}
