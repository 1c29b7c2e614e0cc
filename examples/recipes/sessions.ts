/**
 * Sessions by cookie, which routes and sockets share: who logs in by HTTP is known to all
 * open tabs at once.
 *
 *     deno run --allow-net=127.0.0.1 examples/recipes/sessions.ts
 *
 * @module
 */

import { getCookies, setCookie } from "@std/http";
import { Server } from "@deno-socketio/server";

const MAX_SESSIONS = 100_000; // then the oldest are forgotten
/** Makes a site whose routes and sockets know the visitor. */
export function createSite() {
  const io = new Server();
  const sessions = new Map<string, { id: string; user: string }>();
  const byRequest = new WeakMap<Request, { id: string; user: string }>();

  /** Finds a request's session, or begins one: an id that we did not give is nobody's. */
  function openSession(request: Request, headers: Headers) {
    const known = sessions.get(getCookies(request.headers).session ?? "");
    const session = known ?? { id: crypto.randomUUID(), user: "a stranger" };
    const { id: value } = session;
    const [oldest = ""] = sessions.keys();
    if (sessions.set(value, session).size > MAX_SESSIONS) {
      sessions.delete(oldest);
    }
    byRequest.set(request, session);
    const cookie = { name: "session", value, path: "/", httpOnly: true };
    setCookie(headers, { ...cookie, sameSite: "Lax" });
    return session;
  }

  io.engine.on("initial_headers", (headers, request) => {
    openSession(request, headers);
  });
  io.on("connection", (socket) => {
    const session = byRequest.get(socket.request);
    if (session === undefined) return void socket.disconnect();
    socket.join(`session:${session.id}`);
    socket.emit("user", session.user);
  });

  const handler = io.handler(async (request) => {
    const headers = new Headers();
    const session = openSession(request, headers);
    if (request.method === "POST") {
      session.user = (await request.text()).slice(0, 24); // check a password first
      io.to(`session:${session.id}`).emit("user", session.user);
    }
    return new Response(`You are ${session.user}\n`, { headers });
  });
  return { io, handler };
}

if (import.meta.main) {
  Deno.serve({ hostname: "127.0.0.1", port: 3000 }, createSite().handler);
}
