/** PostgreSQL clients of each library, and fleets of servers that meet in a PostgreSQL of their own. */

import { Pool } from "pg";
import postgres from "postgres";
import type { AdapterFactory } from "@deno-socketio/server";
import {
  createAdapter,
  type PostgresAdapterOptions,
  type PostgresClient,
} from "@deno-socketio/server/postgres";
import { type Source, within } from "./clients.ts";
import type { Fleet } from "./cluster_bed.ts";
import { isInstalled } from "./environment.ts";
import { PostgresProcess } from "./postgres_process.ts";

/** The libraries that have clients. */
export const CLIENT_KINDS = ["pg", "postgres.js"] as const;

/** A library that has clients. */
export type ClientKind = (typeof CLIENT_KINDS)[number];

/** A client, and how to end it. */
export interface OpenClient extends AsyncDisposable {
  readonly client: PostgresClient;
  /** Runs a statement. */
  query(text: string): Promise<readonly unknown[]>;
}

/** Opens a client, which connects when it is used and soon tries again. */
export function openPostgres(
  kind: ClientKind,
  { options }: PostgresProcess,
): OpenClient {
  if (kind === "pg") {
    const client = new Pool(options);
    const ends: Promise<void>[] = [];
    client.on("connect", (each: Source) => {
      ends.push(new Promise((resolve) => each.once("end", () => resolve())));
    });
    return {
      client,
      query: async (text) => (await client.query(text)).rows,
      async [Symbol.asyncDispose]() {
        await within(client.end(), "the end of a pool");
        // It does not wait for those that it has ended before.
        await within(Promise.all(ends), "the end of its clients");
      },
    };
  }
  const client = postgres({
    ...options,
    backoff: () => 0.05,
    // A connection that dies while it fetches them ends the process.
    fetch_types: false,
    onnotice() {},
  });
  return {
    client,
    query: (text) => client.unsafe(text),
    async [Symbol.asyncDispose]() {
      // One that waits to listen again would connect behind its end.
      const { unlisten } = await within(
        client.listen("settled", () => {}),
        "a connection that listens",
      );
      await unlisten();
      await within(client.end({ timeout: 1 }), "the end of a client");
    },
  };
}

/** Makes the table of attachments. */
export async function createTable(
  server: PostgresProcess,
  name = "socket_io_attachments",
): Promise<void> {
  await using client = openPostgres("pg", server);
  await client.query(
    `CREATE TABLE ${name} (id bigserial UNIQUE, created_at timestamptz DEFAULT now(), payload bytea)`,
  );
}

/** Starts one PostgreSQL for all tests of a file, where there is one to start. */
export function sharePostgres(): () => PostgresProcess {
  let server: PostgresProcess | undefined;
  Deno.test.beforeAll(async () => {
    if (!isInstalled("postgres")) return;
    server = await PostgresProcess.start();
    await createTable(server);
  });
  Deno.test.afterAll(() => server?.[Symbol.asyncDispose]());
  return () => {
    if (server === undefined) throw new Error("There is no PostgreSQL");
    return server;
  };
}

/** Opens a client for each of so many servers, and makes their adapters. */
export async function openFleet(
  kind: ClientKind,
  server: PostgresProcess,
  size: number,
  options?: PostgresAdapterOptions,
): Promise<Fleet & { readonly adapters: readonly AdapterFactory[] }> {
  await using stack = new AsyncDisposableStack();
  const adapters = Array.from({ length: size }, () => {
    const { client } = stack.use(openPostgres(kind, server));
    return createAdapter(client, options);
  });
  const moved = stack.move();
  return { adapters, [Symbol.asyncDispose]: () => moved.disposeAsync() };
}
