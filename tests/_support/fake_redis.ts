/** What a bus over Redis needs, without Redis. */

import type {
  BusReceiver,
  ClusterMessage,
  ClusterReply,
} from "@deno-socketio/server/adapter";
import { ClassicBus } from "../../src/adapter/redis/classic_bus.ts";
import type {
  ErrorListener,
  RedisDriver,
} from "../../src/adapter/redis/driver.ts";
import type { SubscriptionMode } from "../../src/adapter/redis/room_channels.ts";
import { ShardedBus } from "../../src/adapter/redis/sharded_bus.ts";
import type { ShardedChannels } from "../../src/adapter/redis/sharded_channels.ts";
import type { MessageListener } from "../../src/adapter/redis/subscriptions.ts";

/** A client that is alone with its Redis, and does what it is told as the test says. */
export class FakeDriver implements RedisDriver {
  readonly told: string[] = [];
  readonly published: [channel: string, message: string | Uint8Array][] = [];
  readonly listeners = new Map<string, Set<MessageListener>>();
  readonly errorListeners = new Set<ErrorListener>();
  readonly ready = Promise.withResolvers<void>();
  isReady = true;
  pendingBytes = 0;
  numsub: unknown = ["channel", 1];
  /** What each command waits for. */
  gate: Promise<unknown> = Promise.resolve();

  async publish(channel: string, message: string | Uint8Array) {
    this.published.push([channel, message]);
    await this.gate;
  }

  async command(...args: string[]) {
    this.told.push(args.join(" "));
    await this.gate;
    return this.numsub;
  }

  async #add(name: string, listener: MessageListener) {
    const listeners = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, listeners.add(listener));
    await this.gate;
  }

  async #remove(name: string, listener: MessageListener) {
    await this.gate;
    this.listeners.get(name)?.delete(listener);
  }

  subscribe(name: string, listener: MessageListener) {
    this.told.push(`subscribe ${name}`);
    return this.#add(name, listener);
  }

  psubscribe(name: string, listener: MessageListener) {
    this.told.push(`psubscribe ${name}`);
    return this.#add(name, listener);
  }

  unsubscribe(name: string, listener: MessageListener) {
    this.told.push(`unsubscribe ${name}`);
    return this.#remove(name, listener);
  }

  punsubscribe(name: string, listener: MessageListener) {
    this.told.push(`punsubscribe ${name}`);
    return this.#remove(name, listener);
  }

  listenerCount(channel: string) {
    return this.listeners.get(channel)?.size ?? 0;
  }

  onError(listener: ErrorListener) {
    this.errorListeners.add(listener);
    return () => this.errorListeners.delete(listener);
  }

  nextReady() {
    return this.ready.promise;
  }

  /** Lets a message come. */
  deliver(name: string, message: string | Uint8Array, channel = name) {
    const bytes = typeof message === "string"
      ? new TextEncoder().encode(message)
      : message;
    for (const listener of this.listeners.get(name) ?? []) {
      listener(bytes, channel);
    }
  }
}

/** Writes down what it gets. */
export class FakeReceiver implements BusReceiver {
  readonly messages: [ClusterMessage, string][] = [];
  readonly replies: ClusterReply[] = [];
  readonly errors: string[] = [];
  readonly rooms = new Set<string>();

  onMessage(message: ClusterMessage, from: string) {
    this.messages.push([message, from]);
  }
  onReply(reply: ClusterReply) {
    this.replies.push(reply);
  }
  onGone() {}
  onError(error: unknown) {
    this.errors.push(String(error));
  }
  hasRoom(room: string) {
    return this.rooms.has(room);
  }
}

const SETTINGS = {
  key: "socket.io",
  publishOnSpecificResponseChannel: false,
  closeTimeout: 5_000,
  maxPendingBytes: 100,
};
// The channels of the main namespace.
export const PATTERN = "socket.io#/#*";
export const BROADCAST = "socket.io#/#";
export const REQUEST = "socket.io-request#/#";
export const RESPONSE = "socket.io-response#/#";

/** Makes a bus of the main namespace, and opens it. */
export async function openBus(settings: Partial<typeof SETTINGS> = {}) {
  const driver = new FakeDriver();
  const receiver = new FakeReceiver();
  const bus = createBus(driver, settings);
  await bus.open(receiver);
  return { bus, driver, receiver };
}

/** Makes a bus of the main namespace. */
export function createBus(
  driver: FakeDriver,
  settings: Partial<typeof SETTINGS> = {},
): ClassicBus {
  return new ClassicBus("/", driver, driver, { ...SETTINGS, ...settings });
}

/** The same with sharded channels, which are all that it has. */
export class FakeShards extends FakeDriver implements ShardedChannels {
  readonly driver = this;
}

/** Makes a bus of the main namespace over sharded channels, and begins to open it. */
export function startShardedBus(
  subscriptionMode: SubscriptionMode = "dynamic",
  shards: FakeShards = new FakeShards(),
) {
  const receiver = new FakeReceiver();
  const bus = new ShardedBus("/", shards, shards, {
    channelPrefix: "socket.io",
    subscriptionMode,
    closeTimeout: 5_000,
    maxPendingBytes: 10_000,
  });
  return { bus, shards, receiver, opened: bus.open(receiver) };
}

/** The same, and waits until it is open. */
export async function openShardedBus(subscriptionMode?: SubscriptionMode) {
  const started = startShardedBus(subscriptionMode);
  await started.opened;
  return started;
}
