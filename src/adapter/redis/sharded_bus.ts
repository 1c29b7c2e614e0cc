import { settledWithin } from "../../settled_within.ts";
import { quote } from "../../quote.ts";
import type { Bus, BusReceiver } from "../bus.ts";
import type { ClusterMessage, ClusterReply } from "../cluster_message.ts";
import {
  createUid,
  decodeWire,
  encodeWire,
  fromWire,
  toWire,
} from "../cluster_wire/mod.ts";
import { Echo } from "../echo.ts";
import { Outage } from "../outage.ts";
import { countListeners, doWhenReady } from "./listening.ts";
import { publishWithin } from "./publish_within.ts";
import { RoomChannels, type SubscriptionMode } from "./room_channels.ts";
import type { ShardedChannels } from "./sharded_channels.ts";

/** How a {@linkcode ShardedBus} is to be. */
export interface ShardedBusSettings {
  /** The beginning of the names of all channels. */
  readonly channelPrefix: string;
  /** Which rooms have channels of their own. */
  readonly subscriptionMode: SubscriptionMode;
  /** Milliseconds to wait for Redis when the bus is closed. */
  readonly closeTimeout: number;
  /** Bytes of messages that may wait for Redis. */
  readonly maxPendingBytes: number;
}

/** What a member sends itself to see whether it arrives. */
const PROBE = "?";
/** Milliseconds that who joins a room waits for its channel. */
const MAX_ENTER_TIME = 1_000;

const OPENING_BRACE = 0x7b;
/** Where the id of the sender begins in JSON of ours and in MessagePack: behind the key. */
const JSON_UID = '{"uid":"'.length;
const MSGPACK_UID = "\x84\xa3uid\xb0".length;

/**
 * The members of one namespace over sharded channels of Redis 7, in the words of the
 * official `createShardedAdapter`: Node's servers are members too.
 *
 * Broadcasts to one room may go over a channel of its own, to which those alone listen
 * who have it. A member hears its own messages as well. Nobody knows who the others
 * are, only how many.
 */
export class ShardedBus implements Bus {
  readonly knowsIntersections = false;
  readonly #nsp: string;
  readonly #uid = createUid();
  readonly #pub: ShardedChannels;
  readonly #sub: ShardedChannels;
  readonly #settings: ShardedBusSettings;
  /** What all members listen to. */
  readonly #channel: string;
  /** Where this member alone is answered. */
  readonly #ownChannel: string;
  readonly #rooms: RoomChannels;
  readonly #outage = new Outage();
  #receiver: BusReceiver | undefined;
  #state: "new" | "opening" | "open" | "closing" | "closed" = "new";
  readonly #closed = Promise.withResolvers<void>();
  readonly #echo = new Echo();

