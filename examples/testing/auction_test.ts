/** Tests of an application: typed clients, no port, no network, no waiting. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { connect, ConnectError, settled } from "@deno-socketio/server/testing";
import { createAuction, PATIENCE } from "./auction.ts";

Deno.test("A bid is told to all others, and one that is too low to nobody", async () => {
  using _time = new FakeTime();
  await using io = createAuction();
  await using ada = await connect(io, { auth: { name: "Ada" } });
  await using bob = await connect(io, { auth: { name: "Bob" } });

  assert(await ada.emitWithAck("bid", 10));
  assertEquals(await bob.next("highest"), [10, "Ada"]);

  assert(!(await bob.emitWithAck("bid", 5)));
  await settled();
  assertEquals(ada.take("highest"), []);
});

Deno.test("The auction ends when nobody has bid for a minute", async () => {
  using time = new FakeTime();
  await using io = createAuction();
  await using ada = await connect(io, { auth: { name: "Ada" } });
  await using bob = await connect(io, { auth: { name: "Bob" } });

  await ada.emitWithAck("bid", 10);
  time.tick(PATIENCE - 1);
  await bob.emitWithAck("bid", 20);
  time.tick(PATIENCE - 1);
  await settled();
  assertEquals(ada.take("sold"), []);
  time.tick(1);
  assertEquals(await ada.next("sold"), [20, "Bob"]);
});

Deno.test("Who has no name cannot bid", async () => {
  await using io = createAuction();
  await assertRejects(() => connect(io), ConnectError, "Tell us your name");
});

Deno.test("What is no number is no bid", async () => {
  await using io = createAuction();
  await using eve = await connect(io, { auth: { name: "Eve" } });
  const words = "a lot" as unknown as number; // a client may send anything
  assert(!(await eve.emitWithAck("bid", words)));
});
