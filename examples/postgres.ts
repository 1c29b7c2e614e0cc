/**
 * A server that is started more than once: what a client of one says is heard by
 * those of all. PostgreSQL carries it from one to another.
 *
 *     deno run --allow-net=127.0.0.1 --allow-env examples/postgres.ts 3001
 *     deno run --allow-net=127.0.0.1 --allow-env examples/postgres.ts 3002
 *
 * @module
 */

import { Pool } from "pg";
import { Server } from "@deno-socketio/server";
import { createAdapter } from "@deno-socketio/server/postgres";

const [port = "3001", url = "postgres://postgres@127.0.0.1/postgres"] =
  Deno.args;

const pool = new Pool({
  connectionString: url,
  connectionTimeoutMillis: 5_000,
  keepAlive: true,
});
// What is longer than 8000 bytes, or has bytes in it, goes through this table.
await pool.query(`
  CREATE TABLE IF NOT EXISTS socket_io_attachments (
    id bigserial UNIQUE,
    created_at timestamptz DEFAULT now(),
    payload bytea
  )
`);

const io = new Server({ adapter: createAdapter(pool) });
io.of("/").adapter.on("error", (error) => console.warn("PostgreSQL:", error));

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
  await pool.end();
  Deno.exit();
});
