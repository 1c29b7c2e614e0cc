import { toNodeBuffer } from "../../node_buffer.ts";
import { Outage } from "../outage.ts";
import { areText, plain, textOf } from "./client_bytes.ts";
import {
  type IoRedisClient,
  isIoRedis,
  isNodeRedis,
  type NodeRedisClient,
  type RedisClient,
} from "./clients.ts";
import { type CommandOrder, orderOf } from "./command_order.ts";
import { PendingBytes } from "./pending_bytes.ts";
import { type MessageListener, Subscriptions } from "./subscriptions.ts";

/** Hears what goes wrong with a client. */
export type ErrorListener = (error: unknown) => void;

/** A Redis client, whichever library it is from. */
export interface RedisDriver {
  /** Whether commands are sent at once: otherwise they wait for the connection. */
  readonly isReady: boolean;
  /** Bytes of messages that wait to be sent; a character of text counts as one. */
  readonly pendingBytes: number;
  /** Sends a message. */
  publish(channel: string, message: string | Uint8Array): Promise<unknown>;
  /** Sends any command. */
  command(name: string, ...args: string[]): Promise<unknown>;
  /** Listens to a channel. */
  subscribe(channel: string, listener: MessageListener): Promise<void>;
  /** Listens to a channel no longer. */
  unsubscribe(channel: string, listener: MessageListener): Promise<void>;
  /** Listens to all channels that match. */
  psubscribe(pattern: string, listener: MessageListener): Promise<void>;
  /** Listens to them no longer. */
  punsubscribe(pattern: string, listener: MessageListener): Promise<void>;
  /** How many listeners a channel has here. */
  listenerCount(channel: string): number;
  /**
   * Adds a listener of what goes wrong with the connection. It hears of an outage
   * once for each error, however often the client tries again.
   *
   * @returns A function which removes it.
   */
  onError(listener: ErrorListener): () => void;
  /** Resolves when there is a connection again. */
  nextReady(): Promise<void>;
}

/** Each client has one driver, so that it gets each listener once. */
const DRIVERS = new WeakMap<RedisClient, RedisDriver>();

/**
 * Finds out which library a client is from.
 *
 * @throws {TypeError} If it is none that is known.
 */
export function toDriver(client: RedisClient): RedisDriver {
  let driver = DRIVERS.get(client);
  if (driver === undefined) {
    driver = createDriver(client);
    DRIVERS.set(client, driver);
  }
  return driver;
}

function createDriver(client: RedisClient): RedisDriver {
  if (isNodeRedis(client)) return new NodeRedisDriver(client);
  if (isIoRedis(client)) return new IoRedisDriver(client);
  throw new TypeError(
    "Cannot use this Redis client: it is not one server's client of node-redis 5, ioredis 5 or iovalkey",
  );
}

/** What does not depend on the library. */
abstract class BaseDriver {
  protected readonly channels: Subscriptions;
  protected readonly patterns: Subscriptions;
  readonly #errorListeners = new Set<ErrorListener>();
  readonly #outage = new Outage();
  #ready = Promise.withResolvers<void>();
  readonly #pending = new PendingBytes();

