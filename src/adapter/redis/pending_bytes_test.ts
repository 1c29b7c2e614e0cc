import { assertEquals, assertRejects } from "@std/assert";
import { PendingBytes } from "./pending_bytes.ts";

Deno.test("PendingBytes counts until there is an answer, or none to come", async () => {
  const pending = new PendingBytes();
  const first = Promise.withResolvers<number>();
  const second = Promise.withResolvers<number>();
  const sent = pending.until(3, () => first.promise);
  const failed = pending.until(4, () => second.promise);
  assertEquals(pending.count, 7);
  second.reject(new Error("away"));
  await assertRejects(() => failed, Error, "away");
  assertEquals(pending.count, 3);
  first.resolve(1);
  assertEquals(await sent, 1);
  assertEquals(pending.count, 0);
});

Deno.test("PendingBytes rejects where a client throws", async () => {
  const pending = new PendingBytes();
  const failed = pending.until(3, () => {
    throw new Error("closed");
  });
  assertEquals(pending.count, 0);
  await assertRejects(() => failed, Error, "closed");
});
