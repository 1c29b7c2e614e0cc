/**
 * One server on all cores: each worker of `deno serve --parallel` gets some of the
 * connections, and all of them share the sessions and the rooms.
 *
 *     deno serve --parallel --allow-net examples/parallel.ts
 *
 * @module
 */

import { Server } from "@deno-socketio/server";

const io = new Server({ parallel: true });

/** Each worker has its own: what they say shows which of them a client has come to. */
const worker = crypto.randomUUID().slice(0, 4);

io.on("connection", (socket) => {
  socket.join("talk");
  socket.on("say", (text: string) => {
    io.to("talk").emit("said", { text, by: socket.id, worker });
  });
});

// Clients learn at once that they must look for another server.
Deno.addSignalListener("SIGTERM", () => io.close());

export default {
  fetch: io.handler(async () => {
    const workers = await io.of("/").adapter.serverCount();
    return new Response(`worker ${worker} of ${workers}\n`);
  }),
};
