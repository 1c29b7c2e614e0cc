import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { EventEmitter } from "node:events";
import { flush } from "../../../tests/_support/fake_postgres.ts";
import type { PgClient, PgPool, PostgresRow } from "./clients.ts";
import type { ChannelListener } from "./driver.ts";
import { PgDriver } from "./pg_driver.ts";

/** A client that answers as the test says. */
class FakeClient extends EventEmitter implements PgClient {
  readonly told: string[] = [];
  readonly released: unknown[] = [];
  answer = Promise.resolve<{ rows: readonly PostgresRow[] }>({ rows: [] });

  query(text: string) {
    this.told.push(text);
    return this.answer;
  }

  release(destroy?: Error | boolean) {
    this.released.push(destroy);
    if (!destroy) return;
    this.on("error", () => {}); // as the pool does
    this.emit("end");
  }
}

/** A pool that lends what the test has prepared. */
class FakePool extends EventEmitter implements PgPool {
  readonly totalCount = 0;
  readonly options = { max: 10 };
  readonly waiting: PromiseWithResolvers<PgClient>[] = [];

  connect() {
    const connected = Promise.withResolvers<PgClient>();
    this.waiting.push(connected);
    return connected.promise;
  }

  /** Lets the next that waits have a client. */
  async lend(client = new FakeClient()): Promise<FakeClient> {
    this.waiting.shift()!.resolve(client);
    await flush();
    return client;
  }

  /** Lets the next that waits have none. */
  async refuse(): Promise<void> {
    this.waiting.shift()!.reject(new Error("refused"));
    await flush();
  }
}

/** Writes down what it hears. */
class Listener implements ChannelListener {
  readonly heard: string[] = [];

  onPayload(payload: string) {
    this.heard.push(payload);
  }
  onListening() {
    this.heard.push("(listening)");
  }
  onDeaf(error: unknown) {
    this.heard.push(`(${error})`);
  }
}

function open() {
  const pool = new FakePool();
  return { pool, driver: new PgDriver(pool), listener: new Listener() };
}

Deno.test("PgDriver refuses a pool of one client", () => {
  const pool = Object.assign(new FakePool(), { options: { max: 1 } });
  assertThrows(() => new PgDriver(pool), RangeError, "a pool of 1 client");
});

Deno.test("PgDriver lets no idle client end the process", () => {
  const { pool } = open();
  pool.emit("error", new Error("terminated"));
});

Deno.test("PgDriver gives a client back, or ends it if something failed", async () => {
  const { pool, driver } = open();
  const good = driver.run("SELECT 1", []);
  const client = new FakeClient();
  client.answer = Promise.resolve({ rows: [{ a: 1 }] });
  await pool.lend(client);
  assertEquals(await good.rows, [{ a: 1 }]);
  assertEquals(client.released, [false]);
  assertEquals(client.listenerCount("error"), 0);
  good.abandon(new Error("too late"));
  assertEquals(client.released, [false]);

  const bad = driver.run("SELECT", []);
  client.answer = Promise.reject(new Error("syntax"));
  await Promise.all([
    assertRejects(() => bad.rows, Error, "syntax"),
    pool.lend(client),
  ]);
  assertEquals(client.released, [false, true]);

  const broken = driver.run("SELECT 1", []);
  client.answer = new Promise(() => {});
  await pool.lend(client);
  client.emit("error", new Error("reset"));
  await assertRejects(() => broken.rows, Error, "reset");
  assertEquals(client.released, [false, true, true]);
});

Deno.test("PgDriver ends the client of a statement that is given up", async () => {
  const { pool, driver } = open();
  const hanging = driver.run("SELECT 1", []);
  const client = new FakeClient();
  client.answer = new Promise(() => {});
  await pool.lend(client);
  hanging.abandon(new Error("too slow"));
  await assertRejects(() => hanging.rows, Error, "too slow");
  assertEquals(client.released, [true]);

  const waiting = driver.run("SELECT 1", []);
  waiting.abandon(new Error("too slow"));
  await assertRejects(() => waiting.rows, Error, "too slow");
  const late = await pool.lend();
  assertEquals([late.told, late.released], [[], [undefined]]);
});

Deno.test("PgDriver listens on one client, as long as there is a channel", async () => {
  const { pool, driver, listener } = open();
  const other = new Listener();
  driver.listen('a"b', listener);
  driver.listen("c", other);
  const client = await pool.lend();
  assertEquals(client.told, ['LISTEN "a""b"', 'LISTEN "c"']);
  const twin = new Listener();
  driver.listen("c", twin);
  driver.listen("d", other);
  await flush();
  client.emit("notification", { channel: 'a"b', payload: "1" });
  client.emit("notification", { channel: "c", payload: "2" });
  client.emit("notification", { channel: "unknown" });
  assertEquals(listener.heard, ["(listening)", "1"]);
  assertEquals(other.heard, ["(listening)", "(listening)", "2"]);
  assertEquals(twin.heard, ["(listening)", "2"]);
  await driver.unlisten("c", twin);
  await driver.unlisten("c", other);
  await driver.unlisten('a"b', listener);
  assertEquals(client.told.slice(2), [
    'LISTEN "d"',
    'UNLISTEN "c"',
    'UNLISTEN "a""b"',
  ]);
  assertEquals(client.released, []);
  await driver.unlisten("d", other);
  await driver.unlisten("d", other);
  assertEquals(client.released, [true]);
  assertEquals(pool.waiting.length, 0);
  driver.listen("e", listener);
  assertEquals(pool.waiting.length, 1);
});

Deno.test("PgDriver listens again, ever less often", async () => {
  using time = new FakeTime();
  const { pool, driver, listener } = open();
  driver.listen("a", listener);
  const first = await pool.lend();
  first.emit("end");
  first.emit("error", new Error("it has ended already"));
  assertEquals(first.released, [true]);
  let attempts = 0;
  for (let passed = 0; passed < 20_000; passed += 10) {
    time.tick(10);
    if (pool.waiting.length === 0) continue;
    attempts++;
    await pool.refuse();
  }
  assert(attempts > 8 && attempts < 30, `${attempts} attempts`);
  assertEquals(listener.heard.slice(0, 3), [
    "(listening)",
    "(Error: the connection to PostgreSQL was lost)",
    "(Error: refused)",
  ]);
  time.tick(3_000);
  const second = await pool.lend();
  second.emit("notification", { channel: "a", payload: "1" });
  assertEquals(listener.heard.slice(-2), ["(listening)", "1"]);

  driver.relisten(new Error("silent"));
  driver.relisten(new Error("silent"));
  assertEquals(second.released, [true]);
  assertEquals(listener.heard.at(-1), "(Error: silent)");
  time.tick(100);
  const third = new FakeClient();
  third.answer = Promise.reject(new Error("read only"));
  await pool.lend(third);
  assertEquals(third.released, [true]);
  assertEquals(listener.heard.at(-1), "(Error: read only)");
  await driver.unlisten("a", listener);
  time.tick(60_000);
  assertEquals(pool.waiting.length, 0);
});

Deno.test("PgDriver needs no client any more if all have left before it came", async () => {
  const { pool, driver, listener } = open();
  driver.listen("a", listener);
  await driver.unlisten("a", listener);
  const client = await pool.lend();
  assertEquals([client.told, client.released], [[], [undefined]]);
  driver.listen("a", listener);
  await driver.unlisten("a", listener);
  await pool.refuse();
  assertEquals(listener.heard, []);
  driver.listen("a", listener);
  driver.unlisten("a", listener);
  driver.listen("b", listener);
  assertEquals((await pool.lend()).told, ['LISTEN "b"']);
});
