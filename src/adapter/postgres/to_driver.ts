import { isPgPool, isPostgresJs, type PostgresClient } from "./clients.ts";
import type { PostgresDriver } from "./driver.ts";
import { PgDriver } from "./pg_driver.ts";
import { PostgresJsDriver } from "./postgres_js_driver.ts";

/** Each client has one driver, so that one connection listens for all. */
const DRIVERS = new WeakMap<PostgresClient, PostgresDriver>();

/**
 * Finds out which library a client is from.
 *
 * @throws {TypeError} If it is none that is known.
 * @throws {RangeError} If it is a pool of one connection.
 */
export function toDriver(client: PostgresClient): PostgresDriver {
  let driver = DRIVERS.get(client);
  if (driver === undefined) {
    driver = createDriver(client);
    DRIVERS.set(client, driver);
  }
  return driver;
}

function createDriver(client: PostgresClient): PostgresDriver {
  if (isPgPool(client)) return new PgDriver(client);
  if (isPostgresJs(client)) return new PostgresJsDriver(client);
  throw new TypeError(
    "Cannot use this PostgreSQL client: it is neither a Pool of pg nor the sql of postgres.js",
  );
}
