import { assert, assertFalse } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { TokenBucket } from "./token_bucket.ts";

Deno.test("TokenBucket allows one second's worth at once, and no more", () => {
  using _time = new FakeTime();
  const bucket = new TokenBucket(3);
  assert(bucket.take(1));
  assert(bucket.take(2));
  assertFalse(bucket.take(1));
});

Deno.test("TokenBucket refills steadily, up to one second's worth", () => {
  using time = new FakeTime();
  const bucket = new TokenBucket(10);
  assert(bucket.take(10));
  time.tick(100);
  assert(bucket.take(1));
  time.tick(60_000);
  assert(bucket.take(10));
  assertFalse(bucket.take(1));
});

Deno.test("TokenBucket takes a count above all it can ever have for too much", () => {
  using _time = new FakeTime();
  assertFalse(new TokenBucket(10).take(11));
});

Deno.test("TokenBucket refills nothing when the clock is set back", () => {
  using time = new FakeTime();
  const bucket = new TokenBucket(10);
  assert(bucket.take(10));
  const { now } = Date;
  Date.now = () => now() - 3_600_000;
  try {
    assertFalse(bucket.take(1));
  } finally {
    Date.now = now;
  }
  time.tick(1_000);
  assert(bucket.take(1));
});