  constructor(
    client: RedisClient,
    channels: Subscriptions,
    patterns: Subscriptions,
  ) {
    this.channels = channels;
    this.patterns = patterns;
    client.on("error", (error) => this.#tell(error));
    // ioredis does not call a lost connection an error.
    client.on("reconnecting", () => {
      if (this.#outage.isOver) {
        this.#tell(new Error("the connection to Redis was lost"));
      }
    });
    client.on("ready", () => {
      this.#outage.end();
      this.#ready.resolve();
      this.#ready = Promise.withResolvers();
    });
  }

  #tell(error: unknown): void {
    if (!this.#outage.isNews(error)) return;
    for (const listener of this.#errorListeners) listener(error);
  }

  get pendingBytes(): number {
    return this.#pending.count;
  }

  publish(
    channel: string,
    message: string | Uint8Array,
  ): Promise<unknown> {
    return this.#pending.until(
      message.length,
      () => this.send(channel, toNodeBuffer(message)),
    );
  }

  /** Sends a message, as the client takes it. */
  protected abstract send(
    channel: string,
    message: string | Uint8Array,
  ): Promise<unknown>;

  subscribe(channel: string, listener: MessageListener): Promise<void> {
    return this.channels.add(channel, listener);
  }

  unsubscribe(channel: string, listener: MessageListener): Promise<void> {
    return this.channels.remove(channel, listener);
  }

  psubscribe(pattern: string, listener: MessageListener): Promise<void> {
    return this.patterns.add(pattern, listener);
  }

  punsubscribe(pattern: string, listener: MessageListener): Promise<void> {
    return this.patterns.remove(pattern, listener);
  }

  listenerCount(channel: string): number {
    return this.channels.count(channel);
  }

  onError(listener: ErrorListener): () => void {
    this.#errorListeners.add(listener);
    return () => this.#errorListeners.delete(listener);
  }

  nextReady(): Promise<void> {
    return this.#ready.promise;
  }
}

/** Takes a message from node-redis. */
type End = (message: Uint8Array, channel: Uint8Array) => void;

/** Many messages in a row come on one channel: its name is read once. */
function endOfPattern(deliver: MessageListener): End {
  let name = "";
  return (message, channel) => {
    if (!areText(channel, name)) name = textOf(channel);
    deliver(plain(message), name);
  };
}

/** Calls a listener of its own for each channel. */
class NodeRedisDriver extends BaseDriver implements RedisDriver {
  readonly #client: NodeRedisClient;

  constructor(client: NodeRedisClient) {
    const ends = new WeakMap<MessageListener, End>();
    const keep = (deliver: MessageListener, end: End) => {
      ends.set(deliver, end);
      return end;
    };
    super(
      client,
      new Subscriptions(
        (name, deliver) => {
          const end = (message: Uint8Array) => deliver(plain(message), name);
          return client.subscribe(name, keep(deliver, end), true);
        },
        (name, deliver) => client.unsubscribe(name, ends.get(deliver)!, true), // set by subscribe()
      ),
      new Subscriptions(
        (name, deliver) =>
          client.pSubscribe(name, keep(deliver, endOfPattern(deliver)), true),
        (name, deliver) => client.pUnsubscribe(name, ends.get(deliver)!, true), // set by pSubscribe()
      ),
    );
    this.#client = client;
  }

  get isReady(): boolean {
    return this.#client.isReady;
  }

  protected override send(channel: string, message: string | Uint8Array) {
    return this.#client.publish(channel, message);
  }

  command(name: string, ...args: string[]): Promise<unknown> {
    return this.#client.sendCommand([name, ...args]);
  }
}

/** Has one event for the messages of all channels, and one for those of patterns. */
class IoRedisDriver extends BaseDriver implements RedisDriver {
  readonly #client: IoRedisClient;
  readonly #order: CommandOrder;

  constructor(client: IoRedisClient) {
    const order = orderOf(client);
    super(
      client,
      new Subscriptions(
        (name) => order.send(() => client.subscribe(name)),
        (name) => order.send(() => client.unsubscribe(name)),
      ),
      new Subscriptions(
        (name) => order.send(() => client.psubscribe(name)),
        (name) => order.send(() => client.punsubscribe(name)),
      ),
    );
    this.#client = client;
    this.#order = order;
    client.on("messageBuffer", (channel, message) => {
      const name = textOf(channel);
      this.channels.deliver(name, plain(message), name);
    });
    client.on("pmessageBuffer", (pattern, channel, message) => {
      this.patterns.deliver(textOf(pattern), plain(message), textOf(channel));
    });
  }

  get isReady(): boolean {
    return this.#client.status === "ready";
  }

  protected override send(channel: string, message: string | Uint8Array) {
    return this.#order.send(() => this.#client.publish(channel, message));
  }

  command(name: string, ...args: string[]): Promise<unknown> {
    return this.#client.call(name, ...args);
  }
}
