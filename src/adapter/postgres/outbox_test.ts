import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import {
  FakeDriver,
  flush,
  SETTINGS,
} from "../../../tests/_support/fake_postgres.ts";
import { Attachments } from "./attachments.ts";
import { Outbox } from "./outbox.ts";

function open(maxPendingBytes = 1_000_000) {
  const driver = new FakeDriver();
  const settings = { ...SETTINGS, maxPendingBytes };
  const outbox = new Outbox(
    driver,
    new Attachments(driver, settings),
    settings,
  );
  const done: string[] = [];
  const send = (channel: string, text: string) =>
    outbox.send(channel, text, (error) => done.push(error?.message ?? text));
  return { driver, outbox, done, send };
}

Deno.test("Outbox sends one message at once, and those behind it together", async () => {
  const { driver, done, send } = open();
  send("a", "1");
  send("b", "2");
  send("a", "3");
  assertEquals(driver.statements.map(({ values }) => values), [["a", "1"]]);
  driver.statements[0]!.resolve();
  await flush();
  assertEquals(done, ["1"]);
  assertEquals(driver.statements[1]!.values, ["b\na", "2\n3"]);
  send("a", "4");
  assertEquals(driver.statements.length, 2);
  await driver.settle();
  assertEquals(done, ["1", "2", "3", "4"]);
});

Deno.test("Outbox sends the same twice in two transactions", async () => {
  const { driver, done, send } = open();
  for (const text of ["1", "2", "3", "2", "4"]) send("a", text);
  await driver.settle();
  assertEquals(
    driver.statements.map(({ values }) => values[1]),
    ["1", "2\n3", "2\n4"],
  );
  assertEquals(done, ["1", "2", "3", "2", "4"]);
});

Deno.test("Outbox keeps attachments in their place", async () => {
  const { driver, outbox, done, send } = open();
  const bytes = Uint8Array.of(1);
  send("a", "1");
  send("a", "2");
  for (const head of ["x", "y"]) {
    outbox.sendAttachment("a", head, bytes, () => done.push(head));
  }
  send("a", "3");
  await driver.settle();
  assertEquals(driver.statements.map(({ values }) => values), [
    ["a", "1"],
    ["a", "2"],
    ["a", "x", bytes, "a", "y", bytes],
    ["a", "3"],
  ]);
  assertEquals(done, ["1", "2", "x", "y", "3"]);
});

Deno.test("Outbox sends no more at once than is good", async () => {
  const { driver, outbox, send } = open();
  const long = "x".repeat(100_000);
  for (let i = 0; i < 6; i++) send("a", long + i);
  for (let i = 0; i < 600; i++) send("a", `${i}`);
  await driver.settle();
  const sizes = driver.statements.map(({ values }) =>
    String(values[1]).split("\n").length
  );
  assertEquals(sizes, [1, 2, 2, 256, 256, 89]);
  driver.statements.length = 0;
  for (let i = 0; i < 20; i++) {
    outbox.sendAttachment("a", "head", Uint8Array.of(i), () => {});
  }
  await driver.settle();
  const counts = driver.statements.map(({ values }) => values.length / 3);
  assertEquals(counts, [1, 16, 3]);
});

Deno.test("Outbox tells of each message in a batch that was lost, and goes on", async () => {
  const { driver, done, send } = open();
  send("a", "1");
  send("a", "2");
  driver.statements[0]!.reject(new Error("refused"));
  await flush();
  await driver.settle();
  assertEquals(done, ["Cannot publish to PostgreSQL: refused", "2"]);
  send("a", "3");
  driver.statements[2]!.reject(
    Object.assign(new AggregateError([], ""), { code: "ECONNREFUSED" }),
  );
  await flush();
  assertEquals(done[2], "Cannot publish to PostgreSQL: ECONNREFUSED");
});

Deno.test("Outbox gives up a statement that is not answered", async () => {
  using time = new FakeTime();
  const { driver, done, send } = open();
  send("a", "1");
  send("a", "2");
  time.tick(SETTINGS.timeout);
  await flush();
  assertEquals(driver.statements[0]!.isAbandoned, true);
  assertEquals(done, [
    "Cannot publish to PostgreSQL: no answer within 5000 ms",
  ]);
  await driver.settle();
  assertEquals(done[1], "2");
});

Deno.test("Outbox refuses what would take too much memory", async () => {
  const { driver, outbox, done, send } = open(10);
  send("a", "1234567890");
  send("a", "1234567890"); // waits for the first, which has left the count
  send("a", "x");
  const problem =
    "Cannot publish to PostgreSQL: more than 10 bytes would wait for it";
  assertEquals(done, [problem]);
  outbox.clear();
  send("a", "y");
  await driver.settle();
  assertEquals(done, [problem, "1234567890", "y"]);
});
