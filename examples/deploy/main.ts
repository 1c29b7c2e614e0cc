/**
 * A server for Deno Deploy: several instances of it, any of which may be ended at any
 * time, are one to their clients. `deno.json` beside it tells Deploy how to run it.
 *
 * On your machine it needs nothing, and may have a Redis too:
 *
 *     deno run --allow-net --allow-env examples/deploy/main.ts
 *
 * Clients connect with `transports: ["websocket"]`, since nothing there sends all
 * requests of one client to the same instance.
 *
 * @module
 */

import { createClient } from "redis";
import { Server } from "@deno-socketio/server";
import { ClusterAdapter } from "@deno-socketio/server/adapter";
import { createStreamsAdapter } from "@deno-socketio/server/redis";

const url = Deno.env.get("REDIS_URL") || undefined;
if (url === undefined && Deno.env.has("DENO_DEPLOY")) {
  throw new Error("Set REDIS_URL: the instances know each other by it alone");
}
// A Redis that hangs is given up after three seconds.
const client = url === undefined ? undefined : createClient({
  url,
  pingInterval: 1_000,
  socket: { socketTimeout: 3_000, reconnectStrategy: () => 500 },
});

const io = new Server({
  transports: ["websocket"],
  connectionStateRecovery: {},
  ...(client &&
    { adapter: createStreamsAdapter(client, { requestsTimeout: 1_000 }) }),
});
const { adapter } = io.of("/");
adapter.on("error", (error) => console.warn("Redis:", error));
// Not awaited: clients are served before it is there.
client?.connect().catch(() => {}); // of which the adapter tells

io.on("connection", (socket) => {
  socket.join("talk");
  socket.on("say", (text: string) => {
    io.to("talk").emit("said", { text, by: socket.id });
  });
});

Deno.serve(io.handler(async () => {
  const isHealthy = !(adapter instanceof ClusterAdapter) ||
    (await adapter.checkHealth()).isHealthy;
  return new Response(null, { status: isHealthy ? 204 : 503 });
}));

// Deploy sends it to who must go, and five seconds later ends the process.
Deno.addSignalListener("SIGINT", async () => {
  await io.close();
  Deno.exit();
});
