/** The table of attachments, and what others write into it and on the channels. */

import { assert, assertEquals, assertRejects, equal } from "@std/assert";
import {
  createAdapter,
  type PostgresAdapterOptions,
} from "@deno-socketio/server/postgres";
import { encodeMsgpack } from "@deno-socketio/server/msgpack";
import { next, TestBed } from "./_support/clients.ts";
import { until } from "./_support/cluster_bed.ts";
import { requires } from "./_support/environment.ts";
import { openPostgres, sharePostgres } from "./_support/postgres_bed.ts";

const server = sharePostgres();

/** A server, and what its adapter has told by its event `error`. */
interface Bed {
  readonly bed: TestBed;
  readonly errors: string[];
  query(text: string): Promise<readonly unknown[]>;
}

function testTable(
  name: string,
  fn: (bed: Bed) => Promise<void>,
  options: PostgresAdapterOptions = {},
): void {
  Deno.test(requires({ postgres: true }, name, async () => {
    await using open = openPostgres("pg", server());
    const errors: string[] = [];
    await using bed = new TestBed("4.8.4", "websocket", {
      adapter: createAdapter(open.client, {
        ...options,
        errorHandler: (error) => errors.push(String(error)),
      }),
    });
    assertEquals(await bed.io.of("/").adapter.serverCount(), 1);
    await fn({ bed, errors, query: open.query });
  }));
}

testTable(
  "PostgreSQL adapter removes old attachments",
  async ({ bed, errors, query }) => {
    // Ids count up: they tell of a row that was removed before anybody looked.
    const lastId = () =>
      query("SELECT last_value, is_called FROM socket_io_attachments_id_seq");
    const before = await lastId();
    bed.io.emit("bytes", Uint8Array.of(1));
    await until(async () => !equal(await lastId(), before), "a row");
    await until(
      async () =>
        (await query("SELECT id FROM socket_io_attachments")).length === 0,
      "no row",
    );
    assertEquals(errors, []);
  },
  { cleanupInterval: 300 },
);

testTable(
  "PostgreSQL adapter needs no table for short texts, and says what it lacks for others",
  async ({ bed, errors, query }) => {
    bed.io.emit("short", "text");
    // Long enough for some cleanings.
    for (let i = 0; i < 10; i++) await query("SELECT pg_sleep(0.01)");
    assertEquals(errors, []);
    bed.io.emit("bytes", Uint8Array.of(1));
    await until(() => errors.length > 0, "an error");
    assert(errors[0]!.includes("CREATE TABLE none.such (id "), errors[0]);
  },
  { cleanupInterval: 10, tableName: "none.such" },
);

testTable(
  "PostgreSQL adapter survives what others send, and goes on",
  async ({ bed, errors, query }) => {
    const stored = await query(`
      INSERT INTO socket_io_attachments (payload)
      VALUES ('\\xc1'), ('\\x93010203'), ('\\x'), (NULL) RETURNING id
    `) as { id: string }[];
    const ids = stored.map(({ id }) => id);
    const client = await bed.connect();
    const news = next(client, "news");
    const packet = { type: 2, data: ["news", 1] };
    const good = { uid: "else", nsp: "/", type: 3, data: { packet, opts: {} } };
    const elsewhere = { ...good, nsp: "/other" };
    const payloads = [
      ...["", "{", "null", "7", '"text"', "[]", "{}", "{}[]"],
      ...[{ ...good, type: 99 }, { ...good, data: 7 }, elsewhere]
        .map((each) => JSON.stringify(each)),
      ...["-1", "1 OR true", "9".repeat(30), "123456789", 0.5, ...ids]
        .map((attachmentId) =>
          JSON.stringify({ uid: "else", type: 3, attachmentId })
        ),
      JSON.stringify(good),
    ];
    for (const payload of payloads) {
      const text = payload.replaceAll("'", "''");
      await query(`SELECT pg_notify('socket.io#/', '${text}')`);
    }
    assertEquals(await news, [1]);
    assert(errors.length >= 10, errors.join("\n"));
    const later = next(client, "news");
    const row = encodeMsgpack({ ...good, data: { packet, opts: {} } }).toHex();
    await query(`
      WITH a AS (
        INSERT INTO socket_io_attachments (payload) VALUES ('\\x${row}')
        RETURNING id
      )
      SELECT pg_notify('socket.io#/', '{"uid":"else","attachmentId":' || id || '}')
      FROM a
    `);
    assertEquals(await later, [1]);
  },
);

testTable(
  "PostgreSQL adapter says which namespace can have no channel",
  async ({ bed, errors }) => {
    const long = bed.io.of(`/${"é".repeat(30)}`);
    await until(() => errors.length > 0, "an error");
    assert(errors[0]!.includes("names of at most 63 bytes"), errors[0]);
    long.emit("local only");
    const { cause } = await assertRejects(
      () => long.adapter.serverCount(),
      Error,
      "Cannot reach other servers",
    );
    assert(String(cause).includes("names of at most 63 bytes"));
    bed.io.of("/line\nbreak");
    await until(() => errors.length > 1, "an error");
    assertEquals(errors.length, 2);
  },
);
