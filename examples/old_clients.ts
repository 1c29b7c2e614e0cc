/**
 * Clients of Socket.IO 2 beside those of today: one room, one handshake for both.
 *
 *     deno run --allow-net=127.0.0.1 --allow-env examples/old_clients.ts
 *
 * What a client of today says by `auth`, an old one says by the parameters of its URL.
 *
 * @module
 */

import { io as connect } from "socket.io-client";
import connectOld from "socket.io-client-v2";
import { Server } from "@deno-socketio/server";

const io = new Server({ allowEIO3: true });

io.use((socket, next) => {
  const { auth, query } = socket.handshake;
  const isOld = socket.conn.protocol === 3;
  const name: unknown = isOld ? query.name : auth.name;
  if (typeof name !== "string") return next(new Error("Say who you are"));
  socket.data.name = isOld ? `old ${name}` : name;
  next();
});

io.on("connection", (socket) => {
  socket.on("say", (text) => io.emit("said", socket.data.name, text));
});

const http = Deno.serve(
  { hostname: "127.0.0.1", port: 0, onListen() {} },
  io.handler(),
);
const url = `http://127.0.0.1:${http.addr.port}`;

const clients = [
  connect(url, { auth: { name: "Ada" } }),
  connectOld(url, { query: { name: "Bob" } }),
];
/** What both hear of an event. */
const heard = (event: string) =>
  Promise.all(
    clients.map((client) =>
      new Promise((resolve) =>
        client.once(event, (...args: unknown[]) => resolve(args))
      )
    ),
  );

await heard("connect");
for (const client of clients) {
  const said = heard("said");
  client.emit("say", "hello");
  console.log(await said);
}

for (const client of clients) client.disconnect();
await io.close();
await http.shutdown();
