import type { Server } from "../../../mod.ts";
import { register } from "./application.js";

/** Makes a server the application under test. */
export function apply(io: Server): void {
  register(io, (size: number) => new Uint8Array(size).fill(1));
}

/** Listens on a free port, and prints it. */
export function serve(io: Server): void {
  Deno.serve({
    port: 0,
    hostname: "127.0.0.1",
    onListen: ({ port }) => console.log(port),
  }, io.handler());
}
