/**
 * Limits of two kinds: what costs a client its connection, and what is merely refused, with
 * an answer that says when to try again.
 *
 *     deno run --allow-net=127.0.0.1 examples/recipes/rate_limits.ts
 *
 * @module
 */

import { Server } from "@deno-socketio/server";

/** How often somebody may send an event in a minute. */
const PER_MINUTE = new Map([["search", 10], ["message", 60]]);
const MINUTE = 60_000;

/** Makes the server. */
export function createServer() {
  // Far beyond what an honest client does: who exceeds it is disconnected.
  const limits = { eventsPerSecond: 100, connectionsPerAddress: 20 };
  const io = new Server({ limits });
  io.diagnostics.addEventListener("limitexceeded", ({ limit, address }) => {
    console.warn(`${address} exceeded ${limit}`);
  });

  /** How often each event was sent since `startedAt`, by event and sender. */
  const counts = new Map<string, number>();
  let startedAt = 0;

  /** Counts an event. Returns the milliseconds to wait, 0 for none. */
  function count(sender: string, event: string): number {
    const limit = PER_MINUTE.get(event);
    if (limit === undefined) return 0;
    const now = Date.now();
    if (now - startedAt >= MINUTE) {
      counts.clear(); // it never holds more than a minute
      startedAt = now;
    }
    const key = `${event} ${sender}`;
    const sent = (counts.get(key) ?? 0) + 1;
    counts.set(key, sent);
    return sent > limit ? startedAt + MINUTE - now : 0;
  }

  io.on("connection", (socket) => {
    socket.use(([event, ...args], next) => {
      // A user's id is better than an address, which many may share.
      const retryAfter = count(socket.handshake.address, event);
      if (retryAfter === 0) return next();
      args.findLast((arg) => typeof arg === "function")?.({ retryAfter });
    });
    socket.handle("search", (text: string) => `Nothing about ${text}`);
    socket.on("message", (text) => socket.broadcast.emit("message", text));
  });
  return io;
}

if (import.meta.main) {
  Deno.serve({ hostname: "127.0.0.1" }, createServer().handler());
}
