import { assert, assertEquals } from "@std/assert";
import {
  type EngineSocket,
  Server,
  type ServerOptions,
} from "@deno-socketio/server";
import { Visitors, within } from "./clients.ts";
import { endpoint } from "./wire.ts";

/** A server that listens by itself, as applications have it, and its clients. */
export class ListeningBed implements AsyncDisposable {
  readonly io: Server;
  readonly visitors = new Visitors();
  readonly origin: string;
  /** The URL of requests. */
  readonly url: string;

  constructor(options: ServerOptions = {}) {
    this.io = new Server(options);
    this.io.listen({ hostname: "127.0.0.1", port: 0, onListen() {} });
    const address = this.io.httpServer?.addr;
    assert(address !== undefined && "port" in address);
    this.origin = `http://127.0.0.1:${address.port}`;
    this.url = `${this.origin}/socket.io/`;
  }

  get websocket(): string {
    return endpoint(this.url, { transport: "websocket" });
  }

  /** The engine's socket of the next session. */
  conn(): Promise<EngineSocket> {
    return within(
      new Promise((resolve) => this.io.engine.once("connection", resolve)),
      "a session",
    );
  }

  /** Closes the server, and sees that nobody is left. */
  async close(): Promise<void> {
    await within(this.io.close(), "the end of the server");
    assertEquals(this.io.engine.clientsCount, 0);
    assertEquals(this.io.sockets.sockets.size, 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.visitors[Symbol.asyncDispose]();
    await this.close();
  }
}
