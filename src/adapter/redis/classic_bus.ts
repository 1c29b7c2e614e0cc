import { randomId } from "../../random_id.ts";
import { settledWithin } from "../../settled_within.ts";
import { quote } from "../../quote.ts";
import type { Bus, BusReceiver } from "../bus.ts";
import type { ClusterMessage, ClusterReply } from "../cluster_message.ts";
import { Echo } from "../echo.ts";
import {
  decodeClassicBroadcast,
  decodeClassicReply,
  decodeClassicRequest,
  isBroadcastOf,
} from "./classic_decode.ts";
import { encodeClassicMessage, encodeClassicReply } from "./classic_encode.ts";
import { ClassicTemplates } from "./classic_templates.ts";
import {
  type ClassicBytes,
  type ClassicChannels,
  classicChannels,
  type ClassicMessage,
} from "./classic_wire.ts";
import type { RedisDriver } from "./driver.ts";
import { countListeners, doWhenReady } from "./listening.ts";
import { publishWithin } from "./publish_within.ts";

/** How a {@linkcode ClassicBus} is to be. */
export interface ClassicBusSettings {
  /** The beginning of the names of all channels. */
  readonly key: string;
  /** Whether answers go to the one that asked alone. */
  readonly publishOnSpecificResponseChannel: boolean;
  /** Milliseconds to wait for Redis when the bus is closed. */
  readonly closeTimeout: number;
  /** Bytes of messages that may wait for Redis. */
  readonly maxPendingBytes: number;
}

/** As long as that of Node's servers, and of the letters that theirs has. */
const UID_LENGTH = 6;

/** How an address of an answer begins, before the id of the one that asked. */
const WANTS_IDS = "i";
const WANTS_DETAILS = "d";

/** What a member sends itself to see whether it arrives; no answer looks like it. */
const PROBE = "{}";

/**
 * The members of one namespace over Redis, in the words of
 * `@socket.io/redis-adapter`: Node's servers are members too.
 *
 * A member hears its own messages as well. Nobody knows who the others are, only
 * how many.
 */
export class ClassicBus implements Bus {
  readonly knowsIntersections = false;
  readonly #nsp: string;
  readonly #uid = randomId().slice(0, UID_LENGTH);
  readonly #pub: RedisDriver;
  readonly #sub: RedisDriver;
  readonly #settings: ClassicBusSettings;
  readonly #channels: ClassicChannels;
  readonly #templates: ClassicTemplates;
  /** Where this member alone is answered. */
  readonly #ownChannel: string;
  #receiver: BusReceiver | undefined;
  #state: "new" | "opening" | "open" | "closing" | "closed" = "new";
  #onClose = () => {};
  readonly #echo = new Echo();

  /**
   * @param nsp The name of the namespace.
   * @param pub Sends messages.
   * @param sub Receives them.
   * @param settings How to do it.
   */
  constructor(
    nsp: string,
    pub: RedisDriver,
    sub: RedisDriver,
    settings: ClassicBusSettings,
  ) {
    this.#nsp = nsp;
    this.#pub = pub;
    this.#sub = sub;
    this.#settings = settings;
    this.#channels = classicChannels(settings.key, nsp);
    this.#templates = new ClassicTemplates(this.#uid, nsp);
    this.#ownChannel = `${this.#channels.response}${this.#uid}#`;
  }

