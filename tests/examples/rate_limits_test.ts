/** The recipe of limits. */

import { assert, assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { connect, settled } from "@deno-socketio/server/testing";
import { createServer } from "../../examples/recipes/rate_limits.ts";

Deno.test("examples/recipes/rate_limits.ts answers when to try again", async () => {
  using time = new FakeTime();
  await using io = createServer();
  await using client = await connect(io);
  await using other = await connect(io, { address: "203.0.113.7" });
  const search = () => client.emitWithAck("search", "x");
  for (let i = 0; i < 10; i++) assertEquals(await search(), "Nothing about x");
  time.tick(20_000);
  assertEquals(await search(), { retryAfter: 40_000 });
  assertEquals(await other.emitWithAck("search", "y"), "Nothing about y");
  time.tick(40_000);
  assertEquals(await search(), "Nothing about x");
});

Deno.test("examples/recipes/rate_limits.ts drops what asks for no answer", async () => {
  using _time = new FakeTime();
  await using io = createServer();
  await using client = await connect(io);
  await using other = await connect(io);
  for (let i = 0; i < 70; i++) client.emit("message", i);
  await settled();
  assertEquals(other.take("message").length, 60);
  assert(client.connected);
});

Deno.test("examples/recipes/rate_limits.ts disconnects who sends far too much", async () => {
  using _time = new FakeTime();
  await using io = createServer();
  const { warn } = console;
  const warnings: unknown[] = [];
  console.warn = (text) => warnings.push(text);
  try {
    await using client = await connect(io);
    for (let i = 0; i < 200; i++) client.emit("anything");
    await client.next("disconnect");
    assertEquals(warnings, ["127.0.0.1 exceeded eventsPerSecond"]);
  } finally {
    console.warn = warn;
  }
});
