/**
 * A site of Express and its Socket.IO server on one port, on Deno's Node layer.
 *
 *     deno run --allow-net=127.0.0.1 --allow-env examples/frameworks/express.ts
 *
 * @module
 */

import type { ServerResponse } from "node:http";
import express from "express";
import { Server } from "@deno-socketio/server";
import { attach } from "@deno-socketio/server/node";

const io = new Server();
io.on("connection", (socket) => {
  socket.handle("hello", (name: string) => `Hello, ${name}, from Express`);
});

const app = express();
app.get("/", (_request: unknown, response: ServerResponse) => {
  response.end("A site of Express\n");
});
app.post(
  "/notice",
  express.text(),
  (request: { body: string }, response: ServerResponse) => {
    io.emit("notice", request.body);
    response.writeHead(204).end();
  },
);

const port = Number(Deno.args[0] ?? 3000);
const http = app.listen(port, "127.0.0.1", () => {
  const address = http.address();
  if (typeof address === "object" && address !== null) {
    console.log(`Listening on http://127.0.0.1:${address.port}/`);
  }
});
attach(io, http);

Deno.addSignalListener("SIGTERM", async () => {
  await io.close();
  http.close(() => Deno.exit());
});
