import { assertThrows } from "@std/assert";
import { EventEmitter } from "node:events";
import type { ShardedRedisClient } from "./clients.ts";
import { createShardedAdapter, type ShardedAdapterOptions } from "./sharded.ts";

/** A client with these methods, whatever they would do. */
function client(...methods: string[]): ShardedRedisClient {
  const emitter = Object.assign(new EventEmitter(), {
    isReady: true,
    status: "ready",
  });
  for (const name of methods) Object.assign(emitter, { [name]() {} });
  return emitter as unknown as ShardedRedisClient; // as its methods say
}

const NODE_REDIS = [
  ...["publish", "sendCommand", "subscribe", "unsubscribe"],
  ...["pSubscribe", "pUnsubscribe"],
];
const IO_REDIS = [
  ...["publish", "call", "subscribe", "unsubscribe"],
  ...["psubscribe", "punsubscribe"],
];
const SHARDED = ["sPublish", "sSubscribe", "sUnsubscribe"];
const IO_SHARDED = ["spublish", "ssubscribe", "sunsubscribe"];

const PREFIXING = Object.assign(client(...IO_REDIS, ...IO_SHARDED), {
  options: { keyPrefix: "app:" },
});

const clients: [claim: string, client: ShardedRedisClient, reason: string][] = [
  ["nothing known", client(), "it is not one server's client"],
  ["an old node-redis", client(...NODE_REDIS), "no sharded publish"],
  ["an old ioredis", client(...IO_REDIS, ...SHARDED), "no sharded publish"],
  ["an ioredis with a keyPrefix", PREFIXING, "Set channelPrefix"],
];
for (const [claim, client, reason] of clients) {
  Deno.test(`createShardedAdapter() refuses ${claim}`, () => {
    assertThrows(() => createShardedAdapter(client, client), TypeError, reason);
  });
}

const options: [claim: string, ShardedAdapterOptions, typeof Error][] = [
  ["another mode", {
    subscriptionMode: "all" as "static", // in JavaScript
  }, TypeError],
  ["no time", { requestsTimeout: 0 }, RangeError],
  ["a limit below nothing", { maxPendingBytes: -1 }, RangeError],
];
for (const [claim, each, type] of options) {
  Deno.test(`createShardedAdapter() refuses ${claim}`, () => {
    const good = client(...NODE_REDIS, ...SHARDED);
    createShardedAdapter(good, good);
    assertThrows(() => createShardedAdapter(good, good, each), type);
  });
}