  /** Joins the others; where Redis does not let it, again with the next connection. */
  async open(receiver: BusReceiver): Promise<void> {
    if (this.#state !== "new") return;
    this.#state = "opening";
    this.#receiver = receiver;
    const closed = new Promise<void>((resolve) => this.#onClose = resolve);
    const drivers = new Set([this.#pub, this.#sub]);
    const stops = Array.from(
      drivers,
      (driver) => driver.onError((error) => receiver.onError(error)),
    );
    closed.then(() => stops.forEach((stop) => stop()));
    await doWhenReady(
      this.#sub,
      closed,
      () => this.#state === "opening",
      () => this.#subscribe(),
      (error) => receiver.onError(error),
    );
    if (this.#state === "opening") this.#state = "open";
  }

  async #subscribe(): Promise<void> {
    const { broadcastPattern, response, request } = this.#channels;
    await Promise.all([
      this.#sub.psubscribe(broadcastPattern, this.#onBroadcast),
      this.#sub.subscribe(response, this.#onResponse),
      this.#sub.subscribe(this.#ownChannel, this.#onResponse),
    ]);
    // The last: who listens to it is counted, and must answer.
    if (this.#state === "opening") {
      await this.#sub.subscribe(request, this.#onRequest);
    }
  }

  /** Sends a message to the others. */
  publish(message: ClusterMessage): Promise<unknown> {
    return this.#publish(
      ...encodeClassicMessage(
        message,
        this.#uid,
        this.#channels,
        this.#templates,
      ),
    );
  }

  /** Answers a member. */
  reply(reply: ClusterReply, to: string): Promise<unknown> {
    const bytes = encodeClassicReply(reply, to.startsWith(WANTS_IDS));
    return this.#publish(this.#responseChannel(reply, to), bytes);
  }

  #responseChannel({ type }: ClusterReply, to: string): string {
    const uid = to.slice(1);
    const { response } = this.#channels;
    // These go to all in any case.
    if (uid === "" || type === "server_side_answer") return response;
    return this.#settings.publishOnSpecificResponseChannel
      ? `${response}${uid}#`
      : response;
  }

  #publish(channel: string, bytes: ClassicBytes): Promise<unknown> {
    const { maxPendingBytes } = this.#settings;
    return publishWithin(maxPendingBytes, this.#pub, channel, bytes);
  }

  /** Counts the members. */
  serverCount(): Promise<number> {
    const { request } = this.#channels;
    const here = this.#sub.listenerCount(request);
    return countListeners(this.#pub, "NUMSUB", request, here);
  }

  /** Resolves when a message of this member's comes back to it. */
  async check(): Promise<void> {
    if (this.#state !== "open") {
      throw new Error(`Cannot reach other servers: the bus is ${this.#state}`);
    }
    await this.#echo.await(() => this.#publish(this.#ownChannel, PROBE));
  }

  /**
   * Leaves the others, and answers them as long as it is counted. The clients stay as
   * they are.
   */
  async close(): Promise<void> {
    const wasOpened = this.#state === "opening" || this.#state === "open";
    this.#state = wasOpened ? "closing" : "closed";
    this.#onClose();
    if (!wasOpened) return;
    const { broadcastPattern, response, request } = this.#channels;
    const left = Promise.allSettled([
      // The first, so that nobody waits for an answer.
      this.#sub.unsubscribe(request, this.#onRequest),
      this.#sub.unsubscribe(response, this.#onResponse),
      this.#sub.unsubscribe(this.#ownChannel, this.#onResponse),
      this.#sub.punsubscribe(broadcastPattern, this.#onBroadcast),
    ]);
    // Without a connection there is nothing to leave.
    if (this.#sub.isReady) {
      await settledWithin(this.#settings.closeTimeout, left);
    }
    this.#state = "closed";
  }

  readonly #onBroadcast = (bytes: Uint8Array, channel: string): void => {
    // All that this member broadcasts comes back to it.
    if (isBroadcastOf(this.#uid, bytes)) return;
    this.#take(channel, (receiver) => {
      const { broadcast } = this.#channels;
      const room = channel.slice(broadcast.length, -1);
      if (room !== "" && receiver.hasRoom?.(room) === false) return;
      this.#hand(
        decodeClassicBroadcast(bytes, this.#nsp, this.#templates),
        receiver,
      );
    });
  };

  readonly #onRequest = (bytes: Uint8Array, channel: string): void =>
    this.#take(channel, (receiver) => {
      this.#hand(decodeClassicRequest(bytes, this.#nsp), receiver);
    });

  readonly #onResponse = (bytes: Uint8Array, channel: string): void =>
    this.#take(channel, (receiver) => {
      if (channel === this.#ownChannel && bytes.length === PROBE.length) {
        return this.#echo.arrive();
      }
      const reply = decodeClassicReply(bytes);
      if (reply !== undefined) receiver.onReply(reply, undefined);
    });

  #hand(received: ClassicMessage | undefined, receiver: BusReceiver): void {
    if (received === undefined || received.uid === this.#uid) return;
    const { message, uid = "", wantsIds } = received;
    receiver.onMessage(message, (wantsIds ? WANTS_IDS : WANTS_DETAILS) + uid);
  }

  /** Reads what came. What cannot be read is reported, and harms nobody. */
  #take(channel: string, read: (receiver: BusReceiver) => void): void {
    const receiver = this.#receiver;
    if (this.#state === "closed" || receiver === undefined) return;
    try {
      read(receiver);
    } catch (cause) {
      receiver.onError(
        new Error(`Cannot read a message on the channel ${quote(channel)}`, {
          cause,
        }),
      );
    }
  }
}
