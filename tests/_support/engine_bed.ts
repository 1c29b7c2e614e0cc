import type { CallbackErrorEvent } from "@deno-socketio/server";
import {
  type ConnectionError,
  type EngineOptions,
  Server,
  type Socket,
} from "@deno-socketio/server/engine";
import { endpoint, within } from "./wire.ts";

/** An Engine.IO server on a port of its own, and all that it reports. */
export class EngineBed implements AsyncDisposable {
  readonly engine: Server;
  /** Where it listens, with its path. */
  readonly url: string;
  readonly refusals: ConnectionError[] = [];
  /** Functions of the application that failed. */
  readonly failures: CallbackErrorEvent[] = [];
  readonly #http: Deno.HttpServer<Deno.NetAddr>;

  constructor(options: EngineOptions = {}) {
    this.engine = new Server(options);
    this.engine.on("connection_error", (error) => this.refusals.push(error));
    this.engine.diagnostics.addEventListener("callbackerror", (event) => {
      event.preventDefault();
      this.failures.push(event);
    });
    this.#http = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      this.engine.handler(),
    );
    this.url = `http://127.0.0.1:${this.#http.addr.port}/engine.io/`;
  }

  /** The URL of a handshake over `transport`. */
  handshake(transport: "polling" | "websocket"): string {
    return endpoint(this.url, { transport });
  }

  /** The next session, right after its `connection` listeners ran. */
  session(): Promise<Socket> {
    return within(
      new Promise((resolve) => this.engine.once("connection", resolve)),
      "a session",
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.engine.close();
    await within(this.#http.shutdown(), "the end of the HTTP server");
  }
}
