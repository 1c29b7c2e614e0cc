import type { ServerOptions } from "@deno-socketio/server";
import { AdapterBed } from "./adapter_bed.ts";
import { within } from "./clients.ts";
import { endpoint, parseOpen, PollingSession, WireSocket } from "./wire.ts";

/** A server whose failures are all seen, and connections that a test speaks for itself. */
export class WatchedBed extends AdapterBed {
  /** Errors and rejections that nobody has handled: each of them would end a process. */
  readonly unhandled: unknown[] = [];

  constructor(options: ServerOptions = {}) {
    super(options);
    addEventListener("unhandledrejection", this.#onUnhandled);
    addEventListener("error", this.#onUnhandled);
  }

  readonly #onUnhandled = (event: ErrorEvent | PromiseRejectionEvent) => {
    event.preventDefault();
    this.unhandled.push("reason" in event ? event.reason : event.error);
  };

  /** Opens a WebSocket that has asked for no namespace yet; with `sid` one that moves a session. */
  async wire(sid?: string): Promise<WireSocket> {
    const transport = "websocket";
    const socket = await WireSocket.open(
      endpoint(this.#url, { transport, ...(sid === undefined ? {} : { sid }) }),
    );
    if (sid === undefined) parseOpen(await socket.receive());
    return socket;
  }

  /** Opens a long-polling session that has asked for no namespace yet. */
  polling(): Promise<PollingSession> {
    return PollingSession.start(this.#url);
  }

  get #url(): string {
    return `${this.url}/socket.io/`;
  }

  /** Resolves when the next session has ended. */
  nextEnd(): Promise<string> {
    const ended = Promise.withResolvers<string>();
    this.io.engine.once(
      "connection",
      (conn) => conn.once("close", ended.resolve),
    );
    return within(ended.promise, "the end of a session");
  }

  /** Lets what has been settled take its effect: rejections are told of a turn later. */
  async turn(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve));
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    removeEventListener("unhandledrejection", this.#onUnhandled);
    removeEventListener("error", this.#onUnhandled);
  }
}
