import { assert, assertEquals, assertFalse } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { DelayLine } from "./delay_line.ts";

/** A line of delay 1,000 that records what falls due, and when. */
function open(delay = 1_000) {
  const start = Date.now();
  const due: [entry: string, after: number][] = [];
  const line = new DelayLine<string>(
    delay,
    (entry) => due.push([entry, Date.now() - start]),
  );
  return { line, due };
}

Deno.test("DelayLine calls back an entry after its delay, once", () => {
  using time = new FakeTime();
  const { line, due } = open();
  line.add("a");
  time.tick(999);
  assertEquals(due, []);
  time.tick(1);
  assertEquals(due, [["a", 1_000]]);
  time.tick(10_000);
  assertEquals(due, [["a", 1_000]]);
});

Deno.test("DelayLine calls back in the order of add()", () => {
  using time = new FakeTime();
  const { line, due } = open();
  for (const entry of ["a", "b", "c"]) line.add(entry);
  time.tick(1_020);
  assertEquals(due.map(([entry]) => entry), ["a", "b", "c"]);
});

Deno.test("DelayLine is never early and at most a fiftieth late", () => {
  for (const delay of [50, 1_000, 20_000, 25_000, 45_000]) {
    using time = new FakeTime();
    const { line, due } = open(delay);
    const offsets = [0, 1, 7, delay / 50, delay / 3, delay - 1].map(Math.floor);
    for (const offset of new Set(offsets.toSorted((a, b) => a - b))) {
      time.now = time.start + offset;
      line.add(String(offset));
    }
    time.tick(2 * delay);
    assertEquals(due.length, new Set(offsets).size);
    for (const [entry, at] of due) {
      const after = at - Number(entry);
      assert(after >= delay, `delay ${delay}: early by ${delay - after}`);
      assert(after <= delay * 1.02, `delay ${delay}: ${after - delay} late`);
    }
  }
});

// Timers take whole milliseconds: a fiftieth of these delays is none.
for (const delay of [75, 99, 999, 1_234]) {
  Deno.test(`DelayLine is not early with a delay of ${delay}`, () => {
    using time = new FakeTime();
    const { line, due } = open(delay);
    line.add("first");
    time.tick(delay / 3);
    line.add("second");
    time.tick(3 * delay);
    const [first, second] = due.map(([, after]) => after);
    assert(first! >= delay, `the first was called after ${first}`);
    assert(second! - Math.floor(delay / 3) >= delay, `the second: ${second}`);
  });
}

Deno.test("DelayLine waits no longer than its delay when that is short", () => {
  using time = new FakeTime();
  const { line, due } = open(10);
  line.add("a");
  time.tick(20);
  assertEquals(due.map(([entry]) => entry), ["a"]);
});

Deno.test("DelayLine.add() starts the delay anew", () => {
  using time = new FakeTime();
  const { line, due } = open();
  line.add("a");
  time.tick(900);
  line.add("a");
  assertEquals(line.size, 1);
  time.tick(999);
  assertEquals(due, []);
  time.tick(40);
  assertEquals(due.length, 1);
});

Deno.test("DelayLine.delete() takes an entry out, and tells whether it waited", () => {
  using time = new FakeTime();
  const { line, due } = open();
  line.add("a");
  assert(line.delete("a"));
  assertFalse(line.delete("a"));
  time.tick(5_000);
  assertEquals(due, []);
});

Deno.test("DelayLine stops its timer within a tick of being empty", () => {
  using time = new FakeTime();
  const { line } = open();
  assertFalse(time.next());
  line.add("a");
  line.add("b");
  line.delete("a");
  line.delete("b");
  time.tick(20);
  assertFalse(time.next());
  line.add("c");
  time.tick(1_040);
  assertFalse(time.next());
});

Deno.test("DelayLine.flush() lets all fall due now and stops the timer", () => {
  using time = new FakeTime();
  const { line, due } = open();
  line.add("a");
  line.add("b");
  line.flush();
  assertEquals(due, [["a", 0], ["b", 0]]);
  assertEquals(line.size, 0);
  assertFalse(time.next());
  line.flush();
  line.add("c");
  time.tick(1_040);
  assertEquals(due.length, 3);
});

Deno.test("DelayLine lets onDue add and delete entries", () => {
  using time = new FakeTime();
  const seen: string[] = [];
  const line = new DelayLine<string>(100, (entry) => {
    seen.push(entry);
    if (entry === "a") {
      line.delete("b");
      line.add("a again");
    }
  });
  line.add("a");
  line.add("b");
  time.tick(102);
  assertEquals(seen, ["a"]);
  assertEquals(line.size, 1);
  time.tick(102);
  assertEquals(seen, ["a", "a again"]);
  time.tick(2);
  assertFalse(time.next());
});

Deno.test("DelayLine does not heed a clock that jumps", () => {
  using time = new FakeTime();
  const { line, due } = open();
  line.add("a");
  const { now } = Date;
  Date.now = () => now() + 86_400_000;
  try {
    time.tick(500);
    assertEquals(due, []);
  } finally {
    Date.now = now;
  }
  line.delete("a");
});
