import type { PgClient, PgNotification, PgPool } from "./clients.ts";
import type { ChannelListener } from "./driver.ts";
import { quoteIdentifier } from "./names.ts";

/** Milliseconds before the first attempt to connect again, which doubles each time. */
const FIRST_DELAY = 50;
/** The longest of them. */
const LAST_DELAY = 2_000;

/**
 * The one client of a pool that listens, as long as there is a channel.
 *
 * idle ──▶ connecting ──▶ connected ──▶ idle
 *            ▲    └──▶ waiting ◀─┘ lost
 *            └────────────┘
 */
export class PgListening {
  readonly #pool: PgPool;
  readonly #channels = new Map<string, Set<ChannelListener>>();
  #state: "idle" | "connecting" | "connected" | "waiting" = "idle";
  /** The client while it is connected. */
  #client: PgClient | undefined;
  /** The channels that PostgreSQL has confirmed to this client. */
  readonly #confirmed = new Set<string>();
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(pool: PgPool) {
    this.#pool = pool;
  }

  /** Listens to a channel. */
  add(channel: string, listener: ChannelListener): void {
    const listeners = this.#channels.get(channel);
    if (listeners !== undefined) {
      listeners.add(listener);
      if (this.#confirmed.has(channel)) listener.onListening();
      return;
    }
    this.#channels.set(channel, new Set([listener]));
    if (this.#state === "idle") this.#connect();
    if (this.#client !== undefined) this.#listen(this.#client, channel);
  }

  /** Listens no longer, and ends the client behind the last channel. */
  async remove(channel: string, listener: ChannelListener): Promise<void> {
    const listeners = this.#channels.get(channel);
    if (!listeners?.delete(listener) || listeners.size > 0) return;
    this.#channels.delete(channel);
    this.#confirmed.delete(channel);
    const client = this.#client;
    if (this.#channels.size > 0) {
      const statement = `UNLISTEN ${quoteIdentifier(channel)}`;
      await client?.query(statement).catch(() => {}); // a broken one is noticed anyhow
      return;
    }
    if (this.#state === "waiting") {
      clearTimeout(this.#timer);
      this.#state = "idle";
    }
    if (client === undefined) return;
    const ended = new Promise<void>((resolve) => client.on("end", resolve));
    this.#drop(client);
    this.#state = "idle";
    await ended;
  }

  /** Takes another client: this one is deaf. */
  reconnect(error: unknown): void {
    if (this.#client !== undefined) this.#lose(this.#client, error);
  }

  async #connect(): Promise<void> {
    this.#state = "connecting";
    let client: PgClient;
    try {
      client = await this.#pool.connect();
    } catch (error) {
      return this.#retry(error);
    }
    if (this.#channels.size === 0) {
      this.#state = "idle";
      return client.release();
    }
    this.#state = "connected";
    this.#client = client;
    client.on("notification", this.#onNotification);
    client.on("error", this.#onError);
    client.on("end", this.#onEnd);
    for (const channel of this.#channels.keys()) this.#listen(client, channel);
  }

  async #listen(client: PgClient, channel: string): Promise<void> {
    try {
      await client.query(`LISTEN ${quoteIdentifier(channel)}`);
    } catch (error) {
      return this.#lose(client, error);
    }
    if (this.#client !== client) return;
    this.#failures = 0;
    const listeners = this.#channels.get(channel);
    if (listeners === undefined) return;
    this.#confirmed.add(channel);
    for (const listener of listeners) listener.onListening();
  }

  readonly #onNotification = (message: PgNotification): void => {
    const { channel, payload = "" } = message;
    const listeners = this.#channels.get(channel);
    if (listeners === undefined) return;
    for (const listener of listeners) listener.onPayload(payload);
  };

  readonly #onError = (error: Error): void => {
    if (this.#client !== undefined) this.#lose(this.#client, error);
  };

  readonly #onEnd = (): void =>
    this.#onError(new Error("the connection to PostgreSQL was lost"));

  #lose(client: PgClient, error: unknown): void {
    if (this.#client !== client) return; // it is lost already
    this.#drop(client);
    this.#retry(error);
  }

  #drop(client: PgClient): void {
    this.#client = undefined;
    this.#confirmed.clear();
    client.removeListener("notification", this.#onNotification);
    client.removeListener("error", this.#onError);
    client.removeListener("end", this.#onEnd);
    client.release(true);
  }

  #retry(error: unknown): void {
    if (this.#channels.size === 0) {
      this.#state = "idle";
      return;
    }
    const delay = Math.min(FIRST_DELAY * 2 ** this.#failures++, LAST_DELAY);
    this.#state = "waiting";
    this.#timer = setTimeout(
      () => this.#connect(),
      delay * (0.5 + Math.random()),
    );
    for (const listeners of this.#channels.values()) {
      for (const listener of listeners) listener.onDeaf(error);
    }
  }
}
