/**
 * Sockets that are let in by a JSON Web Token, for as long as it is valid. Who sends a new
 * one in time ("authenticate") stays connected, others are disconnected.
 *
 *     SECRET=… deno run --allow-net=127.0.0.1 --allow-env=SECRET examples/recipes/jwt.ts
 *
 * @module
 */

import { errors, jwtVerify } from "jose";
import { Server } from "@deno-socketio/server";

const NOTICE = 30_000; // milliseconds before the end, when a new token is asked for
const MAX_DELAY = 2 ** 31 - 1; // of a timer
const CHECKS = { algorithms: ["HS256"], requiredClaims: ["sub", "exp"] };

/** Makes the server; `secret` is what tokens are signed with. */
export function createServer(secret: Uint8Array) {
  const io = new Server();
  /** Reads a token. Clients learn whether it is too old, and no more of what is wrong. */
  async function verify(token: unknown) {
    try {
      const { payload } = await jwtVerify(String(token), secret, CHECKS);
      return { id: payload.sub, validUntil: 1_000 * (payload.exp ?? 0) };
    } catch (error) {
      const code = error instanceof errors.JWTExpired ? "expired" : "invalid";
      throw Object.assign(new Error("unauthorized"), { data: { code } });
    }
  }
  io.use(async (socket) => {
    socket.data = await verify(socket.handshake.auth.token);
  });
  io.on("connection", (socket) => {
    let timer: ReturnType<typeof setTimeout>;
    const watch = () => {
      clearTimeout(timer);
      const left = socket.data.validUntil - Date.now();
      if (left <= 0) return void socket.disconnect();
      if (left <= NOTICE) socket.emit("expiring", left);
      const wait = left <= NOTICE ? left : left - NOTICE;
      timer = setTimeout(watch, Math.min(wait, MAX_DELAY));
    };
    watch();
    socket.signal.addEventListener("abort", () => clearTimeout(timer));
    socket.handle("authenticate", async (token: unknown) => {
      const user = await verify(token);
      if (user.id !== socket.data.id) throw new Error("another user");
      socket.data = user;
      if (socket.connected) watch();
      return user.validUntil;
    });
  });
  return io;
}

if (import.meta.main) {
  const secret = new TextEncoder().encode(Deno.env.get("SECRET")); // 32 bytes or more
  Deno.serve({ hostname: "127.0.0.1" }, createServer(secret).handler());
}
