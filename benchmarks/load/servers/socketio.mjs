// npm:socket.io with its default engine; Node and Deno run this same file.
import { Buffer } from "node:buffer";
import { createServer } from "node:http";
import { options, register } from "./application.js";
import { load } from "./peer.js";

const { Server } = load("socket.io");
const http = createServer();
register(new Server(http, options), (size) => Buffer.alloc(size, 1));
http.listen(0, "127.0.0.1", () => console.log(http.address().port));
