import type { Attachment, Attachments } from "./attachments.ts";
import { type PostgresDriver, runWithin } from "./driver.ts";

/** How many messages are sent at once, of attachments, and of characters or bytes. */
const MAX_BATCH = 256;
const MAX_ATTACHMENTS = 16;
const MAX_BATCH_SIZE = 262_144;

/** Takes what became of a message: an error if it may be lost. */
export type SendListener = (error?: Error) => void;

/** A message that waits. */
interface Outgoing {
  readonly channel: string;
  /** All of it, or what is sent before the id of its attachment. */
  readonly text: string;
  readonly attachment: Uint8Array | undefined;
  readonly onDone: SendListener;
}

/** How an {@linkcode Outbox} is to be. */
export interface OutboxSettings {
  /** Bytes of messages that may wait; a character of text counts as one. */
  readonly maxPendingBytes: number;
  /** Milliseconds to wait for an answer. */
  readonly timeout: number;
}

/**
 * Sends messages one after the other, so that they arrive in their order whichever
 * connections carry them. Those that come meanwhile go together, next.
 */
export class Outbox {
  readonly #driver: PostgresDriver;
  readonly #attachments: Attachments;
  readonly #settings: OutboxSettings;
  #waiting: Outgoing[] = [];
  #bytes = 0;
  #isSending = false;

  constructor(
    driver: PostgresDriver,
    attachments: Attachments,
    settings: OutboxSettings,
  ) {
    this.#driver = driver;
    this.#attachments = attachments;
    this.#settings = settings;
  }

  /** Sends a message of JSON that PostgreSQL carries itself. */
  send(channel: string, text: string, onDone: SendListener): void {
    this.#add({ channel, text, attachment: undefined, onDone });
  }

  /** Sends a message by way of an attachment; `head` is JSON up to its id. */
  sendAttachment(
    channel: string,
    head: string,
    attachment: Uint8Array,
    onDone: SendListener,
  ): void {
    this.#add({ channel, text: head, attachment, onDone });
  }

  /** Whether nothing waits. */
  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Forgets what waits. */
  clear(): void {
    this.#waiting = [];
    this.#bytes = 0;
  }

  #add(message: Outgoing): void {
    const { maxPendingBytes } = this.#settings;
    if (this.#bytes + sizeOf(message) > maxPendingBytes) {
      return message.onDone(
        new Error(
          `Cannot publish to PostgreSQL: more than ${maxPendingBytes} bytes would wait for it`,
        ),
      );
    }
    this.#bytes += sizeOf(message);
    this.#waiting.push(message);
    if (!this.#isSending) this.#sendAll();
  }

  async #sendAll(): Promise<void> {
    this.#isSending = true;
    while (this.#waiting.length > 0) {
      const batch = this.#takeBatch();
      let failure: Error | undefined;
      try {
        await this.#sendBatch(batch);
      } catch (cause) {
        failure = new Error(
          `Cannot publish to PostgreSQL: ${reasonOf(cause)}`,
          { cause },
        );
      }
      for (const { onDone } of batch) onDone(failure);
    }
    this.#isSending = false;
  }

  /** Takes what can go together: texts, or attachments. */
  #takeBatch(): Outgoing[] {
    const seen = new Set<string>();
    const isStored = this.#waiting[0]?.attachment !== undefined;
    const limit = isStored ? MAX_ATTACHMENTS : MAX_BATCH;
    let count = 0;
    let size = 0;
    for (const message of this.#waiting) {
      const { channel, text, attachment } = message;
      size += sizeOf(message);
      if (
        count === limit || count > 0 && size > MAX_BATCH_SIZE ||
        isStored !== (attachment !== undefined)
      ) break;
      // PostgreSQL drops what a transaction sends twice.
      const line = `${channel}\n${text}`;
      if (!isStored && seen.has(line)) break;
      seen.add(line);
      count++;
    }
    const batch = this.#waiting.splice(0, count);
    for (const message of batch) this.#bytes -= sizeOf(message);
    return batch;
  }

  async #sendBatch(batch: readonly Outgoing[]): Promise<void> {
    if (batch[0]?.attachment !== undefined) {
      return await this.#attachments.store(batch.map(toAttachment));
    }
    // JSON has no line breaks of its own, nor have names of channels.
    await runWithin(
      this.#driver,
      this.#settings.timeout,
      "SELECT count(pg_notify(c, t)) FROM unnest(string_to_array($1, E'\\n'), string_to_array($2, E'\\n')) AS m(c, t)",
      [
        batch.map(({ channel }) => channel).join("\n"),
        batch.map(({ text }) => text).join("\n"),
      ],
    );
  }
}

function toAttachment({ channel, text, attachment }: Outgoing): Attachment {
  return { channel, head: text, payload: attachment! }; // those of a batch are alike
}

function sizeOf({ text, attachment }: Outgoing): number {
  return text.length + (attachment?.length ?? 0);
}

/** What went wrong, in words: that there was no connection has none. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code = error.name } = error as { code?: unknown }; // Node's errors have one
  return error.message === "" ? String(code) : error.message;
}
