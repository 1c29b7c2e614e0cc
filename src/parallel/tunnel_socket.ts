import type { MessageSocket } from "../engine/mod.ts";

/** Sends to where the client is. */
export interface TunnelEnd {
  /** Bytes that wait on the way there. */
  readonly pendingBytes: number;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(code: number | undefined): void;
}

/**
 * A WebSocket whose client is elsewhere, as the owner of its session sees it: another
 * worker has accepted it, or a test has.
 *
 * connecting ──onOpen()──▶ open ──close()──▶ closing ──onEnd()──▶ closed
 */
export class TunnelSocket extends EventTarget implements MessageSocket {
  readonly #end: TunnelEnd;
  #readyState: number = WebSocket.CONNECTING;
  /** Bytes that wait for the client, as we have been told. */
  #buffered = 0;

  /** Sends to `end`. */
  constructor(end: TunnelEnd) {
    super();
    this.#end = end;
  }

  get readyState(): number {
    return this.#readyState;
  }

  get bufferedAmount(): number {
    return this.#buffered + this.#end.pendingBytes;
  }

  send(data: string | Uint8Array<ArrayBuffer>): void {
    if (this.#readyState === WebSocket.OPEN) this.#end.send(data);
  }

  close(code?: number): void {
    if (this.#readyState >= WebSocket.CLOSING) return;
    this.#readyState = WebSocket.CLOSING;
    this.#end.close(code);
  }

  onOpen(): void {
    if (this.#readyState !== WebSocket.CONNECTING) return;
    this.#readyState = WebSocket.OPEN;
    this.dispatchEvent(new Event("open"));
  }

  onData(data: string | Uint8Array<ArrayBuffer>): void {
    if (this.#readyState !== WebSocket.OPEN) return;
    this.dispatchEvent(
      new MessageEvent("message", {
        data: typeof data === "string" ? data : data.slice().buffer,
      }),
    );
  }

  onBuffered(bytes: number): void {
    this.#buffered = bytes;
  }

  onEnd(code: number, reason: string, failure: string | undefined): void {
    if (this.#readyState === WebSocket.CLOSED) return;
    this.#readyState = WebSocket.CLOSED;
    if (failure !== undefined) {
      this.dispatchEvent(new ErrorEvent("error", { message: failure }));
    }
    this.dispatchEvent(new CloseEvent("close", { code, reason }));
  }
}
