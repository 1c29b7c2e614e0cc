import { assertThrows } from "@std/assert";
import { EventEmitter } from "node:events";
import { createAdapter, type PostgresAdapterOptions } from "./mod.ts";
import type { PgPool, PostgresClient } from "./clients.ts";

/** A pool that is never used. */
function pool(max?: number): PgPool {
  return Object.assign(new EventEmitter(), {
    totalCount: 0,
    options: max === undefined ? {} : { max },
    connect: () => Promise.reject(new Error("unused")),
  });
}

const clients: [claim: string, client: unknown, type: typeof Error][] = [
  ["nothing", undefined, TypeError],
  ["a URL", "postgres://127.0.0.1/app", TypeError],
  ["a client that is no pool", new EventEmitter(), TypeError],
  ["another function", () => {}, TypeError],
  ["a pool of one client", pool(1), RangeError],
];
for (const [claim, client, type] of clients) {
  Deno.test(`createAdapter() for PostgreSQL refuses ${claim}`, () => {
    assertThrows(
      () => createAdapter(client as PostgresClient), // in JavaScript
      type,
    );
  });
}

const options: [claim: string, PostgresAdapterOptions, typeof Error][] = [
  [
    "a table that is more than one",
    { tableName: "a; DROP TABLE b" },
    TypeError,
  ],
  ["a threshold above PostgreSQL's", { payloadThreshold: 8_001 }, RangeError],
  ["no heartbeat", { heartbeatInterval: 0 }, RangeError],
  ["a heartbeat that is never missed", {
    heartbeatTimeout: Infinity,
  }, RangeError],
  ["a timeout that no heartbeat meets", {
    heartbeatTimeout: 5_000,
  }, RangeError],
  ["no time", { requestsTimeout: 0 }, RangeError],
  ["a cleaning without a pause", { cleanupInterval: 0 }, RangeError],
  ["a limit below nothing", { maxPendingBytes: -1 }, RangeError],
];
for (const [claim, each, type] of options) {
  Deno.test(`createAdapter() for PostgreSQL refuses ${claim}`, () => {
    createAdapter(pool());
    assertThrows(() => createAdapter(pool(), each), type);
  });
}
