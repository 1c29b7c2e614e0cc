import { encodeMsgpack } from "../../parser/msgpack/mod.ts";
import { randomId } from "../../random_id.ts";
import { settledWithin } from "../../settled_within.ts";
import { quote } from "../../quote.ts";
import type { Bus, BusReceiver } from "../bus.ts";
import type { ClusterMessage, ClusterReply } from "../cluster_message.ts";
import {
  createUid,
  decodeWire,
  fromWire,
  toWire,
  type WireMessage,
} from "../cluster_wire/mod.ts";
import { Echo } from "../echo.ts";
import { countListeners, doWhenReady } from "./listening.ts";
import {
  decodeEntry,
  encodeEntry,
  type NewEntry,
  type StreamEntry,
} from "./stream_entry.ts";
import type { StreamListener } from "./stream_reader.ts";
import type { StreamsConnection, StreamsHub } from "./streams_hub.ts";

/** Takes what a {@linkcode StreamsBus} brings. */
export interface StreamsReceiver extends BusReceiver {
  /** Takes a message of another member that has come with the stream. */
  onStreamMessage(message: ClusterMessage, from: string, id: string): void;
  /** Takes a message of another member that has come with the stream, for nobody here. */
  onForeignEntry(entry: StreamEntry): void;
  /** Takes a message of this member's that has come back with the stream. */
  onOwnEntry(entry: StreamEntry): void;
  /** Hears that a message of this member's could not be added to the stream. */
  onUnsent(error: unknown): void;
  /** Hears that messages of the stream may have been missed. */
  onGap(): void;
  hasRoom(room: string): boolean;
  /**
   * Ends a session of this server's, which goes on elsewhere.
   *
   * @returns Whether there was one, when it has been kept.
   */
  release(pid: string): Promise<boolean>;
}

/** What a member sends itself to see whether it arrives. */
const PROBE = "?";

/** Milliseconds to wait until all others have said whether they have a session. */
const SEARCH_TIME = 500;

/**
 * What ours ask each other besides what the official adapters do, which ignore
 * messages of types they do not know.
 */
const RELEASE = 100;
const RELEASED = 101;

/** A question whether anybody has a session. */
interface Search {
  /** How many members are to answer. */
  expected: number;
  readonly end: () => void;
}

/**
 * The members of one namespace over Redis streams, in the words of
 * `@socket.io/redis-streams-adapter`: Node's servers are members too.
 *
 * What changes something is added to a stream, which all members read. Questions and
 * answers are published, and lost where nobody listens.
 */
export class StreamsBus implements Bus, StreamListener {
  readonly knowsIntersections = false;
  readonly #nsp: string;
  /** The id of this member. */
  readonly uid = createUid();
  readonly #hub: StreamsHub;
  readonly #publicChannel: string;
  /** Where this member alone is answered. */
  readonly #ownChannel: string;
  #receiver: StreamsReceiver | undefined;
  #connection: StreamsConnection | undefined;
  #state: "new" | "opening" | "open" | "closing" | "closed" = "new";
  #onClose = () => {};
  #seq = 0;
  readonly #echo = new Echo();
  readonly #searches = new Map<string, Search>();

  /**
   * @param nsp The name of the namespace.
   * @param hub The connections.
   */
  constructor(nsp: string, hub: StreamsHub) {
    this.#nsp = nsp;
    this.#hub = hub;
    this.#publicChannel = `${hub.settings.channelPrefix}#${nsp}#`;
    this.#ownChannel = this.#channelOf(this.uid);
  }

