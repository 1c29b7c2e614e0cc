/**
 * The same for `deno serve`, which calls `fetch` of what a module exports.
 *
 *     deno serve --port 3000 examples/frameworks/deno_serve_command.ts
 *
 * @module
 */

import { Server } from "@deno-socketio/server";

const io = new Server();
io.on("connection", (socket) => {
  socket.handle("hello", (name: string) => `Hello, ${name}, from deno serve`);
});

const routes: Record<string, (request: Request) => Promise<Response>> = {
  "GET /": () => Promise.resolve(new Response("A site of deno serve\n")),
  "POST /notice": async (request) => {
    io.emit("notice", await request.text());
    return new Response(null, { status: 204 });
  },
};

export default {
  fetch: io.handler((request) => {
    const { pathname } = new URL(request.url);
    return routes[`${request.method} ${pathname}`]?.(request) ??
      new Response("Not found\n", { status: 404 });
  }),
} satisfies Deno.ServeDefaultExport;
