import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { Gathering } from "./gathering.ts";

function gather() {
  const done: unknown[] = [];
  const gathering = new Gathering<string>(
    1_000,
    (error, answers) => done.push(error?.message ?? [...answers]),
  );
  return { gathering, done };
}

Deno.test("Gathering ends with as many answers as are expected", () => {
  const { gathering, done } = gather();
  gathering.add("a", undefined);
  gathering.expect(3);
  gathering.add("b", undefined);
  gathering.add("c", "c");
  gathering.add("late", "d");
  assertEquals(done, [["a", "b", "c"]]);
});

Deno.test("Gathering counts a member once, though it is gone and answers yet", () => {
  const { gathering, done } = gather();
  gathering.expect(2);
  gathering.forget("a");
  gathering.add("a", "a");
  gathering.forget("a");
  assertEquals(done, []);
  gathering.add("b", "b");
  assertEquals(done, [["a", "b"]]);
});

Deno.test("Gathering does without none of those that are named", () => {
  const { gathering, done } = gather();
  gathering.expect(2, ["a", "b"]);
  gathering.add("new", "new");
  gathering.add("a", "a");
  assertEquals(done, []);
  gathering.forget("b");
  assertEquals(done, [["new", "a"]]);
});

Deno.test("Gathering ends at once where nobody is to answer", () => {
  const one = gather();
  one.gathering.expect(0);
  const other = gather();
  other.gathering.forget("a");
  other.gathering.expect(0, []);
  assertEquals([one.done, other.done], [[[]], [[]]]);
});

Deno.test("Gathering ends when time is up", () => {
  using time = new FakeTime();
  const { gathering, done } = gather();
  gathering.expect(2, ["a", "b"]);
  gathering.add("a", "a");
  time.tick(1_000);
  gathering.add("b", "b");
  assertEquals(done, [
    "timeout reached: only 1 responses received out of 2",
  ]);
});
