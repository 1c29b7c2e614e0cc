import { DelayLine } from "../../delay_line.ts";
import { checkRange, MAX_DELAY } from "../../options.ts";
import { EMITTER_UID, type Presence } from "./wire.ts";

/** Who has {@linkcode Members}. */
export interface MembersOwner {
  /** Tells the others that this member is there. Must not throw. */
  sendPresence(presence: Presence): void;
  /** Hears that a member has left, or has been silent for too long. */
  onGone(uid: string): void;
  /** Tells whether it hears anybody now: otherwise nobody's silence means anything. */
  isDeaf?(): boolean;
}

/** Options of {@linkcode Members}: as all members have them, on Node too. */
export interface MembersOptions {
  /**
   * Milliseconds after which a member that has said nothing tells that it is there.
   *
   * @default {5_000}
   */
  heartbeatInterval?: number;
  /**
   * Milliseconds after which a member that says nothing is gone.
   *
   * @default {10_000}
   */
  heartbeatTimeout?: number;
}

/**
 * The other members of a namespace, where nobody else counts them: each tells that it
 * is there, in the manner of the official `ClusterAdapterWithHeartbeat`.
 *
 * new ──open()──▶ open ──close()──▶ closed
 *
 * Whoever has it calls {@linkcode Members.onSent} with each message to all, and
 * {@linkcode Members.onReceived} with each that comes.
 */
export class Members {
  readonly #owner: MembersOwner;
  readonly #interval: number;
  /** The others, each until it has been silent for too long. */
  readonly #others: DelayLine<string>;
  readonly #uids = new Set<string>();
  #state: "new" | "open" | "closed" = "new";
  /** Ticks twice within an interval. */
  #timer: ReturnType<typeof setInterval> | undefined;
  /** Whether something was sent since the last tick. */
  #hasSent = false;

  /**
   * @param owner Who has it.
   * @param options How long to wait.
   * @throws {RangeError} If timers cannot wait so long.
   */
  constructor(owner: MembersOwner, options: MembersOptions = {}) {
    const { heartbeatInterval = 5_000, heartbeatTimeout = 10_000 } = options;
    checkRange("heartbeatInterval", heartbeatInterval, 1, MAX_DELAY);
    checkRange("heartbeatTimeout", heartbeatTimeout, 1, MAX_DELAY);
    this.#owner = owner;
    this.#interval = heartbeatInterval;
    this.#others = new DelayLine(heartbeatTimeout, (uid) => {
      if (this.#state === "open" && owner.isDeaf?.()) this.#others.add(uid);
      else this.#lose(uid);
    });
  }

  /** How many there are, without this one. */
  get others(): number {
    return this.#uids.size;
  }

  /** Who they are. */
  get uids(): ReadonlySet<string> {
    return this.#uids;
  }

  /** Tells the others that this member has come, and wants to hear of them. */
  open(): void {
    if (this.#state !== "new") return;
    this.#state = "open";
    this.#timer = setInterval(() => this.#tick(), this.#interval / 2);
    this.greet();
  }

  /** Asks all to tell that they are there. */
  greet(): void {
    if (this.#state === "open") this.#send({ type: "joined" });
  }

  /** Waits for each anew, and asks all to tell that they are there: behind an outage. */
  resume(): void {
    for (const uid of this.#uids) this.#others.add(uid);
    this.greet();
  }

  /** Puts off the next sign of life: the others have just had one. */
  onSent(): void {
    this.#hasSent = true;
  }

  /**
   * Takes the sender of something that came, and what it said of itself if it did.
   * Must not be called with what this member has sent.
   */
  onReceived(uid: string, presence?: Presence): void {
    if (this.#state !== "open" || uid === EMITTER_UID) return;
    if (presence?.type === "left") {
      this.#others.delete(uid);
      return this.#lose(uid);
    }
    this.#uids.add(uid);
    this.#others.add(uid);
    if (presence?.type === "joined") this.#send({ type: "alive" });
  }

  /** Tells the others that this member leaves. */
  close(): void {
    const wasOpen = this.#state === "open";
    this.#state = "closed";
    clearInterval(this.#timer);
    this.#uids.clear();
    this.#others.flush();
    if (wasOpen) this.#owner.sendPresence({ type: "left" });
  }

  #tick(): void {
    if (this.#hasSent) this.#hasSent = false;
    else this.#send({ type: "alive" });
  }

  #send(presence: Presence): void {
    this.#hasSent = true;
    this.#owner.sendPresence(presence);
  }

  #lose(uid: string): void {
    if (this.#uids.delete(uid)) this.#owner.onGone(uid);
  }
}
