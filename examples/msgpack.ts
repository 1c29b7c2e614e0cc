/**
 * A server and a client that speak msgpack instead of JSON: bytes and dates stay what
 * they are, however deep they lie.
 *
 *     deno run --allow-net=127.0.0.1 --allow-env examples/msgpack.ts
 *
 * The client is npm's; in a page, `socket.io.msgpack.min.js` is the same.
 *
 * @module
 */

import { io as connect } from "socket.io-client";
import parser from "socket.io-msgpack-parser";
import { Server } from "@deno-socketio/server";
import { MsgpackCodec } from "@deno-socketio/server/msgpack";

/** What a thermometer sends. */
interface Reading {
  at: Date;
  celsius: number;
  raw: Uint8Array;
}

const io = new Server({ parser: new MsgpackCodec() });
io.on("connection", (socket) => {
  socket.on("reading", ({ at, celsius, raw }: Reading, answer) => {
    console.log(`${celsius} °C at ${at.toISOString()}, raw: ${raw.toHex()}`);
    answer({ at, bytes: raw.length });
  });
});
const http = Deno.serve(
  { hostname: "127.0.0.1", port: 0, onListen() {} },
  io.handler(),
);

const client = connect(`http://127.0.0.1:${http.addr.port}`, {
  transports: ["websocket"],
  parser,
});
const { at, bytes } = await client.emitWithAck("reading", {
  at: new Date("2026-06-21T12:00:00Z"),
  celsius: 21.5,
  raw: Uint8Array.of(0x01, 0x57),
});
console.log(`The server took ${bytes} bytes from ${at.getUTCFullYear()}`);

client.disconnect();
await io.close();
await http.shutdown();