  /**
   * @param nsp The name of the namespace.
   * @param pub Sends messages.
   * @param sub Receives them.
   * @param settings How to do it.
   */
  constructor(
    nsp: string,
    pub: ShardedChannels,
    sub: ShardedChannels,
    settings: ShardedBusSettings,
  ) {
    this.#nsp = nsp;
    this.#pub = pub;
    this.#sub = sub;
    this.#settings = settings;
    this.#channel = `${settings.channelPrefix}#${nsp}#`;
    this.#ownChannel = this.#channelOf(this.#uid);
    this.#rooms = new RoomChannels(settings.subscriptionMode, {
      listen: (room, isWanted) => this.#listen(this.#channelOf(room), isWanted),
      unlisten: (room) => this.#unlisten(this.#channelOf(room)),
    });
  }

  /** The channel of a room, or that of a member. */
  #channelOf(name: string): string {
    return `${this.#channel}${name}#`;
  }

  /** Joins the others; where Redis does not let it, again with the next connection. */
  async open(receiver: BusReceiver): Promise<void> {
    if (this.#state !== "new") return;
    this.#state = "opening";
    this.#receiver = receiver;
    const drivers = new Set([this.#pub.driver, this.#sub.driver]);
    const stops = Array.from(
      drivers,
      (driver) => driver.onError((error) => receiver.onError(error)),
    );
    this.#closed.promise.then(() => stops.forEach((stop) => stop()));
    await this.#listen(this.#ownChannel);
    // The last: who listens to it is counted, and must answer.
    await this.#listen(this.#channel);
    if (this.#state === "opening") this.#state = "open";
  }

  /** Listens to a channel, if not now then with the next connection. */
  async #listen(
    channel: string,
    isWanted: () => boolean = () => true,
  ): Promise<void> {
    await doWhenReady(
      this.#sub.driver,
      this.#closed.promise,
      () => !this.#isLeaving && isWanted(),
      () => this.#sub.subscribe(channel, this.#onMessage),
      (error) => {
        if (this.#outage.isNews(error)) this.#receiver?.onError(error);
      },
    );
    this.#outage.end();
  }

  get #isLeaving(): boolean {
    return this.#state === "closing" || this.#state === "closed";
  }

  #unlisten(channel: string): void {
    this.#sub.unsubscribe(channel, this.#onMessage).catch((error) => {
      // Without a connection there is nothing to leave.
      if (this.#sub.driver.isReady) this.#receiver?.onError(error);
    });
  }

  /**
   * Listens to the channels of rooms that this member has from now on.
   *
   * @returns What resolves when it does, or a second later, unless it does already or
   * Redis is away.
   */
  enter(rooms: readonly string[]): Promise<void> | void {
    const entering = this.#rooms.enter(rooms);
    if (entering.length === 0 || !this.#sub.driver.isReady) return;
    return settledWithin(MAX_ENTER_TIME, Promise.all(entering));
  }

  /** Listens no longer to the channel of a room that it has no more. */
  leave(room: string): void {
    this.#rooms.leave(room);
  }

  /** Sends a message to the others. */
  publish(message: ClusterMessage): Promise<unknown> {
    let channel = this.#channel;
    if (message.type === "broadcast" && message.target.rooms.size === 1) {
      const [room] = message.target.rooms;
      if (this.#rooms.hasChannel(room!)) channel = this.#channelOf(room!); // it is there
    }
    return this.#say(channel, message);
  }

  /** Answers a member. */
  reply(reply: ClusterReply, to: string): Promise<unknown> {
    return this.#say(this.#channelOf(to), reply);
  }

  #say(
    channel: string,
    content: ClusterMessage | ClusterReply,
  ): Promise<unknown> {
    const sender = { uid: this.#uid, nsp: this.#nsp };
    return this.#publish(channel, encodeWire(toWire(content, sender)));
  }

  #publish(channel: string, bytes: string | Uint8Array): Promise<unknown> {
    const { maxPendingBytes } = this.#settings;
    return publishWithin(maxPendingBytes, this.#pub, channel, bytes);
  }

  /** Counts the members. */
  serverCount(): Promise<number> {
    const here = this.#sub.listenerCount(this.#channel);
    const { driver } = this.#pub;
    return countListeners(driver, "SHARDNUMSUB", this.#channel, here);
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
    this.#closed.resolve();
    if (!wasOpened) return;
    const left = Promise.allSettled([
      // The first, so that nobody waits for an answer.
      this.#channel,
      this.#ownChannel,
      ...Array.from(this.#rooms.rooms, (room) => this.#channelOf(room)),
    ].map((channel) => this.#sub.unsubscribe(channel, this.#onMessage)));
    this.#rooms.clear();
    // Without a connection there is nothing to leave.
    if (this.#sub.driver.isReady) {
      await settledWithin(this.#settings.closeTimeout, left);
    }
    this.#state = "closed";
  }

  readonly #onMessage = (bytes: Uint8Array, channel: string): void => {
    const receiver = this.#receiver;
    if (this.#state === "closed" || receiver === undefined) return;
    if (channel === this.#ownChannel && bytes.length === PROBE.length) {
      return this.#echo.arrive();
    }
    if (isFrom(this.#uid, bytes)) return;
    try {
      this.#take(bytes, receiver);
    } catch (cause) {
      receiver.onError(
        new Error(`Cannot read a message on the channel ${quote(channel)}`, {
          cause,
        }),
      );
    }
  };

  #take(bytes: Uint8Array, receiver: BusReceiver): void {
    const message = decodeWire(bytes);
    const { uid, nsp } = message;
    if (uid === this.#uid || nsp !== this.#nsp) return;
    const received = fromWire(message);
    if (received.kind === "message") {
      receiver.onMessage(received.message, uid);
    } else if (received.kind === "reply") receiver.onReply(received.reply, uid);
  }
}

/** Tells whether a message is one that `uid` has sent, without reading it. */
function isFrom(uid: string, bytes: Uint8Array): boolean {
  const start = bytes[0] === OPENING_BRACE ? JSON_UID : MSGPACK_UID;
  for (let i = 0; i < uid.length; i++) {
    if (bytes[start + i] !== uid.charCodeAt(i)) return false;
  }
  return true;
}
