import type { IoRedisClient } from "./clients.ts";

/** Each client has one. */
const ORDERS = new WeakMap<IoRedisClient, CommandOrder>();

/** The order of the commands to a client. */
export function orderOf(client: IoRedisClient): CommandOrder {
  let order = ORDERS.get(client);
  if (order === undefined) {
    order = new CommandOrder(client);
    ORDERS.set(client, order);
  }
  return order;
}

/**
 * Keeps commands of publish and subscribe to a client of ioredis in their order. While
 * it has a connection that is not ready yet, it sends these at once, and so before
 * those that it has queued without one.
 */
export class CommandOrder {
  readonly #client: IoRedisClient;
  /** What is held back, until the queue of the client is on its way. */
  #held: (() => void)[] = [];

  /** @param client The client. */
  constructor(client: IoRedisClient) {
    this.#client = client;
    for (const event of ["ready", "close", "end"]) {
      client.on(event, () => this.#release());
    }
  }

  /** Sends a command behind all that were sent before. */
  send<Answer>(command: () => Promise<Answer>): Promise<Answer> {
    if (this.#held.length === 0 && this.#client.status !== "connect") {
      return command();
    }
    return new Promise((resolve, reject) => {
      this.#held.push(() => {
        try {
          command().then(resolve, reject);
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  #release(): void {
    const held = this.#held;
    this.#held = [];
    for (const send of held) send();
  }
}
