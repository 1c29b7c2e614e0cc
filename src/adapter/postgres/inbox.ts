import type { Attachments } from "./attachments.ts";

/** How many attachments are fetched at once. */
const MAX_FETCHED = 8;
/** What an id looks like: PostgreSQL has numbers of 64 bits. */
const ID = /^\d{1,18}$/;

/** Who has an {@linkcode Inbox}. */
export interface InboxOwner {
  /** Takes a message. Must not throw. */
  onMessage(message: unknown): void;
  /** Takes a message that was an attachment. Must not throw. */
  onAttachment(bytes: Uint8Array): void;
  /** Hears that a message was lost. */
  onLost(error: Error): void;
}

/** A message that waits for those before it. */
interface Incoming {
  readonly size: number;
  /** Its attachment's id, where it is one. */
  readonly id: string | undefined;
  /** What it is, unless it must be fetched. */
  readonly message: unknown;
}

/**
 * Hands over messages in their order, though some of them must be fetched.
 */
export class Inbox {
  readonly #attachments: Attachments;
  readonly #owner: InboxOwner;
  readonly #maxBytes: number;
  #waiting: Incoming[] = [];
  #bytes = 0;
  #isFetching = false;
  /** Whether messages are lost, which was told. */
  #isOverfull = false;

  /**
   * @param attachments Where messages are fetched.
   * @param maxBytes How much may wait; what is more is lost.
   * @param owner Gets the messages.
   */
  constructor(attachments: Attachments, maxBytes: number, owner: InboxOwner) {
    this.#attachments = attachments;
    this.#maxBytes = maxBytes;
    this.#owner = owner;
  }

  /**
   * Takes a message.
   *
   * @param message JSON that was read.
   * @param size How much it counts while it waits.
   */
  add(message: unknown, size: number): void {
    const id = attachmentIdOf(message);
    if (id === undefined && this.#waiting.length === 0) {
      return this.#owner.onMessage(message);
    }
    if (this.#bytes + size > this.#maxBytes) return this.#overflow();
    this.#bytes += size;
    this.#waiting.push({ size, id, message });
    if (!this.#isFetching) this.#deliver();
  }

  /** Forgets what waits. */
  clear(): void {
    this.#waiting = [];
    this.#bytes = 0;
  }

  #overflow(): void {
    if (!this.#isOverfull) {
      this.#owner.onLost(
        new Error(
          `Cannot keep messages: more than ${this.#maxBytes} bytes wait for an attachment`,
        ),
      );
    }
    this.#isOverfull = true;
  }

  async #deliver(): Promise<void> {
    this.#isFetching = true;
    while (this.#waiting.length > 0) {
      const ids = this.#waiting.map(({ id }) => id)
        .filter((id) => id !== undefined).slice(0, MAX_FETCHED);
      const fetched = await this.#fetch(ids);
      const end = this.#waiting.findIndex(({ id }) =>
        id !== undefined && !ids.includes(id)
      );
      const ready = this.#waiting.splice(0, end < 0 ? Infinity : end);
      for (const each of ready) {
        this.#bytes -= each.size;
        this.#handOver(each, fetched);
      }
      this.#isOverfull = false;
    }
    this.#isFetching = false;
  }

  /** Fetches attachments. Returns nothing if that fails, and has told it. */
  async #fetch(
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, Uint8Array> | undefined> {
    if (ids.length === 0) return;
    try {
      return await this.#attachments.fetch(ids);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : cause;
      this.#owner.onLost(
        new Error(`Cannot fetch ${ids.length} attachments: ${reason}`, {
          cause,
        }),
      );
    }
  }

  #handOver(
    { id, message }: Incoming,
    fetched: ReadonlyMap<string, Uint8Array> | undefined,
  ): void {
    if (id === undefined) return this.#owner.onMessage(message);
    if (fetched === undefined) return;
    const bytes = fetched.get(id);
    if (bytes !== undefined) return this.#owner.onAttachment(bytes);
    this.#owner.onLost(
      new Error(`Cannot fetch the attachment ${id}: it is gone`),
    );
  }
}

/** The id of what must be fetched in place of a message, if it must. */
function attachmentIdOf(message: unknown): string | undefined {
  if (typeof message !== "object" || message === null) return;
  const { attachmentId } = message as { attachmentId?: unknown }; // any property may be missing
  const id = String(attachmentId);
  return ID.test(id) ? id : undefined;
}
