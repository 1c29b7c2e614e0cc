// This project's server; what is observed is named by arguments.
import { Server } from "../../../mod.ts";
import { options, register } from "./application.js";

const io = new Server({
  ...options,
  metrics: Deno.args.includes("metrics"),
});
register(io, (size: number) => new Uint8Array(size).fill(1));
Deno.serve({
  port: 0,
  hostname: "127.0.0.1",
  onListen: ({ port }) => console.log(port),
}, io.handler());
