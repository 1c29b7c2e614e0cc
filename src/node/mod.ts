/**
 * The server behind an HTTP server of `node:http`, on Deno: beside Express, Fastify, Koa
 * and all that is made of one.
 *
 * @example Usage
 * ```ts
 * import { createServer } from "node:http";
 * import { Server } from "@deno-socketio/server";
 * import { attach } from "@deno-socketio/server/node";
 *
 * const http = createServer((_request, response) => response.end("the site"));
 * await using io = new Server();
 * attach(io, http);
 * http.listen(0, "127.0.0.1", () => http.close());
 * ```
 *
 * @module
 */
export { attach, type Attachable, type NodeHttpServer } from "./attach.ts";
