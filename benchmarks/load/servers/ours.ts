// This project's server.
import { Server } from "../../../mod.ts";
import { options, register } from "./application.js";

const io = new Server(options);
register(io, (size: number) => new Uint8Array(size).fill(1));
Deno.serve({
  port: 0,
  hostname: "127.0.0.1",
  onListen: ({ port }) => console.log(port),
}, io.handler());
