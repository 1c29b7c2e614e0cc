import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { EventBuffer } from "./event_buffer.ts";

Deno.test("EventBuffer counts by second, type and subtype", () => {
  using time = new FakeTime(10_300);
  const buffer = new EventBuffer();
  buffer.push("bytesIn", 3);
  buffer.push("bytesIn", 4);
  buffer.push("rawDisconnection", 1, "ping timeout");
  buffer.push("rawDisconnection", 1, "transport close");
  time.tick(700);
  buffer.push("bytesIn");
  assertEquals(buffer.take(), [
    { timestamp: 10_000, type: "bytesIn", count: 7 },
    {
      timestamp: 10_000,
      type: "rawDisconnection",
      subType: "ping timeout",
      count: 1,
    },
    {
      timestamp: 10_000,
      type: "rawDisconnection",
      subType: "transport close",
      count: 1,
    },
    { timestamp: 11_000, type: "bytesIn", count: 1 },
  ]);
  assertEquals(buffer.take(), []);
});
