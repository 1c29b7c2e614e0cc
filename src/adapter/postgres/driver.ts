import type { PostgresRow } from "./clients.ts";

/** Listens to a channel. */
export interface ChannelListener {
  /** Takes a message. */
  onPayload(payload: string): void;
  /** Hears that all is heard from now on: at first, and after each outage. */
  onListening(): void;
  /**
   * Hears that nothing is heard for a while, or not yet, and why: once for each
   * attempt to change it.
   */
  onDeaf(error: unknown): void;
}

/** A statement that is running. */
export interface RunningStatement {
  /** What it gives. */
  readonly rows: Promise<readonly PostgresRow[]>;
  /** Gives it up: `rows` rejects with `reason` if it has not settled. */
  abandon(reason: Error): void;
}

/** A client of PostgreSQL, whichever library it is from. */
export interface PostgresDriver {
  /** Runs one statement. */
  run(text: string, values: readonly unknown[]): RunningStatement;
  /** Listens to a channel, again after each outage. */
  listen(channel: string, listener: ChannelListener): void;
  /** Listens no longer. Resolves when PostgreSQL knows, and never rejects. */
  unlisten(channel: string, listener: ChannelListener): Promise<void>;
  /** Listens on another connection, if it can: this one has been silent for too long. */
  relisten(error: unknown): void;
}

/** Runs a statement, and gives it up after so many milliseconds. */
export async function runWithin(
  driver: PostgresDriver,
  milliseconds: number,
  text: string,
  values: readonly unknown[],
): Promise<readonly PostgresRow[]> {
  const statement = driver.run(text, values);
  const timer = setTimeout(
    () => statement.abandon(new Error(`no answer within ${milliseconds} ms`)),
    milliseconds,
  );
  try {
    return await statement.rows;
  } finally {
    clearTimeout(timer);
  }
}
