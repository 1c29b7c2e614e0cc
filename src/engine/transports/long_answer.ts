import type { Body } from "../format.ts";

/** Bytes that leave at a time, and up to which an answer is not long. */
export const PART_LENGTH = 64 * 1024;

/**
 * The body of an answer that is long: it leaves part by part, as its reader takes it.
 *
 * The runtime keeps what it is given until the connection ends, and tells nothing of
 * it. So we know how much waits for a reader who is slow, hear that one has gone, and
 * can let go of what waits.
 *
 * leaving ──the last part is taken──▶ over
 *    └──cancel by the reader, drop()───▲
 */
export class LongAnswer implements UnderlyingDefaultSource<Uint8Array> {
  readonly body: ReadableStream<Uint8Array>;
  /** Bytes that it has in all. */
  readonly length: number;
  readonly #onOver: (isGone: boolean) => void;
  #rest: Uint8Array | undefined;
  #isLengthTold = false;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;

  /**
   * @param content What is to leave.
   * @param onOver Hears of the end, unless it is by `drop()`, and whether the reader
   * has gone before it.
   */
  constructor(content: Body, onOver: (isGone: boolean) => void) {
    this.#rest = typeof content === "string"
      ? new TextEncoder().encode(content)
      : content;
    this.length = this.#rest.length;
    this.#onOver = onOver;
    this.body = new ReadableStream(this, { highWaterMark: 0 });
  }

  /** Bytes that have not left. */
  get waiting(): number {
    return this.#rest?.length ?? 0;
  }

  /** Tells the reader the length of what is sent as it is. */
  tellLength(headers: Headers): void {
    headers.set("content-length", String(this.length));
    this.#isLengthTold = true;
  }

  /**
   * Lets go of what waits. A reader who knows the length sees that it is cut off; for
   * another it just does not go on, since an end would make it look complete.
   */
  drop(): void {
    if (this.#rest === undefined) return;
    this.#rest = undefined;
    if (this.#isLengthTold) this.#controller?.close();
  }

  start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    this.#controller = controller;
  }

  pull(controller: ReadableStreamDefaultController<Uint8Array>): void {
    const rest = this.#rest;
    if (rest === undefined) return;
    // A copy: while a part is being sent, its memory is kept.
    controller.enqueue(rest.slice(0, PART_LENGTH));
    if (rest.length > PART_LENGTH) {
      this.#rest = rest.subarray(PART_LENGTH);
    } else {
      this.#rest = undefined;
      controller.close();
      this.#onOver(false);
    }
  }

  cancel(): void {
    if (this.#rest === undefined) return;
    this.#rest = undefined;
    this.#onOver(true);
  }
}
