/** A mixed fleet that meets in PostgreSQL. */

import {
  createAdapter,
  type PostgresAdapterOptions,
} from "@deno-socketio/server/postgres";
import {
  type ClientKind,
  createTable,
  openPostgres,
} from "../_support/postgres_bed.ts";
import { PostgresProcess } from "../_support/postgres_process.ts";
import { testMixedFleet } from "./mixed_fleet.ts";
import type { Meeting } from "./place.ts";
import { postgresEmitter } from "./postgres_emitter.ts";

/**
 * Servers on Node hear of others by their heartbeats alone, which none may miss because
 * the machine is busy.
 */
const SOON = { heartbeatInterval: 200, heartbeatTimeout: 3_000 };

function meetInPostgres(
  kind: ClientKind,
  name: string,
  options: PostgresAdapterOptions = {},
): Meeting {
  const all = { ...SOON, ...options };
  return {
    name,
    needs: { postgres: true },
    // They send over several connections at once.
    keepsOrder: false,
    packages: ["@socket.io/postgres-adapter@0.5.0", "pg@8.23.1"],
    async start() {
      const server = await PostgresProcess.start();
      await createTable(server, options.tableName);
      return {
        node: { adapter: "postgres", client: server.options, options: all },
        connect(stack) {
          const { client } = stack.use(openPostgres(kind, server));
          return Promise.resolve(createAdapter(client, all));
        },
        [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
      };
    },
  };
}

testMixedFleet(meetInPostgres("pg", "PostgreSQL"), postgresEmitter);

testMixedFleet(
  meetInPostgres("postgres.js", "PostgreSQL, with options of its own", {
    channelPrefix: "an other",
    tableName: "attachments_of_mine",
    payloadThreshold: 500,
  }),
);
