/**
 * A server that is started more than once: what a client of one says is heard by
 * those of all. Redis, or Valkey, carries it from one to another.
 *
 *     deno run --allow-net=127.0.0.1 examples/redis.ts 3001
 *     deno run --allow-net=127.0.0.1 examples/redis.ts 3002
 *
 * @module
 */

import { createClient } from "redis";
import { Server } from "@deno-socketio/server";
import { createAdapter } from "@deno-socketio/server/redis";

const [port = "3001", url = "redis://127.0.0.1:6379"] = Deno.args;

// One to send, one to receive. A Redis that hangs is given up after five seconds.
const pubClient = createClient({
  url,
  pingInterval: 1_000,
  socket: { socketTimeout: 5_000, reconnectStrategy: () => 500 },
});
const subClient = pubClient.duplicate();
const connected = Promise.all([pubClient.connect(), subClient.connect()]);

const io = new Server({ adapter: createAdapter(pubClient, subClient) });
io.of("/").adapter.on("error", (error) => console.warn("Redis:", error));
await connected;

io.on("connection", (socket) => {
  socket.join("talk");
  socket.on("say", (text: string) => {
    io.to("talk").emit("said", { text, by: socket.id, on: port });
  });
  socket.on("who", async (answer: (ids: string[]) => void) => {
    const sockets = await io.in("talk").fetchSockets();
    answer(sockets.map(({ id }) => id));
  });
});

const http = Deno.serve(
  { hostname: "127.0.0.1", port: Number(port) },
  io.handler(),
);

Deno.addSignalListener("SIGINT", async () => {
  await io.close();
  await http.shutdown();
  await Promise.all([pubClient.close(), subClient.close()]);
  Deno.exit();
});
