/** The adapter for sharded channels with the clients of all libraries, against a real server. */

import { clusterContract } from "./_support/cluster_contract.ts";
import { requires } from "./_support/environment.ts";
import {
  type ClientKind,
  connectShardedFleet,
  startFleet,
} from "./_support/redis_bed.ts";
import type { ShardedAdapterOptions } from "@deno-socketio/server/redis";

function testSharded(kind: ClientKind, options: ShardedAdapterOptions): void {
  const name = `Sharded Redis adapter, ${kind}, ${JSON.stringify(options)}`;
  const start = (size: number) =>
    startFleet(
      kind,
      size,
      (kind, port, size) => connectShardedFleet(kind, port, size, options),
    );
  clusterContract(name, start, {
    test: (name, fn) =>
      Deno.test({
        ...requires({ redis: true }, name, fn),
        // After a large message the parser of ioredis and iovalkey has an interval
        // for a while, which nothing ends.
        sanitizeOps: kind === "node-redis",
        sanitizeResources: kind === "node-redis",
      }),
  });
}

testSharded("node-redis", {});
testSharded("ioredis", { subscriptionMode: "dynamic-private" });
testSharded("iovalkey", {});
