import { assert, assertEquals, assertFalse } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { OwnEntries } from "./own_entries.ts";

/** Writes down what is delivered, and why the stream is away. */
class Bed implements Disposable {
  readonly delivered: string[] = [];
  readonly reasons: string[] = [];
  readonly own = new OwnEntries(
    1_000,
    (reason) => this.reasons.push(String(reason)),
  );
  readonly time = new FakeTime();

  add(seq: number): void {
    this.own.add(seq, (id) => this.delivered.push(`${seq} ${id}`));
  }

  say(text: string): void {
    this.own.inOrder(() => this.delivered.push(text));
  }

  [Symbol.dispose](): void {
    this.own[Symbol.dispose]();
    this.time[Symbol.dispose]();
  }
}

Deno.test("OwnEntries delivers what comes back, with its id", () => {
  using bed = new Bed();
  bed.add(1);
  bed.add(2);
  assertEquals(bed.delivered, []);
  bed.own.onRead(1, "a");
  assertEquals(bed.delivered, ["1 a"]);
  assert(bed.own.onRead(2, "b"));
  assertFalse(bed.own.onRead(2, "c"));
  assertEquals(bed.delivered, ["1 a", "2 b"]);
  bed.time.tick(5_000);
  assertEquals(bed.reasons, []);
});

Deno.test("OwnEntries does other things between them", () => {
  using bed = new Bed();
  bed.say("at once");
  bed.add(1);
  bed.say("behind 1");
  bed.add(2);
  bed.say("behind 2");
  assertEquals(bed.delivered, ["at once"]);
  bed.own.onRead(1, "a");
  assertEquals(bed.delivered, ["at once", "1 a", "behind 1"]);
  bed.own.onRead(2, "b");
  assertEquals(bed.delivered.slice(3), ["2 b", "behind 2"]);
});

Deno.test("OwnEntries delivers what has not come back before one behind it", () => {
  using bed = new Bed();
  for (const seq of [1, 2, 3]) bed.add(seq);
  bed.own.onRead(2, "b");
  assertEquals(bed.delivered, ["1 undefined", "2 b"]);
});

Deno.test("OwnEntries delivers all without ids when nothing comes back in time", () => {
  using bed = new Bed();
  bed.add(1);
  bed.say("between");
  bed.time.tick(500);
  bed.add(2);
  bed.time.tick(600);
  assertEquals(bed.delivered, ["1 undefined", "between", "2 undefined"]);
  assertEquals(bed.reasons, [
    "Error: Redis has not brought a message within 1000 ms",
  ]);
  bed.add(3);
  bed.say("at once");
  assertEquals(bed.delivered.slice(3), ["3 undefined", "at once"]);
  bed.time.tick(5_000);
  assertEquals(bed.reasons.length, 1);
});

Deno.test("OwnEntries waits again when something comes back in time", () => {
  using bed = new Bed();
  bed.add(1);
  bed.own.leave("away");
  bed.add(2);
  bed.own.onRead(1, "late, and delivered already");
  bed.add(3);
  bed.own.onRead(3, "c");
  assertEquals(bed.delivered, ["1 undefined", "2 undefined", "3 c"]);
  assertEquals(bed.reasons, ["away"]);
  bed.own.leave("away again");
  bed.time.tick(2_000);
  bed.add(4);
  bed.time.tick(2_000);
  bed.own.onRead(4, "too late");
  bed.add(5);
  assertEquals(bed.delivered.slice(3), ["4 undefined", "5 undefined"]);
  assertEquals(bed.reasons, ["away", "away again"]);
});

Deno.test("OwnEntries keeps the order of what is added meanwhile", () => {
  using bed = new Bed();
  bed.own.add(1, () => {
    bed.add(3);
    bed.say("said by 1");
  });
  bed.add(2);
  bed.own.leave("away");
  assertEquals(bed.delivered, ["2 undefined", "3 undefined", "said by 1"]);
});

Deno.test("OwnEntries holds nothing that was delivered", () => {
  using bed = new Bed();
  for (let seq = 1; seq <= 10_000; seq++) {
    bed.add(seq);
    if (seq > 10) bed.own.onRead(seq - 10, `${seq}`);
  }
  assertEquals(bed.own.size, 10);
  bed.own[Symbol.dispose]();
  assertEquals(bed.own.size, 0);
  assertEquals(bed.delivered.length, 10_000);
  assertEquals(bed.reasons, []);
});
