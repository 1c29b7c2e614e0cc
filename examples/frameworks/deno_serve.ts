/**
 * A site and its Socket.IO server on one port, with `Deno.serve` and nothing else.
 *
 *     deno run --allow-net=127.0.0.1 examples/frameworks/deno_serve.ts
 *
 * @module
 */

import { Server } from "@deno-socketio/server";

const io = new Server();
io.on("connection", (socket) => {
  socket.handle("hello", (name: string) => `Hello, ${name}, from Deno.serve`);
});

/** Answers all that is not Socket.IO's. */
async function site(request: Request): Promise<Response> {
  switch (`${request.method} ${new URL(request.url).pathname}`) {
    case "GET /":
      return new Response("A site of Deno.serve\n");
    case "POST /notice":
      io.emit("notice", await request.text());
      return new Response(null, { status: 204 });
    default:
      return new Response("Not found\n", { status: 404 });
  }
}

const port = Number(Deno.args[0] ?? 3000);
Deno.serve({ hostname: "127.0.0.1", port }, io.handler(site));
