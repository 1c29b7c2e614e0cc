/**
 * Says something to all who talk, from a program that is no server, and ends:
 *
 *     deno run --allow-net=127.0.0.1 examples/redis.ts 3001
 *     deno run --allow-net=127.0.0.1 examples/redis_emitter.ts "Supper is ready"
 *
 * @module
 */

import { createClient } from "redis";
import { RedisEmitter } from "@deno-socketio/server/redis-emitter";

/** What clients of the servers hear. */
interface Events {
  said: (message: { text: string; by: string }) => void;
}

const [text = "Hello", url = "redis://127.0.0.1:6379"] = Deno.args;
const client = await createClient({ url }).connect();
const emitter = new RedisEmitter<Events>(client);
await emitter.to("talk").emit("said", { text, by: "the kitchen" });
await client.close();
