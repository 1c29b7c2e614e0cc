import type { PostgresJsSql, PostgresRow } from "./clients.ts";
import type {
  ChannelListener,
  PostgresDriver,
  RunningStatement,
} from "./driver.ts";

/**
 * How many statements that were given up may lie with the library. Beyond that it is
 * asked something small first, and gets the next one when it answers.
 */
const MAX_ABANDONED = 8;

/** A channel that somebody listens to. */
interface Subscription {
  isOn: boolean;
  unlisten?: () => Promise<void>;
}

/**
 * The `sql` of postgres.js, which has a connection of its own to listen, and connects
 * it again by itself: it does not tell when it was lost, but when it listens again.
 */
export class PostgresJsDriver implements PostgresDriver {
  readonly #sql: PostgresJsSql;
  readonly #subscriptions = new Map<ChannelListener, Subscription>();
  #abandoned = 0;

  constructor(sql: PostgresJsSql) {
    this.#sql = sql;
  }

  run(text: string, values: readonly unknown[]): RunningStatement {
    const { promise, resolve, reject } = Promise.withResolvers<
      readonly PostgresRow[]
    >();
    let state: "waiting" | "sent" | "over" | "abandoned" = "waiting";
    // Let go of when it is not needed any more, however long the library keeps it.
    let statement: [text: string, values: unknown[]] | undefined = [
      text,
      [...values],
    ];
    const send = async () => {
      if (this.#abandoned >= MAX_ABANDONED) {
        await this.#sql.unsafe("SELECT 1", []);
        this.#abandoned = 0;
      }
      if (statement === undefined) return [];
      const sent = this.#sql.unsafe(...statement);
      state = "sent";
      statement = undefined;
      return await sent;
    };
    const end = () => {
      if (state === "abandoned") {
        this.#abandoned = Math.max(0, this.#abandoned - 1);
      }
      state = "over";
    };
    send().then((rows) => {
      end();
      resolve(rows);
    }, (error) => {
      end();
      reject(error);
    });
    const abandon = (reason: Error) => {
      // Its own cancel() asks PostgreSQL, and fails unheard where that is away.
      if (state === "sent") {
        this.#abandoned++;
        state = "abandoned";
      }
      statement = undefined;
      reject(reason);
    };
    return { rows: promise, abandon };
  }

  listen(channel: string, listener: ChannelListener): void {
    const subscription: Subscription = { isOn: true };
    this.#subscriptions.set(listener, subscription);
    this.#sql.listen(channel, (payload) => {
      if (subscription.isOn) listener.onPayload(payload);
    }, () => {
      if (subscription.isOn) listener.onListening();
    }).then(({ unlisten }) => {
      subscription.unlisten = unlisten;
      if (!subscription.isOn) return unlisten();
    }).catch((error) => {
      if (subscription.isOn) listener.onDeaf(error);
    });
  }

  async unlisten(_channel: string, listener: ChannelListener): Promise<void> {
    const subscription = this.#subscriptions.get(listener);
    if (subscription === undefined) return;
    this.#subscriptions.delete(listener);
    subscription.isOn = false;
    try {
      await subscription.unlisten?.();
    } catch {
      // Without a connection there is nothing to leave.
    }
  }

  relisten(error: unknown): void {
    for (const listener of this.#subscriptions.keys()) listener.onDeaf(error);
  }
}
