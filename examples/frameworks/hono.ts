/**
 * A site of Hono and its Socket.IO server on one port. What is not Socket.IO's goes on to
 * Hono, and a route of Hono tells all clients something.
 *
 *     deno run --allow-net=127.0.0.1 examples/frameworks/hono.ts
 *
 * @module
 */

import { Hono } from "hono";
import { secureHeaders } from "hono/secure-headers";
import { Server } from "@deno-socketio/server";

const io = new Server();
io.on("connection", (socket) => {
  socket.handle("hello", (name: string) => `Hello, ${name}, from Hono`);
});

const app = new Hono();
app.use(secureHeaders());
app.get("/", (c) => c.text("A site of Hono\n"));
app.post("/notice", async (c) => {
  io.emit("notice", await c.req.text());
  return c.body(null, 204);
});

const port = Number(Deno.args[0] ?? 3000);
Deno.serve(
  { hostname: "127.0.0.1", port },
  io.handler((request, info) => app.fetch(request, info)),
);
