/**
 * A server behind a Redis stream, to be killed. Its arguments are the port of Redis, and
 * options of the adapter as JSON. Prints the port it listens on, and who has left.
 */
import { createClient } from "redis";
import { Server } from "@deno-socketio/server";
import { createStreamsAdapter } from "@deno-socketio/server/redis";

const [port = "", options = "{}"] = Deno.args;
const client = createClient({
  socket: { host: "127.0.0.1", port: Number(port) },
});
await client.connect();
const io = new Server({
  adapter: createStreamsAdapter(client, JSON.parse(options)),
  connectionStateRecovery: {},
});
io.on("connection", (socket) => {
  socket.data = { visits: 1 };
  socket.on("join", async (room, answer) => {
    await socket.join(room);
    answer();
  });
  socket.on("disconnect", () => print({ gone: socket.id }));
});
io.listen({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) => print({ port }),
});

function print(value: Record<string, unknown>): void {
  console.log(JSON.stringify(value));
}
