import { Attachments } from "./attachments.ts";
import type { PostgresDriver } from "./driver.ts";
import { Outbox } from "./outbox.ts";

/** How an {@linkcode Exchange} is to be. */
export interface ExchangeSettings {
  /** The beginning of the names of all channels. */
  readonly channelPrefix: string;
  /** The name of the table of attachments, as SQL has it. */
  readonly tableName: string;
  /** Bytes of JSON beyond which a message is an attachment. */
  readonly payloadThreshold: number;
  /** Milliseconds to wait for an answer of PostgreSQL. */
  readonly timeout: number;
  /** Milliseconds between two signs of life. */
  readonly heartbeatInterval: number;
  /** Milliseconds after which a member is gone. */
  readonly heartbeatTimeout: number;
  /** Milliseconds between two cleanings of the table. */
  readonly cleanupInterval: number;
  /** Bytes of messages that may wait for PostgreSQL. */
  readonly maxPendingBytes: number;
}

/**
 * What the namespaces of one server share: all that they send goes in one line, and
 * takes one connection at a time from the application.
 */
export class Exchange {
  readonly driver: PostgresDriver;
  readonly settings: ExchangeSettings;
  readonly attachments: Attachments;
  readonly outbox: Outbox;
  readonly #errorListeners = new Set<(error: unknown) => void>();

  constructor(driver: PostgresDriver, settings: ExchangeSettings) {
    this.driver = driver;
    this.settings = settings;
    this.attachments = new Attachments(driver, settings);
    this.outbox = new Outbox(driver, this.attachments, settings);
  }

  /** Begins to clean up with the first namespace. */
  enter(onError: (error: unknown) => void): void {
    this.#errorListeners.add(onError);
    if (this.#errorListeners.size > 1) return;
    this.attachments.startCleaning((error) => {
      for (const listener of this.#errorListeners) listener(error);
    });
  }

  /** Ends it with the last. */
  leave(onError: (error: unknown) => void): void {
    if (!this.#errorListeners.delete(onError)) return;
    if (this.#errorListeners.size > 0) return;
    this.attachments.stopCleaning();
    this.outbox.clear();
  }
}
