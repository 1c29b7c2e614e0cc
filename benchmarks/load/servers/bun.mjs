// npm:socket.io on Bun's own HTTP and WebSocket server.
import { Buffer } from "node:buffer";
import { options, register } from "./application.js";
import { load } from "./peer.js";

const { Server } = load("socket.io");
const { Server: Engine } = load("@socket.io/bun-engine");
const io = new Server(options);
const engine = new Engine({ path: "/socket.io/", ...options });
io.bind(engine);
register(io, (size) => Buffer.alloc(size, 1));
const server = globalThis.Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  ...engine.handler(),
});
console.log(server.port);
