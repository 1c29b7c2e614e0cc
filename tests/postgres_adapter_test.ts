/** The PostgreSQL adapter with the clients of all libraries, against a real server. */

import { clusterContract } from "./_support/cluster_contract.ts";
import { requires } from "./_support/environment.ts";
import {
  CLIENT_KINDS,
  openFleet,
  sharePostgres,
} from "./_support/postgres_bed.ts";

const server = sharePostgres();

for (const kind of CLIENT_KINDS) {
  clusterContract(
    `PostgreSQL adapter, ${kind}`,
    (size) => openFleet(kind, server(), size),
    {
      test: (name, fn) => Deno.test(requires({ postgres: true }, name, fn)),
    },
  );
}
