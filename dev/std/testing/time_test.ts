import {
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { isDenoAtLeast } from "../../../src/deno_version.ts";
import { FakeTime, TimeError } from "@std/testing/time";

Deno.test("FakeTime fakes Date, and gives it back when disposed", () => {
  const before = Date.now();
  {
    using time = new FakeTime(1000);
    assertEquals([Date.now(), time.now, time.start], [1000, 1000, 1000]);
    time.tick(234);
    assertEquals(Date.now(), 1234);
    assertInstanceOf(new Date(), Date);
    assertEquals(new Date().getTime(), 1234);
    assertEquals(time.start, 1000);
  }
  assertEquals(Date.now() >= before, true);
});

Deno.test("FakeTime starts at the real time, a number, a string or a Date", () => {
  const before = Date.now();
  for (
    const [start, earliest] of [
      [undefined, before],
      [null, before],
      [5, 5],
      ["1970-01-01T00:00:01Z", 1000],
      [new Date(7), 7],
    ] as const
  ) {
    using time = new FakeTime(start);
    assertEquals(time.start >= earliest, true);
  }
  assertThrows(() => new FakeTime("no date"), TypeError);
});

Deno.test("FakeTime runs timers in the order in which they fall due", () => {
  using time = new FakeTime();
  const calls: string[] = [];
  setTimeout((name: string) => calls.push(name), 20, "late");
  setTimeout(() => calls.push("early"), 10);
  const interval = setInterval(() => calls.push("again"), 15);
  clearTimeout(setTimeout(() => calls.push("never"), 5));
  time.tick(9);
  assertEquals(calls, []);
  time.tick(1);
  assertEquals(calls, ["early"]);
  time.tick(20);
  assertEquals(calls, ["early", "again", "late", "again"]);
  clearInterval(interval);
  time.tick(100);
  assertEquals(calls.length, 4);
});

Deno.test("FakeTime steps from timer to timer", async () => {
  using time = new FakeTime(0);
  const calls: number[] = [];
  setTimeout(() => {
    calls.push(time.now);
    setTimeout(() => calls.push(time.now), 30);
  }, 10);
  assertEquals(time.next(), true);
  assertEquals(calls, [10]);
  assertEquals(await time.nextAsync(), true);
  assertEquals(calls, [10, 40]);
  assertEquals(time.next(), false);
  setTimeout(() => calls.push(time.now), 1);
  setTimeout(() => calls.push(time.now), 2);
  time.runAll();
  assertEquals(calls, [10, 40, 41, 42]);
});

Deno.test("FakeTime runs microtasks before an async tick, not in a plain one", async () => {
  using time = new FakeTime();
  const calls: string[] = [];
  Promise.resolve().then(() => setTimeout(() => calls.push("timer"), 10));
  time.tick(10);
  assertEquals(calls, []);
  await time.tickAsync(10);
  assertEquals(calls, ["timer"]);
  Promise.resolve().then(() => calls.push("microtask"));
  await time.runMicrotasks();
  assertEquals(calls, ["timer", "microtask"]);
});

Deno.test("FakeTime fakes AbortSignal.timeout", () => {
  using time = new FakeTime();
  const signal = AbortSignal.timeout(100);
  time.tick(99);
  assertEquals(signal.aborted, false);
  time.tick(1);
  assertEquals(signal.reason.name, "TimeoutError");
});

Deno.test({
  name: "FakeTime refreshes a timer as Deno does",
  ignore: !isDenoAtLeast("2.8"), // whose timers are numbers
  fn() {
    using time = new FakeTime();
    let calls = 0;
    const timer: unknown = setTimeout(() => calls++, 10);
    time.tick(9);
    (timer as { refresh(): void }).refresh(); // as long as it is not a number
    time.tick(9);
    assertEquals(calls, 0);
    time.tick(1);
    assertEquals(calls, 1);
  },
});

Deno.test("FakeTime clears a timer that was started in real time", () => {
  const timer = setTimeout(() => {}, 60_000);
  using _time = new FakeTime();
  clearTimeout(timer);
});

Deno.test("FakeTime delay() waits in real time, unless aborted", async () => {
  using time = new FakeTime(0);
  await time.delay(1);
  assertEquals(time.now, 0);
  const controller = new AbortController();
  const waiting = time.delay(60_000, { signal: controller.signal });
  controller.abort(new Error("Enough"));
  await assertRejects(() => waiting, Error, "Enough");
});

Deno.test("FakeTime refuses to go back, to be doubled or restored twice", () => {
  const time = new FakeTime(10);
  assertThrows(() => time.now = 9, RangeError);
  assertThrows(() => new FakeTime(), TimeError);
  time.restore();
  assertThrows(() => time.restore(), TimeError);
  assertThrows(() => FakeTime.restore(), TimeError);
});
