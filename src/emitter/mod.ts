/**
 * For programs that are no servers, such as a job that runs by the clock: they send to
 * the clients of servers which meet in Redis or Valkey, and act on them.
 *
 * @example Usage
 * ```ts ignore
 * import { createClient } from "npm:redis@^5";
 * import { RedisEmitter } from "@deno-socketio/server/redis-emitter";
 *
 * interface Events {
 *   headline: (text: string) => void;
 * }
 * const client = await createClient({ url: "redis://127.0.0.1:6379" }).connect();
 * const emitter = new RedisEmitter<Events>(client);
 * await emitter.to("news").emit("headline", "It works");
 * await client.close();
 * ```
 *
 * @module
 */
export type { RedisClient } from "../adapter/redis/clients.ts";
export { Emitter } from "./emitter.ts";
export { EmitterOperator } from "./operator.ts";
export { RedisEmitter, type RedisEmitterOptions } from "./redis_emitter.ts";
export {
  RedisStreamsEmitter,
  type RedisStreamsEmitterOptions,
} from "./redis_streams_emitter.ts";
