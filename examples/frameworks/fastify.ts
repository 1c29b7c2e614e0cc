/**
 * A site of Fastify and its Socket.IO server on one port, on Deno's Node layer.
 *
 *     deno run --allow-net=127.0.0.1 examples/frameworks/fastify.ts
 *
 * @module
 */

import fastify from "fastify";
import { Server } from "@deno-socketio/server";
import { attach } from "@deno-socketio/server/node";

const io = new Server();
io.on("connection", (socket) => {
  socket.handle("hello", (name: string) => `Hello, ${name}, from Fastify`);
});

const app = fastify();
app.get("/", () => "A site of Fastify\n");
app.post<{ Body: string }>("/notice", (request, reply) => {
  io.emit("notice", request.body);
  return reply.code(204).send();
});

attach(io, app.server);
app.addHook("preClose", () => io.close());

const port = Number(Deno.args[0] ?? 3000);
console.log(`Listening on ${await app.listen({ host: "127.0.0.1", port })}`);

Deno.addSignalListener("SIGTERM", async () => {
  await app.close();
  Deno.exit();
});
