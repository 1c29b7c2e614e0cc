/**
 * A server that is started more than once, and whose clients go on with any other:
 * each counts its visits, and misses nothing while its server is restarted.
 *
 *     deno run --allow-net=127.0.0.1 examples/redis_streams.ts 3001
 *     deno run --allow-net=127.0.0.1 examples/redis_streams.ts 3002
 *
 * @module
 */

import { createClient } from "redis";
import { Server } from "@deno-socketio/server";
import { createStreamsAdapter } from "@deno-socketio/server/redis";

const [port = "3001", url = "redis://127.0.0.1:6379"] = Deno.args;

// A Redis that hangs is given up after five seconds.
const client = createClient({
  url,
  pingInterval: 1_000,
  socket: { socketTimeout: 5_000, reconnectStrategy: () => 500 },
});
// A server that is killed loses ten seconds of `socket.data` at the most.
const io = new Server({
  adapter: createStreamsAdapter(client, { snapshotInterval: 10_000 }),
  connectionStateRecovery: {},
});
io.of("/").adapter.on("error", (error) => console.warn("Redis:", error));
await client.connect();

io.on("connection", (socket) => {
  socket.data.visits = (socket.data.visits ?? 0) + 1;
  socket.join("talk");
  socket.on("say", (text: string) => {
    io.to("talk").emit("said", { text, by: socket.id, on: port });
  });
  socket.on("visits", (answer: (visits: number) => void) => {
    answer(socket.data.visits);
  });
});

const http = Deno.serve(
  { hostname: "127.0.0.1", port: Number(port) },
  io.handler(),
);

Deno.addSignalListener("SIGINT", async () => {
  await io.drain({ timeout: 10_000 });
  await io.close();
  await http.shutdown();
  await client.close();
  Deno.exit();
});
