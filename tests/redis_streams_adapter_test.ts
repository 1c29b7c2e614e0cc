/** The adapter for Redis streams with the clients of all libraries, against a real server. */

import type { ServerOptions } from "@deno-socketio/server";
import type { Fleet } from "./_support/cluster_bed.ts";
import { clusterContract } from "./_support/cluster_contract.ts";
import { requires, startRedis } from "./_support/environment.ts";
import {
  CLIENT_KINDS,
  type ClientKind,
  connectStreamsFleet,
} from "./_support/redis_bed.ts";
import { PATIENT } from "./_support/streams_bed.ts";

async function startFleet(
  kind: ClientKind,
  size: number,
  options: ServerOptions,
): Promise<Fleet> {
  await using stack = new AsyncDisposableStack();
  const { port } = stack.use(await startRedis());
  const fleet = stack.use(await connectStreamsFleet(kind, port, size, PATIENT));
  const moved = stack.move();
  return {
    options: fleet.adapters.map((adapter) => ({ adapter, ...options })),
    [Symbol.asyncDispose]: () => moved.disposeAsync(),
  };
}

/** Whether sessions can go on, with each library: it is always the same but for one. */
const VARIANTS: readonly [ClientKind, ServerOptions][] = [
  ["node-redis", {}],
  ...CLIENT_KINDS.map((kind) =>
    [kind, { connectionStateRecovery: {} }] as [ClientKind, ServerOptions]
  ),
];
for (const [kind, options] of VARIANTS) {
  const recovers = options.connectionStateRecovery !== undefined;
  clusterContract(
    `Redis streams adapter, ${kind}${recovers ? ", with recovery" : ""}`,
    (size) => startFleet(kind, size, options),
    {
      test: (name, fn) =>
        Deno.test({
          ...requires({ redis: true }, name, fn),
          // After a large message the parser of ioredis and iovalkey has an interval
          // for a while, which nothing ends.
          sanitizeOps: kind === "node-redis",
          sanitizeResources: kind === "node-redis",
        }),
    },
  );
}
