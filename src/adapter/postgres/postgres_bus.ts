import { decodeMsgpack, encodeMsgpack } from "../../parser/msgpack/mod.ts";
import { settledWithin } from "../../settled_within.ts";
import { quote } from "../../quote.ts";
import type { Bus, BusReceiver } from "../bus.ts";
import type { ClusterMessage, ClusterReply } from "../cluster_message.ts";
import {
  createUid,
  fromWire,
  hasBytes,
  Members,
  type Presence,
  readEnvelope,
  toWire,
  type WireContent,
} from "../cluster_wire/mod.ts";
import { Echo } from "../echo.ts";
import { Outage } from "../outage.ts";
import type { ChannelListener } from "./driver.ts";
import type { Exchange } from "./exchange.ts";
import { Inbox } from "./inbox.ts";
import { toChannel } from "./names.ts";
import type { SendListener } from "./outbox.ts";

/** The longest message that PostgreSQL carries, in bytes. */
const MAX_PAYLOAD = 7_999;
/** How many heartbeats nothing may be heard, not even the own ones. */
const MAX_SILENCE = 2;

const utf8 = new TextEncoder();

/**
 * The members of one namespace over PostgreSQL, in the words of
 * `@socket.io/postgres-adapter`: Node's servers are members too.
 *
 * new ──open()──▶ opening ──listens──▶ open ──close()──▶ closed
 *
 * A member hears its own messages as well: so it knows that it hears.
 */
export class PostgresBus implements Bus {
  readonly knowsIntersections = false;
  readonly #nsp: string;
  readonly #uid = createUid();
  /** How all begins that this member sends. */
  readonly #ownStart = `{"uid":"${this.#uid}",`;
  readonly #exchange: Exchange;
  readonly #members: Members;
  readonly #inbox: Inbox;
  /** Set when it is opened. */
  #channel = "";
  #receiver: BusReceiver | undefined;
  #state: "new" | "opening" | "open" | "closed" = "new";
  readonly #opened = Promise.withResolvers<void>();
  /** Settles when the others know that it leaves. */
  readonly #left = Promise.withResolvers<void>();
  /** Whether it hears what is sent, as far as is known. */
  #isListening = false;
  /** Why it does not, if that is known. */
  #deafness: unknown;
  /** For how many heartbeats it has heard nothing. */
  #silence = 0;
  #silenceTimer: ReturnType<typeof setInterval> | undefined;
  /** Any message of this member's own. */
  readonly #echo = new Echo();
  readonly #listeningOutage = new Outage();
  readonly #sendingOutage = new Outage();

