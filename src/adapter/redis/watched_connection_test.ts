import { assertEquals, assertRejects } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { FakeDriver } from "../../../tests/_support/fake_redis.ts";
import type { OwnClient } from "./duplicate.ts";
import { WatchedConnection } from "./watched_connection.ts";

/** A client that answers what the test says, when it says so. */
class FakeClient extends FakeDriver implements OwnClient {
  readonly driver = this;
  readonly answer = Promise.withResolvers<unknown>();
  hasEnded = false;

  override command(): Promise<unknown> {
    return this.answer.promise;
  }

  end(): void {
    this.hasEnded = true;
  }
}

function create(isReady = true) {
  const clients: FakeClient[] = [];
  const errors: unknown[] = [];
  const connect = () => {
    const client = new FakeClient();
    client.isReady = isReady;
    clients.push(client);
    return client;
  };
  const connection = new WatchedConnection(
    connect,
    1_000,
    (error) => errors.push(error),
  );
  return { connection, clients, errors };
}

Deno.test("WatchedConnection hands on what Redis answers", async () => {
  const { connection, clients } = create();
  assertEquals(connection.isReady, false);
  await connection.open();
  assertEquals(connection.isReady, true);
  const answer = connection.command("PING");
  clients[0]?.answer.resolve("PONG");
  assertEquals(await answer, "PONG");
  connection.close();
  assertEquals([clients.length, clients[0]?.hasEnded], [1, true]);
  await assertRejects(() => connection.command("PING"), Error, "was lost");
});

Deno.test("WatchedConnection gives up a client that does not answer in time", async () => {
  using time = new FakeTime();
  const { connection, clients } = create();
  await connection.open();
  for (let i = 0; i < 9; i++) {
    const answer = connection.command("PING");
    time.tick(900);
    clients[0]?.answer.resolve("PONG");
    assertEquals(await answer, "PONG");
  }
  clients[0]!.command = () => new Promise(() => {});
  const late = connection.command("PING");
  time.tick(999);
  assertEquals(clients[0]?.hasEnded, false);
  time.tick(21);
  await assertRejects(() => late, Error, "has not answered within 1000 ms");
  assertEquals([clients[0]?.hasEnded, connection.isReady], [true, false]);
  await connection.open();
  assertEquals([clients.length, connection.isReady], [2, true]);
  connection.close();
});

Deno.test("WatchedConnection gives up a client that is lost while it is asked, and no other", async () => {
  const { connection, clients, errors } = create();
  await connection.open();
  const lose = (index: number, error: Error) => {
    for (const listener of clients[index]!.errorListeners) listener(error);
  };
  lose(0, new Error("reset"));
  assertEquals(clients[0]?.hasEnded, false);
  const answer = connection.command("PING");
  lose(0, new Error("again"));
  await assertRejects(() => answer, Error, "again");
  assertEquals(clients[0]?.hasEnded, true);
  await connection.open();
  const other = connection.command("PING");
  lose(0, new Error("and again"));
  clients[1]?.answer.resolve("PONG");
  assertEquals(await other, "PONG");
  assertEquals(errors.length, 3);
  connection.close();
});

Deno.test("WatchedConnection tries another client where one does not connect", async () => {
  using time = new FakeTime();
  const { connection, clients } = create(false);
  const opened = connection.open();
  time.tick(30_000);
  await assertRejects(() => opened, Error, "within 30000 ms");
  const again = connection.open();
  clients[1]?.ready.resolve();
  await again;
  assertEquals(clients.map(({ hasEnded }) => hasEnded), [true, false]);
  connection.close();
});

Deno.test("WatchedConnection pauses until it is closed", async () => {
  using time = new FakeTime();
  const { connection } = create();
  const pause = connection.pause();
  time.tick(1_000);
  await pause;
  const endless = connection.pause();
  connection.close();
  await endless;
  assertEquals(time.next(), false);
});

Deno.test("WatchedConnection leaves no timer behind", async () => {
  using time = new FakeTime();
  const { connection } = create();
  await connection.open();
  const answer = connection.command("PING");
  connection.close();
  await assertRejects(() => answer, Error, "was closed");
  assertEquals(time.next(), false);
});
