import type {
  IncomingMessage,
  Server as HttpServer,
  ServerResponse,
} from "node:http";
import type { Server as HttpsServer } from "node:https";
import type { Duplex } from "node:stream";
import type { Handler, Server as EngineServer } from "../engine/mod.ts";
import { assertDenoAtLeast } from "../deno_version.ts";
import { answerRequest } from "./http.ts";
import { answerUpgrade } from "./upgrade.ts";

/** A server of `node:http` or `node:https`. */
export type NodeHttpServer = HttpServer | HttpsServer;

/** What can be attached: a Socket.IO server, or an Engine.IO server by itself. */
export type Attachable = EngineServer | {
  /** The Engine.IO server that carries the clients' sessions. */
  readonly engine: EngineServer;
  /** Returns the function that answers requests. */
  handler(fallback?: Handler): Handler;
};

/**
 * Lets an HTTP server of `node:http` pass on what is Socket.IO's: its requests, and
 * WebSockets. All others go to the listeners that it has by now, so attach behind the
 * application.
 *
 * `io.close()` does not close the HTTP server.
 *
 * WebSockets need a plain TCP connection, which is all that `Deno.upgradeWebSocket()`
 * takes: clients of a server of `node:https` stay on long-polling. Let a proxy end TLS.
 *
 * @example Usage
 * ```ts ignore
 * import express from "npm:express@5";
 * import { Server } from "@deno-socketio/server";
 * import { attach } from "@deno-socketio/server/node";
 *
 * const app = express();
 * const io = new Server();
 * attach(io, app.listen(3000));
 * ```
 *
 * @param io The server.
 * @param server The HTTP server, listening or not.
 * @throws {Deno.errors.NotSupported} Before Deno 2.8.
 */
export function attach(io: Attachable, server: NodeHttpServer): void {
  assertDenoAtLeast("2.8", "attach to node:http");
  const engine = "engine" in io ? io.engine : io;
  const handler = io.handler();
  const isOurs = ({ url = "" }: IncomingMessage) => {
    const { path } = engine;
    return url.startsWith(path) &&
      (url.length === path.length || "/?".includes(url.charAt(path.length)));
  };
  // Those of the application, which must not answer what is ours.
  const others = server.listeners("request");
  server.removeAllListeners("request");
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    if (isOurs(request)) return void answerRequest(handler, request, response);
    for (const listener of others) listener.call(server, request, response);
  });
  server.on(
    "upgrade",
    (request: IncomingMessage, socket: Duplex, head: Uint8Array) => {
      if (isOurs(request)) void answerUpgrade(handler, request, socket, head);
      // Without another listener nobody would ever answer it.
      else if (server.listenerCount("upgrade") === 1) socket.destroy();
    },
  );
}
