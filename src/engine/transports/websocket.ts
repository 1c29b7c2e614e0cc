import type { Packet } from "../../engine_parser/mod.ts";
import type { WebSocketFormat } from "../format.ts";
import type { EncodedMessage } from "../message.ts";
import type { Backlogs } from "./backlog.ts";
import { Sender, type SenderHost } from "./sender.ts";
import type {
  CloseDescription,
  Transport,
  TransportEnding,
  TransportOwner,
} from "./transport.ts";

/** What a WebSocket tells of its end when TCP ended without a close frame. */
const GONE = /unexpected eof|connection reset|broken pipe/i;
/** The close code for a message above the limit. */
const MESSAGE_TOO_BIG = 1009;
/** UTF-8 bytes that one UTF-16 unit can take. */
const MAX_BYTES_PER_UNIT = 3;

/** What the transport uses of a `WebSocket`. */
export type MessageSocket =
  & Pick<
    WebSocket,
    "readyState" | "bufferedAmount" | "close"
  >
  & Pick<EventTarget, "addEventListener" | "removeEventListener">
  & { send(data: string | Uint8Array<ArrayBuffer>): void };

/** What WebSocket transports of one server share. */
export interface WebSocketSettings {
  readonly maxHttpBufferSize: number;
  readonly backlogs: Backlogs;
}

/** Accepts a WebSocket, as `Deno.upgradeWebSocket()` does. */
export type AcceptWebSocket = (
  request: Request,
  options: Deno.UpgradeWebSocketOptions,
) => { readonly socket: MessageSocket; readonly response: Response };

/**
 * A WebSocket as a transport: a message in either direction is one packet.
 *
 * It is created while the WebSocket opens. `onSettled` then hears once whether it
 * did, or never where Deno says nothing of a client that left meanwhile.
 */
export class WebSocketTransport
  implements Transport, EventListenerObject, SenderHost {
  readonly name = "websocket";
  readonly #socket: MessageSocket;
  readonly #format: WebSocketFormat;
  readonly #sender: Sender;
  readonly #maxHttpBufferSize: number;
  #owner: TransportOwner | undefined;
  #onSettled:
    | ((transport: WebSocketTransport, isOpen: boolean) => void)
    | undefined;
  #failure: string | undefined;
  #onFinished: (() => void) | undefined;

  constructor(
    socket: MessageSocket,
    format: WebSocketFormat,
    { maxHttpBufferSize, backlogs }: WebSocketSettings,
    onSettled: (transport: WebSocketTransport, isOpen: boolean) => void,
  ) {
    this.#socket = socket;
    this.#format = format;
    this.#sender = new Sender(socket, format, backlogs, this);
    this.#maxHttpBufferSize = maxHttpBufferSize;
    this.#onSettled = onSettled;
    // One listener object for all: the four closures would cost 2 KiB a connection.
    for (const type of ["open", "message", "error", "close"]) {
      socket.addEventListener(type, this);
    }
  }

  /** Hands the transport to `owner`, who hears from it from now on. */
  bind(owner: TransportOwner): void {
    this.#owner = owner;
  }

  get writable(): boolean {
    return this.#socket.readyState === WebSocket.OPEN && this.#sender.writable;
  }

  get bufferedAmount(): number {
    return this.#sender.bufferedAmount;
  }

  hasBuffered(bytes: number): boolean {
    return this.#sender.hasBuffered(bytes);
  }

  write(message: EncodedMessage): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    if (this.#sender.send(message)) this.#owner?.onFlush();
  }

  /** A close frame leaves behind what was written before it. */
  finish(done: () => void): void {
    if (this.#sender.hasBacklog) this.#onFinished = done;
    else done();
  }

  onDrained(): void {
    this.#owner?.onFlush();
    this.#onFinished?.();
  }

  close(_ending?: TransportEnding, code?: number): void {
    this.#owner = undefined;
    this.#onSettled = undefined;
    this.#onFinished = undefined;
    this.#sender.drop();
    if (this.#socket.readyState < WebSocket.CLOSING) this.#socket.close(code);
  }

  handleEvent(event: Event): void {
    switch (event.type) {
      case "message":
        return this.#onMessage(
          (event as MessageEvent<string | ArrayBuffer>).data,
        ); // its type is "message"
      case "open":
        return this.#settle(true);
      case "error":
        this.#failure = (event as ErrorEvent).message; // its type is "error"
        return;
      case "close":
        return this.#onClose(event as CloseEvent); // its type is "close"
    }
  }

  #settle(isOpen: boolean): void {
    const onSettled = this.#onSettled;
    this.#onSettled = undefined;
    this.#socket.removeEventListener("open", this);
    onSettled?.(this, isOpen);
  }

  #onMessage(data: string | ArrayBuffer): void {
    const owner = this.#owner;
    if (owner === undefined) return;
    if (this.#isTooBig(data)) {
      const { length } = typeof data === "string" ? data : new Uint8Array(data);
      this.close("failed", MESSAGE_TOO_BIG);
      owner.onLimitExceeded("maxHttpBufferSize");
      return owner.onTransportError({
        description: "message is larger than maxHttpBufferSize",
        context: { length },
      });
    }
    let packet: Packet;
    try {
      packet = this.#format.decode(
        typeof data === "string" ? data : new Uint8Array(data),
      );
    } catch (error) {
      return owner.onPacketError(error);
    }
    owner.onPacket(packet);
  }

  #isTooBig(data: string | ArrayBuffer): boolean {
    const max = this.#maxHttpBufferSize;
    if (typeof data !== "string") return data.byteLength > max;
    if (data.length * MAX_BYTES_PER_UNIT <= max) return false;
    return data.length > max || new TextEncoder().encode(data).length > max;
  }

  #onClose({ code, reason }: CloseEvent): void {
    this.#settle(false);
    this.#sender.drop();
    const owner = this.#owner;
    this.#owner = undefined;
    if (owner === undefined) return;
    const failure = this.#failure;
    const end: CloseDescription = {
      description: failure ?? "websocket connection closed",
      context: { code, reason },
    };
    if (failure === undefined || GONE.test(failure)) {
      owner.onTransportClose(end);
    } else owner.onTransportError(end);
  }
}
