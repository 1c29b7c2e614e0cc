/**
 * A server that the official Admin UI can look into, with the UI beside it: open the
 * page, enter its own address as the server's, and log in.
 *
 *     deno run --no-lock --allow-net=127.0.0.1 --allow-read examples/admin.ts
 *
 * @module
 */

import { Server } from "@deno-socketio/server";
import { hashPassword, instrument } from "@deno-socketio/server/admin";

const [port = "3000", password = crypto.randomUUID()] = Deno.args;

const io = new Server();
instrument(io, {
  auth: {
    type: "basic",
    username: "admin",
    password: await hashPassword(password), // keep the hash, not the password
  },
  mode: "development", // every socket, room and event; "production" shows sums
});

io.on("connection", (socket) => {
  socket.join("lobby");
  socket.data.since = new Date().toISOString();
  socket.on("say", (text: string) => io.to("lobby").emit("said", text));
});

// The UI's pages. They are imported at run time, since nothing else here needs them.
const PACKAGE = "npm:@socket.io/admin-ui@0.5.1/package.json";
await import(PACKAGE, { with: { type: "json" } });
const UI = new URL("ui/dist/", import.meta.resolve(PACKAGE));
const TYPES = new Map([
  ["css", "text/css"],
  ["html", "text/html"],
  ["js", "text/javascript"],
  ["svg", "image/svg+xml"],
]);

async function serveUi(request: Request): Promise<Response> {
  const path = new URL(request.url).pathname.slice(1) || "index.html";
  const [, extension = ""] = /^(?:\w+\/)?[\w.-]+\.(\w+)$/.exec(path) ?? [];
  const type = TYPES.get(extension);
  const file = await (type && Deno.readFile(new URL(path, UI)).catch(() => ""));
  if (!type || !file) return new Response("Not found", { status: 404 });
  return new Response(file, { headers: { "content-type": type } });
}

const hostname = "127.0.0.1";
Deno.serve({ hostname, port: Number(port) }, io.handler(serveUi));
console.log(`Log in as "admin" with the password "${password}"`);
