/**
 * The server that the faults are tried on. Its argument is the cap on what waits for
 * a client. Prints its port, then a line for each session that ends; answers a line
 * of input with a line about itself.
 */
import { Server } from "@deno-socketio/server";

const { gc } = globalThis as unknown as { gc: () => void }; // by --expose-gc
const io = new Server({
  // As short as clients can be sure to keep to them on a busy machine.
  pingInterval: 2_500,
  pingTimeout: 1_500,
  upgradeTimeout: 3_000,
  connectTimeout: 3_500,
  maxBufferedAmount: Number(Deno.args[0]),
});

io.engine.on("connection", (conn) => {
  if (conn.request.url.includes("&visitor")) return; // behaves, and does not count
  conn.on("close", (reason) => print({ reason }));
});

io.on("connection", (socket) => {
  socket.on("echo", () => socket.emit("echo"));
  socket.on("close", () => socket.disconnect(true));
  socket.on("flood", () => {
    const text = "x".repeat(64 * 1024);
    for (let i = 0; i < 512; i++) socket.emit("flood", text);
  });
  socket.on("puddle", () => socket.emit("puddle", "x".repeat(512 * 1024)));
  socket.on("drizzle", () => {
    for (let i = 0; i < 200_000; i++) socket.emit("d");
  });
  socket.on("throw", () => {
    throw new Error("This failure was asked for");
  });
});
io.on("handler_error", () => {});

io.listen({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) => print({ port }),
});

for await (const _line of Deno.stdin.readable) {
  gc();
  const { rss } = Deno.memoryUsage();
  print({ sessions: io.engine.clientsCount, rss });
}
await io.close();
Deno.exit(); // Deno itself keeps what left while a WebSocket was accepted

function print(value: Record<string, unknown>): void {
  console.log(JSON.stringify(value));
}