  /**
   * @param nsp The name of the namespace.
   * @param exchange What its server's namespaces share.
   */
  constructor(nsp: string, exchange: Exchange) {
    const { attachments, settings } = exchange;
    this.#nsp = nsp;
    this.#exchange = exchange;
    this.#members = new Members({
      sendPresence: (presence) => this.#sendPresence(presence),
      onGone: (uid) => this.#receiver?.onGone(uid),
      // Its own last heartbeat has not come back.
      isDeaf: () => !this.#isListening || this.#silence > 0,
    }, settings);
    this.#inbox = new Inbox(attachments, settings.maxPendingBytes, {
      onMessage: (message) => this.#read(() => this.#take(message)),
      onAttachment: (bytes) =>
        // A copy: bytes inside are views of it, and clients share their memory.
        this.#read(() => this.#take(decodeMsgpack(new Uint8Array(bytes)))),
      onLost: (error) => this.#receiver?.onError(error),
    });
  }

  /**
   * Joins the others, when PostgreSQL lets it.
   *
   * @throws {RangeError} If there can be no channel for this namespace.
   */
  async open(receiver: BusReceiver): Promise<void> {
    if (this.#state !== "new") return;
    const { driver, settings } = this.#exchange;
    try {
      this.#channel = toChannel(settings.channelPrefix, this.#nsp);
    } catch (error) {
      this.#deafness = error;
      throw error;
    }
    this.#receiver = receiver;
    this.#state = "opening";
    this.#exchange.enter(this.#onError);
    driver.listen(this.#channel, this.#listener);
    await this.#opened.promise;
  }

  /** Sends a message to the others. What cannot be sent is told once for an outage. */
  publish(message: ClusterMessage): void {
    this.#members.onSent();
    this.#send(message);
  }

  /** Answers all: who did not ask has no use for it. */
  reply(reply: ClusterReply): void {
    this.#members.onSent();
    this.#send(reply);
  }

  /** Counts the members. */
  async serverCount(): Promise<number> {
    if (this.#state === "opening") {
      const { timeout } = this.#exchange.settings;
      await settledWithin(timeout, this.#opened.promise);
    }
    this.#assertListening();
    // It may be deaf, and not know it yet.
    if (this.#members.others === 0) await this.check();
    return this.#members.others + 1;
  }

  /** Names the other members. */
  members(): Iterable<string> {
    return this.#members.uids;
  }

  /** Resolves when a message of this member's comes back to it. */
  async check(): Promise<void> {
    this.#assertListening();
    await this.#echo.await(() => {
      this.#send({ type: "alive" }, (error) => {
        this.#onSent(error);
        if (error !== undefined) this.#echo.fail(error);
      });
    });
  }

  #assertListening(): void {
    if (this.#isListening) return;
    const reason = this.#state === "open"
      ? "PostgreSQL is away"
      : `the bus is ${this.#state}`;
    throw new Error(`Cannot reach other servers: ${reason}`, {
      cause: this.#deafness,
    });
  }

  /** Leaves the others. The client stays as it is. */
  async close(): Promise<void> {
    const before = this.#state;
    if (before === "closed") return;
    if (before !== "open") this.#left.resolve(); // nobody knows of it
    this.#members.close();
    this.#state = "closed";
    this.#isListening = false;
    clearInterval(this.#silenceTimer);
    this.#inbox.clear();
    this.#opened.resolve();
    this.#echo.fail(new Error("Cannot reach other servers: the bus is closed"));
    if (before === "new") return;
    const { driver, settings } = this.#exchange;
    const unlistened = driver.unlisten(this.#channel, this.#listener);
    await settledWithin(
      settings.timeout,
      Promise.all([this.#left.promise, unlistened]),
    );
    this.#exchange.leave(this.#onError);
  }

  #sendPresence(presence: Presence): void {
    if (presence.type !== "left") return this.#send(presence);
    this.#send(presence, () => this.#left.resolve());
  }

  #send(content: WireContent, onDone: SendListener = this.#onSent): void {
    if (this.#state !== "opening" && this.#state !== "open") return;
    const { outbox, settings } = this.#exchange;
    const message = toWire(content, { uid: this.#uid, nsp: this.#nsp });
    if (!hasBytes(message)) {
      const text = JSON.stringify(message);
      if (isShort(text, Math.min(settings.payloadThreshold, MAX_PAYLOAD))) {
        return outbox.send(this.#channel, text, onDone);
      }
    }
    outbox.sendAttachment(
      this.#channel,
      `${this.#ownStart}"type":${message.type},"attachmentId":"`,
      encodeMsgpack(message),
      onDone,
    );
  }

  readonly #onSent = (error?: Error): void => {
    if (error !== undefined) {
      if (this.#sendingOutage.isNews(error)) this.#onError(error);
    } else if (this.#exchange.outbox.isEmpty) this.#sendingOutage.end();
  };

  readonly #onError = (error: unknown): void => this.#receiver?.onError(error);

  readonly #listener: ChannelListener = {
    onPayload: (payload) => {
      this.#silence = 0;
      this.#listeningOutage.end();
      if (!this.#isListening) this.#onListening();
      if (payload.startsWith(this.#ownStart)) return this.#echo.arrive();
      this.#read(() => this.#inbox.add(JSON.parse(payload), payload.length));
    },
    onListening: () => this.#onListening(),
    onDeaf: (error) => {
      this.#isListening = false;
      this.#deafness = error;
      if (this.#listeningOutage.isNews(error)) this.#onError(error);
    },
  };

  #onListening(): void {
    if (this.#state === "closed") return;
    this.#isListening = true;
    this.#deafness = undefined;
    this.#silence = 0;
    if (this.#state === "open") return this.#members.resume();
    this.#state = "open";
    this.#members.open();
    const { heartbeatInterval } = this.#exchange.settings;
    this.#silenceTimer = setInterval(
      () => this.#listenToSilence(),
      heartbeatInterval,
    );
    this.#opened.resolve();
  }

  /** Looks whether a heartbeat of its own has come back. */
  #listenToSilence(): void {
    if (!this.#isListening || this.#silence++ < MAX_SILENCE) return;
    this.#exchange.driver.relisten(
      new Error(
        "PostgreSQL has not told for some time what is sent, not even by this server: the connection hangs, or a pooler shares it",
      ),
    );
  }

  /** Reads what came. What cannot be read is reported, and harms nobody. */
  #read(read: () => void): void {
    if (this.#state === "closed") return;
    try {
      read();
    } catch (cause) {
      this.#onError(
        new Error(
          `Cannot read a message on the channel ${quote(this.#channel)}`,
          {
            cause,
          },
        ),
      );
    }
  }

  #take(value: unknown): void {
    const envelope = readEnvelope(this.#withNamespace(value));
    const { uid, nsp } = envelope;
    if (uid === this.#uid || nsp !== this.#nsp) return;
    const content = fromWire(envelope);
    switch (content.kind) {
      case "presence":
        return this.#members.onReceived(uid, content.presence);
      case "message":
        this.#members.onReceived(uid);
        return this.#receiver?.onMessage(content.message, uid);
      case "reply":
        this.#members.onReceived(uid);
        return this.#receiver?.onReply(content.reply, uid);
    }
  }

  /** What `@socket.io/postgres-emitter` sends says its channel alone. */
  #withNamespace(value: unknown): unknown {
    return typeof value === "object" && value !== null && !("nsp" in value)
      ? { ...value, nsp: this.#nsp }
      : value;
  }
}

/** Tells whether a text is no longer than so many bytes. */
function isShort(text: string, limit: number): boolean {
  if (text.length > limit) return false;
  // A character takes at most three bytes.
  return text.length * 3 <= limit || utf8.encode(text).length <= limit;
}
