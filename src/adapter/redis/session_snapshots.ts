import { DelayLine } from "../../delay_line.ts";
import type { Session, SocketId } from "../adapter.ts";

/** Milliseconds from a change of a socket's rooms until its session is kept. */
const CHANGE_DELAY = 1_000;
/** How often that delay is looked at. */
const CHANGE_TICKS = 4;
/** How many sessions are kept before others get their turn: some 2 ms. */
const SLICE = 50;

/** Where a {@linkcode SessionSnapshots} keeps sessions. */
export interface SnapshotStore {
  /** Whether a session can be kept now. */
  readonly isReachable: boolean;
  /** What the session of a socket is now; nothing if it cannot go on. */
  sessionOf(id: SocketId): Session | undefined;
  /** Keeps a session. Returns whether it has not gone on elsewhere. */
  keep(session: Session): Promise<boolean>;
  /** Keeps a session no longer. */
  delete(pid: string): Promise<void>;
  /** Ends a session of this server's, which has gone on elsewhere. */
  release(pid: string): Promise<unknown>;
  /** Hears why a session is not kept, or still is. */
  onError(error: unknown): void;
}

/**
 * Keeps the sessions of connected clients while they change, for the case that their
 * server has no time to: it is killed, or hangs.
 */
export class SessionSnapshots implements Disposable {
  readonly #store: SnapshotStore;
  /** Sockets that are new, or whose rooms have changed. */
  readonly #changed: DelayLine<SocketId>;
  /** The others: what the application keeps with a socket changes unseen. */
  readonly #unchanged: DelayLine<SocketId>;
  /** Those whose time has come: who connected together comes together. */
  readonly #due = new Set<SocketId>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** The secrets of the sessions that are kept. */
  readonly #kept = new Map<SocketId, string>();
  /** Sockets whose session is on its way: a Redis that hangs gets no second. */
  readonly #underway = new Set<SocketId>();
  /** Sockets of which it was told that their session could not be kept. */
  readonly #failed = new Set<SocketId>();
  #isDisposed = false;

  /**
   * @param interval Milliseconds until a session is kept again.
   * @param store Where to keep it.
   */
  constructor(interval: number, store: SnapshotStore) {
    this.#store = store;
    const onDue = (id: SocketId) => this.#onDue(id);
    const delay = Math.min(interval, CHANGE_DELAY);
    this.#changed = new DelayLine(delay, onDue, CHANGE_TICKS);
    this.#unchanged = new DelayLine(interval, onDue);
  }

  /** Takes note of a socket that is new, or whose rooms have changed. */
  onChange(id: SocketId): void {
    this.#unchanged.delete(id);
    if (!this.#changed.has(id)) this.#changed.add(id);
  }

  /** Takes note of a socket whose session was taken from another server. */
  onReturn(id: SocketId): void {
    this.#onDue(id);
  }

  /**
   * Has no more to do with a socket.
   *
   * @returns The secret under which its session is kept, if it is.
   */
  forget(id: SocketId): string | undefined {
    this.#changed.delete(id);
    this.#unchanged.delete(id);
    this.#due.delete(id);
    this.#failed.delete(id);
    const pid = this.#kept.get(id);
    this.#kept.delete(id);
    return pid;
  }

  /** Keeps the session of a socket no longer, which has left. */
  async delete(id: SocketId): Promise<void> {
    const pid = this.forget(id);
    if (pid === undefined) return;
    try {
      await this.#store.delete(pid);
    } catch (error) {
      this.#store.onError(error);
    }
  }

  #onDue(id: SocketId): void {
    if (this.#isDisposed) return;
    this.#due.add(id);
    this.#timer ??= setTimeout(() => this.#keepSome(), 0);
  }

  #keepSome(): void {
    this.#timer = undefined;
    for (const id of this.#due.values().take(SLICE)) {
      this.#due.delete(id);
      this.#keep(id);
    }
    if (this.#due.size === 0) return;
    this.#timer = setTimeout(() => this.#keepSome(), 0);
  }

  #keep(id: SocketId): void {
    const session = this.#store.sessionOf(id);
    if (session === undefined) return;
    this.#unchanged.add(id);
    if (this.#store.isReachable && !this.#underway.has(id)) {
      this.#put(session);
    }
  }

  async #put(session: Session): Promise<void> {
    const { sid, pid } = session;
    this.#underway.add(sid);
    this.#kept.set(sid, pid);
    try {
      const isOurs = await this.#store.keep(session);
      this.#failed.delete(sid);
      if (!isOurs) await this.#store.release(pid);
    } catch (error) {
      if (!this.#failed.has(sid)) this.#store.onError(error);
      if (this.#kept.has(sid)) this.#failed.add(sid);
    } finally {
      this.#underway.delete(sid);
    }
  }

  /** Stops. What is kept stays. */
  [Symbol.dispose](): void {
    this.#isDisposed = true;
    clearTimeout(this.#timer);
    this.#changed.flush();
    this.#unchanged.flush();
  }
}