  #channelOf(uid: string): string {
    return `${this.#publicChannel}${uid}#`;
  }

  /** Whether messages are sent at once. */
  get isReachable(): boolean {
    return this.#hub.pub.isReady;
  }

  /** The id of the last entry that was read, if the stream is known. */
  get position(): string | undefined {
    return this.#connection?.reader.position;
  }

  /** Whether it is about to join the others. */
  get isOpening(): boolean {
    return this.#state === "opening";
  }

  /** Waits until the stream is known, and messages are sent at once. */
  async known(): Promise<void> {
    const { pub, settings } = this.#hub;
    const known = Promise.all([
      this.#connection?.reader.open(),
      pub.isReady ? undefined : pub.nextReady(),
    ]);
    await settledWithin(settings.requestsTimeout, known);
  }

  /** Waits until an entry has been read. */
  passed(id: string): Promise<boolean> {
    const { requestsTimeout } = this.#hub.settings;
    return this.#connection?.reader.passed(id, requestsTimeout) ??
      Promise.resolve(false);
  }

  /** Joins the others; where Redis does not let it, again with the next connection. */
  async open(receiver: BusReceiver): Promise<void> {
    if (this.#state !== "new") return;
    this.#state = "opening";
    this.#receiver = receiver as StreamsReceiver; // its adapter
    const closed = new Promise<void>((resolve) => this.#onClose = resolve);
    const { sub, reader } = this.#connection = this.#hub.join(this.#nsp, this);
    // An outage that all connections share is told once.
    const stops = [this.#hub.pub, sub].map((driver) =>
      driver.onError((error) => reader.tell(error))
    );
    closed.then(() => stops.forEach((stop) => stop()));
    const isWanted = () => this.#state === "opening";
    await doWhenReady(sub, closed, isWanted, async () => {
      // The stream first: who listens to the channel is counted, and must be heard.
      await reader.open();
      if (isWanted()) await this.#subscribe(sub);
    }, (error) => receiver.onError(error));
    if (isWanted()) this.#state = "open";
  }

  async #subscribe(sub: StreamsConnection["sub"]): Promise<void> {
    await sub.subscribe(this.#ownChannel, this.#onPublished);
    await sub.subscribe(this.#publicChannel, this.#onPublished);
  }

  /** Sends a message to the others. */
  publish(message: ClusterMessage): Promise<void> | void {
    if (isLasting(message)) return void this.append(this.encode(message));
    return this.#publish(this.#publicChannel, this.#say(message));
  }

  /**
   * Writes a message as an entry.
   *
   * @throws {Error} If something in it cannot be written.
   */
  encode(message: ClusterMessage): NewEntry {
    const { onlyPlaintext } = this.#hub.settings;
    return encodeEntry(message, this.#say(message), onlyPlaintext);
  }

  /**
   * Adds an entry to the stream. What goes wrong is told as unsent.
   *
   * @returns The number under which it comes back.
   */
  append(entry: NewEntry): number {
    const seq = ++this.#seq;
    this.#hub.add(this.#nsp, { ...entry, seq: `${seq}` }).catch((error) =>
      this.#receiver?.onUnsent(error)
    );
    return seq;
  }

  /** Answers a member. */
  reply(reply: ClusterReply, to: string): Promise<void> {
    return this.#publish(this.#channelOf(to), this.#say(reply));
  }

  #say(content: ClusterMessage | ClusterReply): WireMessage {
    return toWire(content, { uid: this.uid, nsp: this.#nsp });
  }

  async #publish(channel: string, message: WireMessage): Promise<void> {
    await this.#hub.outbox.publish(channel, encodeMsgpack(message));
  }

  /** Counts the members. */
  serverCount(): Promise<number> {
    const channel = this.#publicChannel;
    const here = this.#connection?.sub.listenerCount(channel) ?? 0;
    return countListeners(this.#hub.pub, "NUMSUB", channel, here);
  }

  /** Resolves when a message of this member's comes back to it, if the stream is read. */
  async check(): Promise<void> {
    if (this.#state !== "open") {
      throw new Error(`Cannot reach other servers: the bus is ${this.#state}`);
    }
    if (!this.#connection?.reader.isReading) {
      throw new Error("Cannot reach other servers: the stream is not read");
    }
    await this.#echo.await(() =>
      this.#hub.pub.publish(this.#ownChannel, PROBE)
    );
  }

  /**
   * Asks the others to end a session, which a client wants to go on with here. Resolves
   * when one of them has kept it, or none of them has it.
   */
  async search(pid: string): Promise<void> {
    const members = await this.serverCount();
    if (members <= 1) return;
    const requestId = randomId();
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, SEARCH_TIME);
    this.#searches.set(requestId, { expected: members - 1, end: resolve });
    try {
      await this.#publish(this.#publicChannel, {
        uid: this.uid,
        nsp: this.#nsp,
        type: RELEASE,
        data: { requestId, pid },
      });
      await promise;
    } finally {
      clearTimeout(timer);
      this.#searches.delete(requestId);
    }
  }

  async #release({ uid, data }: WireMessage): Promise<void> {
    const { requestId, pid } = Object(data) as Record<string, unknown>; // it may be anything
    if (typeof pid !== "string" || typeof requestId !== "string") return;
    const wasReleased = await this.#receiver?.release(pid) === true;
    await this.#publish(this.#channelOf(uid), {
      uid: this.uid,
      nsp: this.#nsp,
      type: RELEASED,
      data: { requestId, wasReleased },
    });
  }

  #onReleased({ data }: WireMessage): void {
    const { requestId, wasReleased } = Object(data) as Record<string, unknown>; // it may be anything
    const search = this.#searches.get(String(requestId));
    if (search === undefined) return;
    search.expected--;
    if (wasReleased === true || search.expected === 0) search.end();
  }

  /**
   * Leaves the others, and answers them as long as it is counted. Closes the connections
   * behind the last.
   */
  async close(): Promise<void> {
    const wasOpened = this.#state === "opening" || this.#state === "open";
    this.#state = wasOpened ? "closing" : "closed";
    this.#onClose();
    if (!wasOpened) return;
    const { sub } = this.#connection!; // since it was opened
    const left = Promise.allSettled([
      // The first, so that nobody waits for an answer.
      sub.unsubscribe(this.#publicChannel, this.#onPublished),
      sub.unsubscribe(this.#ownChannel, this.#onPublished),
    ]);
    if (sub.isReady) {
      await settledWithin(this.#hub.settings.requestsTimeout, left);
    }
    this.#state = "closed";
    this.#hub.leave(this.#nsp, this);
  }

  /** Takes an entry of the stream. */
  onEntry(entry: StreamEntry): void {
    const receiver = this.#receiver;
    const isLeaving = this.#state === "closing" || this.#state === "closed";
    if (isLeaving || receiver === undefined) return;
    const { id, uid = "", room } = entry;
    if (uid === this.uid) return receiver.onOwnEntry(entry);
    if (room !== undefined && !receiver.hasRoom(room)) {
      return receiver.onForeignEntry(entry);
    }
    const received = decodeEntry(entry);
    if (received.kind === "message") {
      receiver.onStreamMessage(received.message, uid, id);
    } else if (received.kind === "reply") receiver.onReply(received.reply, uid);
  }

  /** Hears that entries may have been missed. */
  onGap(): void {
    this.#receiver?.onGap();
  }

  /** Hears what goes wrong with the stream. */
  onError(error: unknown): void {
    this.#receiver?.onError(error);
  }

  readonly #onPublished = (bytes: Uint8Array, channel: string): void => {
    const receiver = this.#receiver;
    if (this.#state === "closed" || receiver === undefined) return;
    if (channel === this.#ownChannel && bytes.length === PROBE.length) {
      return this.#echo.arrive();
    }
    try {
      this.#take(decodeWire(bytes), receiver);
    } catch (cause) {
      receiver.onError(
        new Error(`Cannot read a message on the channel ${quote(channel)}`, {
          cause,
        }),
      );
    }
  };

  #take(message: WireMessage, receiver: StreamsReceiver): void {
    const { uid, nsp, type } = message;
    if (uid === this.uid || nsp !== this.#nsp) return;
    if (type === RELEASED) return this.#onReleased(message);
    if (type === RELEASE) {
      this.#release(message).catch((error) => receiver.onError(error));
      return;
    }
    const received = fromWire(message);
    if (received.kind === "message") {
      receiver.onMessage(received.message, uid);
    } else if (received.kind === "reply") receiver.onReply(received.reply, uid);
  }
}

/** Whether a message changes something: others are of use to those alone that are there. */
export function isLasting({ type }: ClusterMessage): boolean {
  return type === "broadcast" || type === "join" || type === "leave" ||
    type === "disconnect";
}
