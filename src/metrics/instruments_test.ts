import { assertEquals } from "@std/assert";
import {
  BoundedLabel,
  Counter,
  DURATION_BUCKETS,
  Histogram,
} from "./instruments.ts";

Deno.test("Counter without labels is there from the beginning", () => {
  const counter = new Counter("a_total", "A");
  assertEquals(counter.family, {
    name: "a_total",
    help: "A",
    type: "counter",
    samples: [{ labels: {}, value: 0 }],
  });
  counter.add("", "", 3);
  counter.add();
  assertEquals(counter.family.samples, [{ labels: {}, value: 4 }]);
});

Deno.test("Counter counts by the values of its labels", () => {
  const counter = new Counter("a_total", "A", ["x", "y"]);
  assertEquals(counter.family.samples, []);
  counter.add("1", "2");
  counter.add("1", "3", 5);
  counter.add("1", "2");
  assertEquals(counter.family.samples, [
    { labels: { x: "1", y: "2" }, value: 2 },
    { labels: { x: "1", y: "3" }, value: 5 },
  ]);
});

Deno.test("Histogram counts in each bucket what is no longer than its bound", () => {
  const histogram = new Histogram("a_seconds", "A", "x");
  for (const seconds of [0.001, 0.002, 10, 10.5]) {
    histogram.record(seconds, "1");
  }
  const { samples } = histogram.family;
  const buckets = samples.filter(({ suffix }) => suffix === "_bucket");
  assertEquals(
    buckets.map(({ labels }) => labels["le"]),
    [...DURATION_BUCKETS.map(String), "+Inf"],
  );
  assertEquals(
    buckets.map(({ value }) => value),
    [1, ...new Array(11).fill(2), 3, 4],
  );
  assertEquals(samples.slice(-2), [
    { suffix: "_sum", labels: { x: "1" }, value: 20.503 },
    { suffix: "_count", labels: { x: "1" }, value: 4 },
  ]);
});

Deno.test("Histogram without a label is there from the beginning", () => {
  const { samples } = new Histogram("a_seconds", "A").family;
  assertEquals(samples.at(-1), { suffix: "_count", labels: {}, value: 0 });
  assertEquals(samples.length, DURATION_BUCKETS.length + 3);
});

Deno.test("BoundedLabel has no more values than it may", () => {
  const label = new BoundedLabel(2);
  assertEquals(
    ["a", "b", "c", "a", "d"].map((value) => label.of(value)),
    ["a", "b", "other", "a", "other"],
  );
});
