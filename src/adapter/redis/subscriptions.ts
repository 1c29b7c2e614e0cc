/** Takes a message, and the name of the channel it came on. */
export type MessageListener = (message: Uint8Array, channel: string) => void;

/** One channel, or one pattern, that a client listens to. */
interface Subscription {
  readonly listeners: Set<MessageListener>;
  /** Hands a message to the listeners: no two subscriptions have the same. */
  readonly deliver: MessageListener;
  /** Resolves when the client listens. */
  readonly started: Promise<unknown>;
}

/** Tells a client to listen, or to listen no longer. */
export type Subscribe = (
  name: string,
  deliver: MessageListener,
) => Promise<unknown>;

/**
 * The channels of one client, or its patterns, with any number of listeners each:
 * the client hears of the first and of the last of them alone.
 */
export class Subscriptions {
  readonly #subscriptions = new Map<string, Subscription>();
  /** Those that the client is told to stop: until it has, they hear what comes. */
  readonly #stopping = new Map<string, Subscription>();
  readonly #start: Subscribe;
  readonly #stop: Subscribe;

  /**
   * @param start Tells the client to listen.
   * @param stop Tells it to listen no longer.
   */
  constructor(start: Subscribe, stop: Subscribe) {
    this.#start = start;
    this.#stop = stop;
  }

  /** Adds a listener. Resolves when it hears all that comes. */
  async add(name: string, listener: MessageListener): Promise<void> {
    let subscription = this.#subscriptions.get(name);
    if (subscription === undefined) {
      this.#forget(name);
      const listeners = new Set<MessageListener>();
      const deliver: MessageListener = (message, channel) => {
        for (const each of listeners) each(message, channel);
      };
      // In the map before the client is told: it may deliver at once.
      const { promise, resolve } = Promise.withResolvers<unknown>();
      subscription = { listeners, deliver, started: promise };
      this.#subscriptions.set(name, subscription);
      resolve(promiseOf(() => this.#start(name, deliver)));
    }
    subscription.listeners.add(listener);
    try {
      await subscription.started;
    } catch (error) {
      if (this.#subscriptions.get(name) === subscription) {
        this.#subscriptions.delete(name);
      }
      throw error;
    }
  }

  /**
   * Removes a listener. Resolves when the client has stopped too, if it was the last:
   * that hears what comes until then, unless another is added.
   */
  async remove(name: string, listener: MessageListener): Promise<void> {
    const subscription = this.#subscriptions.get(name);
    if (!subscription?.listeners.has(listener)) return;
    if (subscription.listeners.size > 1) {
      subscription.listeners.delete(listener);
      return;
    }
    this.#subscriptions.delete(name);
    this.#stopping.set(name, subscription);
    try {
      await promiseOf(() => this.#stop(name, subscription.deliver));
    } finally {
      if (this.#stopping.get(name) === subscription) this.#forget(name);
    }
  }

  #forget(name: string): void {
    this.#stopping.get(name)?.listeners.clear();
    this.#stopping.delete(name);
  }

  /** Hands over a message, where the client does not call `deliver` itself. */
  deliver(name: string, message: Uint8Array, channel: string): void {
    const subscription = this.#subscriptions.get(name) ??
      this.#stopping.get(name);
    subscription?.deliver(message, channel);
  }

  /** How many listeners there are. */
  count(name: string): number {
    return this.#subscriptions.get(name)?.listeners.size ?? 0;
  }
}

/** What `call` resolves with, or a rejection where it throws. */
async function promiseOf(call: () => Promise<unknown>): Promise<unknown> {
  return await call();
}
