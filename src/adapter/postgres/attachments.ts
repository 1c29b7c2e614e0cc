import type { PostgresRow } from "./clients.ts";
import { type PostgresDriver, runWithin } from "./driver.ts";

/** PostgreSQL's code of a table that is not there. */
const UNDEFINED_TABLE = "42P01";

/** How {@linkcode Attachments} are to be. */
export interface AttachmentsSettings {
  /** The name of the table, as SQL has it. */
  readonly tableName: string;
  /** Milliseconds between two cleanings, and after which a row is old. */
  readonly cleanupInterval: number;
  /** Milliseconds to wait for an answer. */
  readonly timeout: number;
}

/** A message that is stored, and its id sent. */
export interface Attachment {
  /** Where to send it. */
  readonly channel: string;
  /** What is sent before the id: JSON, up to the quote in which it is. */
  readonly head: string;
  /** The message. */
  readonly payload: Uint8Array;
}

/**
 * Messages that PostgreSQL does not carry itself, since they are long or have bytes:
 * rows of a table, whose ids are sent in their place.
 */
export class Attachments {
  readonly #driver: PostgresDriver;
  readonly #settings: AttachmentsSettings;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(driver: PostgresDriver, settings: AttachmentsSettings) {
    this.#driver = driver;
    this.#settings = settings;
  }

  /** Stores messages and sends their ids in that order, or does nothing. */
  async store(messages: readonly Attachment[]): Promise<void> {
    const { tableName } = this.#settings;
    const rows: string[] = [];
    const sends: string[] = [];
    const values: unknown[] = [];
    for (const { channel, head, payload } of messages) {
      const [row, n] = [`a${rows.length}`, values.length];
      rows.push(
        `${row} AS (INSERT INTO ${tableName} (payload) VALUES ($${
          n + 3
        }) RETURNING id)`,
      );
      sends.push(
        `pg_notify($${n + 1}, $${
          n + 2
        }::text || (SELECT id FROM ${row}) || '"}')`,
      );
      values.push(channel, head, payload);
    }
    try {
      await this.#run(`WITH ${rows.join()} SELECT ${sends.join()}`, values);
    } catch (error) {
      throw isTableMissing(error) ? this.#missingTable(error) : error;
    }
  }

  /** Fetches messages by their ids, which are digits. Those that are gone are not there. */
  async fetch(
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, Uint8Array>> {
    const rows = await this.#run(
      `SELECT id::text AS id, payload FROM ${this.#settings.tableName} WHERE id = ANY($1::text::bigint[])`,
      [`{${ids.join()}}`],
    );
    const found = new Map<string, Uint8Array>();
    for (const { id, payload } of rows) {
      if (payload instanceof Uint8Array) found.set(String(id), payload);
    }
    return found;
  }

  /** Removes old rows from now on. Errors go to `onError`. */
  startCleaning(onError: (error: unknown) => void): void {
    const { tableName, cleanupInterval } = this.#settings;
    this.#timer = setInterval(() => {
      this.#run(
        `DELETE FROM ${tableName} WHERE created_at < now() - $1::float8 * interval '1 millisecond'`,
        [cleanupInterval],
      ).catch((error) => {
        // Whoever sends nothing long needs no table.
        if (!isTableMissing(error)) onError(error);
      });
    }, cleanupInterval);
  }

  /** Removes them no longer. */
  stopCleaning(): void {
    clearInterval(this.#timer);
  }

  #run(
    text: string,
    values: readonly unknown[],
  ): Promise<readonly PostgresRow[]> {
    return runWithin(this.#driver, this.#settings.timeout, text, values);
  }

  #missingTable(cause: unknown): Error {
    const { tableName } = this.#settings;
    return new Error(
      `there is no table for long messages and those with bytes, CREATE TABLE ${tableName} (id bigserial UNIQUE, created_at timestamptz DEFAULT now(), payload bytea)`,
      { cause },
    );
  }
}

function isTableMissing(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === UNDEFINED_TABLE; // anything may be thrown
}
