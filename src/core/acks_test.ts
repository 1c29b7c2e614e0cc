import {
  assertEquals,
  assertFalse,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { abortable, AckTable, takeSignal } from "./acks.ts";
import { AckTimeoutError, DisconnectedError } from "./errors.ts";

function open() {
  const table = new AckTable();
  const answers: unknown[][] = [];
  const failures: Error[] = [];
  const add = (id: number, timeout?: number) =>
    table.add(
      id,
      (args) => answers.push([id, ...args.slice(0, 9)]),
      (error) => failures.push(error),
      timeout,
    );
  return { table, answers, failures, add };
}

Deno.test("AckTable hands an answer to who waits for it, once", () => {
  const { table, answers, add } = open();
  add(0);
  add(7);
  assertEquals(table.size, 2);
  table.settle(7, ["a", 1]);
  table.settle(7, ["again"]);
  table.settle(8, ["nobody"]);
  table.settle(0, []);
  assertEquals(answers, [[7, "a", 1], [0]]);
  assertEquals(table.size, 0);
});

Deno.test("AckTable gives up after the timeout and forgets the id", () => {
  using time = new FakeTime();
  const { table, answers, failures, add } = open();
  add(1, 100);
  time.tick(99);
  assertEquals(failures, []);
  time.tick(1);
  assertInstanceOf(failures[0], AckTimeoutError);
  assertEquals(failures[0].message, "operation has timed out");
  table.settle(1, ["too late"]);
  assertEquals(answers, []);
  assertEquals(failures.length, 1);
});

Deno.test("AckTable leaves no timer behind an answer, delete() or clear()", () => {
  using time = new FakeTime();
  const { table, failures, add } = open();
  for (const id of [1, 2, 3]) add(id, 100);
  table.settle(1, []);
  table.delete(2);
  table.clear();
  assertFalse(time.next());
  assertEquals(failures.length, 1);
});

Deno.test("AckTable waits without an end where there is no timeout", () => {
  using time = new FakeTime();
  const { answers, table, add } = open();
  add(1);
  assertFalse(time.next());
  table.settle(1, ["a"]);
  assertEquals(answers, [[1, "a"]]);
});

Deno.test("AckTable.delete() tells nobody", () => {
  const { table, answers, failures, add } = open();
  add(1);
  table.delete(1);
  table.delete(1);
  table.settle(1, ["a"]);
  assertEquals([answers, failures], [[], []]);
});

Deno.test("AckTable.clear() fails all that is waited for", () => {
  const { table, failures, add } = open();
  add(1);
  add(2);
  table.add(3, () => {});
  table.clear();
  assertEquals(failures.length, 2);
  for (const failure of failures) {
    assertInstanceOf(failure, DisconnectedError);
    assertEquals(failure.message, "socket has been disconnected");
  }
  assertEquals(table.size, 0);
});

Deno.test("AckTable lets a listener add and settle others", () => {
  const { table, answers, add } = open();
  table.add(1, () => {
    add(2);
    table.settle(2, ["inner"]);
  });
  table.settle(1, []);
  assertEquals(answers, [[2, "inner"]]);
});

Deno.test("AckTable.settle() takes more arguments than a call can", () => {
  const { table, answers, add } = open();
  add(1);
  table.settle(1, new Array(1_000_000).fill(0));
  assertEquals(answers.length, 1);
});

Deno.test("takeSignal() takes a signal off the end, and nothing else", () => {
  const { signal } = new AbortController();
  const event = ["a", 1, { signal }];
  assertStrictEquals(takeSignal(event), signal);
  assertEquals(event, ["a", 1]);
  for (const last of [1, null, {}, { signal: "x" }, [signal], signal]) {
    const event = ["a", last];
    assertEquals(takeSignal(event), undefined);
    assertEquals(event.length, 2);
  }
  assertEquals(takeSignal([]), undefined);
});

Deno.test("abortable() settles as what it starts", async () => {
  const { signal } = new AbortController();
  const noop = () => {};
  assertEquals(
    await abortable<number>(signal, (resolve) => {
      resolve(1);
      return noop;
    }),
    1,
  );
  const error = new Error("no");
  const rejected = abortable(undefined, (_resolve, reject) => {
    reject(error);
    return noop;
  });
  assertStrictEquals(await assertRejects(() => rejected), error);
});

Deno.test("abortable() cancels once its signal aborts", async () => {
  const controller = new AbortController();
  let cancelled = 0;
  const pending = abortable(controller.signal, () => () => cancelled++);
  controller.abort("reason");
  assertEquals(await pending.catch((reason) => reason), "reason");
  assertEquals(cancelled, 1);
  let started = 0;
  const late = abortable(controller.signal, () => {
    started++;
    return () => {};
  });
  assertEquals(await late.catch((reason) => reason), "reason");
  assertEquals(started, 0);
});

Deno.test("abortable() leaves a signal alone once it has settled", async () => {
  const controller = new AbortController();
  let cancelled = 0;
  await abortable<void>(controller.signal, (resolve) => {
    resolve();
    return () => cancelled++;
  });
  controller.abort();
  assertEquals(cancelled, 0);
});
