/**
 * A vote whose events are declared once, for this server, a page and a client on Deno.
 *
 *     deno run --allow-net=127.0.0.1 --allow-read examples/shared_types/server.ts
 *     deno run --allow-net=127.0.0.1 --allow-env examples/shared_types/client.ts tea
 *
 * @module
 */

import "socket.io-client/package.json" with { type: "json" }; // npm fetches it
import { Server } from "@deno-socketio/server";
import type { ClientToServer, ServerToClient } from "./events.ts";

const io = new Server<ClientToServer, ServerToClient>({
  serveClient: new URL(
    "dist/",
    import.meta.resolve("socket.io-client/package.json"),
  ),
});
const votes = new Map([["tea", 0], ["coffee", 0]]);
const standings = () =>
  Array.from(votes, ([choice, votes]) => ({ choice, votes }));

io.on("connection", (socket) => {
  socket.emit("standings", standings());
  socket.handle("vote", (choice) => {
    const count = votes.get(choice);
    if (count === undefined) return false;
    votes.set(choice, count + 1);
    io.emit("standings", standings());
    return true;
  });
});

const FILES: Record<string, [name: string, type: string]> = {
  "/": ["index.html", "text/html; charset=utf-8"],
  "/page.js": ["page.js", "text/javascript; charset=utf-8"],
};

const handler = io.handler(async (request) => {
  const [name, type] = FILES[new URL(request.url).pathname] ?? [];
  if (name === undefined || type === undefined) {
    return new Response("Not found", { status: 404 });
  }
  const body = await Deno.readFile(new URL(name, import.meta.url));
  return new Response(body, { headers: { "content-type": type } });
});

const port = Number(Deno.args[0] ?? 3000);
Deno.serve({ hostname: "127.0.0.1", port }, handler);
