/**
 * A server behind a Redis stream, which drains before it ends. Its arguments are the
 * port of Redis, the port it listens on, and options of the adapter and of `io.drain()` as
 * JSON. Prints that it listens, how long it took to drain, and how many clients were left.
 */
import { createClient } from "redis";
import { Server } from "@deno-socketio/server";
import { createStreamsAdapter } from "@deno-socketio/server/redis";

const [redisPort = "", port = "", options = "{}"] = Deno.args;
const { adapter, drain } = JSON.parse(options);
const client = createClient({
  socket: { host: "127.0.0.1", port: Number(redisPort) },
});
await client.connect();
const io = new Server({
  transports: ["websocket"],
  adapter: createStreamsAdapter(client, adapter),
  connectionStateRecovery: {},
});
io.on("connection", (socket) => {
  if (!socket.recovered) socket.join("news");
});

Deno.addSignalListener("SIGTERM", async () => {
  const start = performance.now();
  await io.drain(drain);
  print({ drained: performance.now() - start, left: io.engine.clientsCount });
  await io.close();
  await client.close();
  Deno.exit();
});

io.listen({
  hostname: "127.0.0.1",
  port: Number(port),
  onListen: () => print({ listens: true }),
});

function print(value: Record<string, unknown>): void {
  console.log(JSON.stringify(value));
}
