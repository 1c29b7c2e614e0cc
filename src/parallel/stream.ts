import type { HeaderList, StreamPart } from "./frame.ts";

/** Sends parts to the other worker of a stream. */
export interface StreamEnd {
  /** Bytes that wait for that worker. */
  readonly pendingBytes: number;
  /** Resolves when nothing waits for it any more. */
  drained(): Promise<void>;
  send(part: StreamPart): void;
}

/** Bytes that may wait for a worker while more of a body is read. */
const READ_AHEAD = 1024 * 1024;

/** Knows how much of what waits for the other worker is of one stream. */
export class PendingData {
  readonly #end: StreamEnd;
  #bytes = 0;

  /** Watches `end`. */
  constructor(end: StreamEnd) {
    this.#end = end;
  }

  /** No fewer bytes than wait for the other worker. */
  get bytes(): number {
    const { pendingBytes } = this.#end;
    if (pendingBytes === 0) this.#bytes = 0;
    return Math.min(this.#bytes, pendingBytes);
  }

  /** Sends data. */
  send(data: string | Uint8Array<ArrayBuffer>): void {
    if (this.#end.pendingBytes === 0) this.#bytes = 0;
    this.#bytes += data.length;
    this.#end.send({ type: "data", data });
  }
}

/** One of the two ends of a stream. */
export interface Stream {
  /** Takes what the other worker has sent. */
  onPart(part: StreamPart): void;
  /** The other worker is gone. */
  onGone(): void;
}

/** Sends a body part by part, until it ends or fails. */
export class BodySender {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  readonly #end: StreamEnd;

  /** Sends `body` to `end`. */
  constructor(body: ReadableStream<Uint8Array> | null, end: StreamEnd) {
    this.#reader = body?.getReader();
    this.#end = end;
  }

  /** Resolves when all has been sent, or nothing more can be. */
  async send(): Promise<void> {
    try {
      while (this.#reader !== undefined) {
        const { done, value } = await this.#reader.read();
        if (done) break;
        this.#end.send({ type: "data", data: new Uint8Array(value) });
        if (this.#end.pendingBytes > READ_AHEAD) await this.#end.drained();
      }
      this.#end.send({ type: "end" });
    } catch {
      this.#end.send({ type: "cancel" }); // whoever made the body has gone
    }
  }

  /** Nobody reads the body any more. */
  cancel(): void {
    this.#reader?.cancel().catch(() => {}); // it may have failed already
  }
}

/** A body whose parts the other worker sends. */
export class BodyReceiver {
  readonly body: ReadableStream<Uint8Array>;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;

  /** @param onCancel Is called when nobody reads it any more. */
  constructor(onCancel: () => void) {
    this.body = new ReadableStream({
      start: (controller) => {
        this.#controller = controller;
      },
      cancel: () => {
        this.#controller = undefined;
        onCancel();
      },
    });
  }

  add(data: string | Uint8Array): void {
    this.#controller?.enqueue(
      typeof data === "string" ? new TextEncoder().encode(data) : data,
    );
  }

  end(): void {
    this.#controller?.close();
    this.#controller = undefined;
  }

  fail(error: Error): void {
    this.#controller?.error(error);
    this.#controller = undefined;
  }
}

/** Lists headers. */
export function listHeaders(headers: Headers): HeaderList {
  return [...headers];
}
