/** The Redis adapter with the clients of all libraries, against a real server. */

import { clusterContract } from "./_support/cluster_contract.ts";
import { requires } from "./_support/environment.ts";
import { CLIENT_KINDS, startFleet } from "./_support/redis_bed.ts";

for (const kind of CLIENT_KINDS) {
  clusterContract(
    `Redis adapter, ${kind}`,
    (size) => startFleet(kind, size),
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
