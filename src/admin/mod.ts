/**
 * Lets the official [Socket.IO Admin UI](https://admin.socket.io) see a server.
 *
 * @example Usage
 * ```ts
 * import { Server } from "@deno-socketio/server";
 * import { instrument } from "@deno-socketio/server/admin";
 *
 * const io = new Server({
 *   cors: { origin: ["https://admin.socket.io"], credentials: true },
 * });
 * instrument(io, {
 *   auth: { // made by hashPassword()
 *     type: "basic",
 *     username: "admin",
 *     password:
 *       "$pbkdf2-sha512$i=1000$QUFBQUFBQUFBQUFBQUFBQQ$" + "A".repeat(86),
 *   },
 * });
 * await io.close();
 * ```
 *
 * @module
 */
export type {
  AdminAuthenticator,
  AdminCredentials,
  BasicAuthentication,
} from "./authentication.ts";
export { instrument, type InstrumentOptions } from "./instrument.ts";
export { hashPassword } from "./password.ts";
export {
  type AdminRedisClient,
  type AdminStore,
  InMemoryStore,
  type InMemoryStoreOptions,
  RedisStore,
  type RedisStoreOptions,
} from "./stores.ts";
