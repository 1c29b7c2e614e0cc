/**
 * Several servers as one, over PostgreSQL: a broadcast reaches the clients of all of
 * them.
 *
 * They speak the language of `@socket.io/postgres-adapter` 0.5, so servers on Node can
 * be among them, and `@socket.io/postgres-emitter` reaches them from other programs.
 * PostgreSQL delivers a message at most once: what is sent while a server has no
 * connection to it is lost for that server's clients.
 *
 * @example Usage
 * ```ts ignore
 * import pg from "npm:pg@^8";
 * import { Server } from "@deno-socketio/server";
 * import { createAdapter } from "@deno-socketio/server/postgres";
 *
 * const pool = new pg.Pool({ connectionString: "postgres://127.0.0.1/app" });
 * await pool.query(`
 *   CREATE TABLE IF NOT EXISTS socket_io_attachments (
 *     id bigserial UNIQUE,
 *     created_at timestamptz DEFAULT now(),
 *     payload bytea
 *   )
 * `);
 *
 * const io = new Server({ adapter: createAdapter(pool) });
 * Deno.serve({ port: 3000 }, io.handler());
 * ```
 *
 * @module
 */
import { checkRange, MAX_DELAY } from "../../options.ts";
import type { AdapterNamespace } from "../adapter.ts";
import { ClusterAdapter } from "../cluster_adapter.ts";
import type { PostgresClient } from "./clients.ts";
import { Exchange } from "./exchange.ts";
import { checkTableName } from "./names.ts";
import { PostgresBus } from "./postgres_bus.ts";
import { toDriver } from "./to_driver.ts";

export type {
  PgClient,
  PgNotification,
  PgPool,
  PostgresClient,
  PostgresJsSql,
  PostgresRow,
} from "./clients.ts";

/** Options of {@linkcode createAdapter}: the same for all servers. */
export interface PostgresAdapterOptions {
  /**
   * The beginning of the names of all channels, before `#` and the namespace.
   *
   * @default {"socket.io"}
   */
  channelPrefix?: string;
  /**
   * The name of the table for messages that are long or have bytes in them: as SQL has
   * it, so it may have a schema before it, and capital letters need quotes.
   *
   * @default {"socket_io_attachments"}
   */
  tableName?: string;
  /**
   * Bytes of JSON beyond which a message goes through the table. PostgreSQL itself
   * carries no more than the default.
   *
   * @default {8_000}
   */
  payloadThreshold?: number;
  /**
   * Milliseconds to wait for the answers of other servers, and for those of PostgreSQL.
   *
   * @default {5_000}
   */
  requestsTimeout?: number;
  /**
   * Milliseconds after which a server that has sent nothing tells that it is there.
   *
   * @default {5_000}
   */
  heartbeatInterval?: number;
  /**
   * Milliseconds after which a server that sends nothing is gone: longer than
   * `heartbeatInterval`, best twice as long.
   *
   * @default {10_000}
   */
  heartbeatTimeout?: number;
  /**
   * Milliseconds between two cleanings of the table, and after which a row is old.
   *
   * @default {30_000}
   */
  cleanupInterval?: number;
  /**
   * Bytes of messages that may wait while PostgreSQL is away; a character of text
   * counts as one. What is more is dropped, and told by the adapter's event `error`.
   *
   * @default {16_777_216}
   */
  maxPendingBytes?: number;
  /** Listens to the event `error` of each namespace's adapter. */
  errorHandler?: (error: unknown) => void;
}

/**
 * Makes adapters that reach other servers over PostgreSQL.
 *
 * The client is yours: end it after the server. One connection listens, of the pool
 * of `pg` or beside that of postgres.js, and at most one more sends at a time. It must
 * be one to PostgreSQL itself, or to a pooler that keeps sessions: one that shares
 * connections between transactions, such as PgBouncer in its mode `transaction`, tells
 * nobody what is sent.
 *
 * The table is yours too, as above: without it, what is long or has bytes is lost.
 *
 * While PostgreSQL is away, all that concerns this server's own clients goes on, and it
 * is connected again. The adapter's event `error` tells of an outage, each error once.
 * A connection that hangs is given up after a few heartbeats, if the client is a pool
 * of `pg`; postgres.js leaves that to the system. Give it a short `backoff` and
 * `fetch_types: false`, since it lets a connection that dies as it begins end the
 * process, and end it with a `timeout`.
 *
 * Targets that are intersections of rooms, `to("a").and("b")`, are unknown to this
 * language and throw, unless they are `local`. Connection state recovery is not
 * possible. A namespace whose channel has a name of more than 63 bytes reaches nobody
 * else, and tells so.
 *
 * @example Health and errors, with postgres.js
 * ```ts ignore
 * import postgres from "npm:postgres@^3";
 * import { Server } from "@deno-socketio/server";
 * import { ClusterAdapter } from "@deno-socketio/server/adapter";
 * import { createAdapter } from "@deno-socketio/server/postgres";
 *
 * const sql = postgres("postgres://127.0.0.1/app", {
 *   backoff: () => 1,
 *   fetch_types: false,
 * });
 * const io = new Server({ adapter: createAdapter(sql) });
 * const { adapter } = io.of("/");
 * adapter.on("error", (error) => console.warn("PostgreSQL:", error));
 * if (adapter instanceof ClusterAdapter) console.log(await adapter.checkHealth());
 * ```
 *
 * @param client A `Pool` of `pg` 8, or the `sql` of postgres.js 3.
 * @param options How to do it.
 * @returns What the option `adapter` of a server takes.
 * @throws {TypeError} If the client is of no known library, or `tableName` no name.
 * @throws {RangeError} If a number is out of range, or the pool has one client only.
 */
export function createAdapter(
  client: PostgresClient,
  options: PostgresAdapterOptions = {},
): (namespace: AdapterNamespace) => ClusterAdapter {
  const {
    channelPrefix = "socket.io",
    tableName = "socket_io_attachments",
    payloadThreshold = 8_000,
    requestsTimeout = 5_000,
    heartbeatInterval = 5_000,
    heartbeatTimeout = 10_000,
    cleanupInterval = 30_000,
    maxPendingBytes = 16 * 1024 * 1024,
    errorHandler,
  } = options;
  checkTableName(tableName);
  checkRange("payloadThreshold", payloadThreshold, 0, 8_000);
  checkRange("requestsTimeout", requestsTimeout, 1, MAX_DELAY);
  checkRange("heartbeatInterval", heartbeatInterval, 1, MAX_DELAY);
  checkRange("heartbeatTimeout", heartbeatTimeout, 1, MAX_DELAY);
  if (heartbeatTimeout <= heartbeatInterval) {
    throw new RangeError(
      `Cannot use heartbeatTimeout ${heartbeatTimeout}: it is not longer than heartbeatInterval ${heartbeatInterval}`,
    );
  }
  checkRange("cleanupInterval", cleanupInterval, 1, MAX_DELAY);
  checkRange("maxPendingBytes", maxPendingBytes, 0, Infinity);
  const exchange = new Exchange(toDriver(client), {
    channelPrefix,
    tableName,
    payloadThreshold,
    timeout: requestsTimeout,
    heartbeatInterval,
    heartbeatTimeout,
    cleanupInterval,
    maxPendingBytes,
  });
  return (namespace) => {
    const bus = new PostgresBus(namespace.name, exchange);
    const adapter = new ClusterAdapter(namespace, bus, { requestsTimeout });
    if (errorHandler !== undefined) adapter.on("error", errorHandler);
    return adapter;
  };
}
