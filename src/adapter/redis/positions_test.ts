import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { Positions } from "./positions.ts";

Deno.test("Positions knows which entry was the last before a time", () => {
  using time = new FakeTime(1_000_000);
  const positions = new Positions();
  assertEquals(positions.before(Infinity), undefined);
  for (let i = 1; i <= 10; i++) {
    positions.add(`${i}-0`);
    time.tick(1_000);
  }
  assertEquals(positions.before(1_000_000), undefined);
  assertEquals(positions.before(1_000_001), "1-0");
  assertEquals(positions.before(1_004_000), "4-0");
  assertEquals(positions.before(2_000_000), "10-0");
});

Deno.test("Positions may know an earlier one, and never a later", () => {
  using time = new FakeTime(0);
  const positions = new Positions();
  const times: number[] = [];
  for (let i = 0; i < 100_000; i++) {
    positions.add(`${i}-0`);
    times.push(Date.now());
    time.tick(i % 3);
  }
  const now = Date.now();
  for (const age of [0, 1, 50, 999, 5_000, 60_000]) {
    const id = positions.before(now - age);
    const index = Number(id?.split("-")[0]);
    const isBefore = times[index]! < now - age;
    const lag = now - age - times[index]!;
    assertEquals([isBefore, lag < 2_100], [true, true], `${age} ms ago`);
  }
});
