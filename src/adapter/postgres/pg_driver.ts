import type { PgClient, PgPool, PostgresRow } from "./clients.ts";
import type {
  ChannelListener,
  PostgresDriver,
  RunningStatement,
} from "./driver.ts";
import { PgListening } from "./pg_listening.ts";

/** A pool of `pg`: one of its clients listens, any other runs statements. */
export class PgDriver implements PostgresDriver {
  readonly #pool: PgPool;
  readonly #listening: PgListening;

  /** @throws {RangeError} If the pool has one client only. */
  constructor(pool: PgPool) {
    const { max = Infinity } = pool.options;
    if (max < 2) {
      throw new RangeError(
        `Cannot use a pool of ${max} client: one is needed to listen, another to send`,
      );
    }
    this.#pool = pool;
    this.#listening = new PgListening(pool);
    // Clients that nobody has may fail. Unheard, that would end the process.
    pool.on("error", () => {});
  }

  run(text: string, values: readonly unknown[]): RunningStatement {
    return new PgStatement(this.#pool, text, values);
  }

  listen(channel: string, listener: ChannelListener): void {
    this.#listening.add(channel, listener);
  }

  unlisten(channel: string, listener: ChannelListener): Promise<void> {
    return this.#listening.remove(channel, listener);
  }

  relisten(error: unknown): void {
    this.#listening.reconnect(error);
  }
}

/** A statement on a client of its own, which is ended if it is given up. */
class PgStatement implements RunningStatement {
  readonly rows: Promise<readonly PostgresRow[]>;
  readonly #resolve: (rows: readonly PostgresRow[]) => void;
  readonly #reject: (error: unknown) => void;
  #client: PgClient | undefined;
  #isOver = false;

  constructor(pool: PgPool, text: string, values: readonly unknown[]) {
    const { promise, resolve, reject } = Promise.withResolvers<
      readonly PostgresRow[]
    >();
    this.rows = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#run(pool, text, [...values]).catch((error) => this.#fail(error));
  }

  async #run(pool: PgPool, text: string, values: unknown[]): Promise<void> {
    const client = await pool.connect();
    if (this.#isOver) return client.release();
    this.#client = client;
    client.on("error", this.#fail);
    const { rows } = await client.query(text, values);
    if (this.#end()) this.#resolve(rows);
  }

  abandon(reason: Error): void {
    this.#fail(reason);
  }

  readonly #fail = (error: unknown): void => {
    // The connection may be broken, or in the middle of it.
    if (this.#end(true)) this.#reject(error);
  };

  #end(destroy = false): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    this.#client?.removeListener("error", this.#fail);
    this.#client?.release(destroy);
    return true;
  }
}
