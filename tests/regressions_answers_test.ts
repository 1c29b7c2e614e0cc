/** Answers that are waited for: of members that leave, of namespaces without clients, for ever. */

import { assertEquals, assertRejects } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { DisconnectedError, Server } from "@deno-socketio/server";
import {
  type AckListener,
  type AdapterNamespace,
  ClusterAdapter,
  MemoryAdapter,
  type Target,
} from "@deno-socketio/server/adapter";
import type { Packet } from "@deno-socketio/server/parser";
import { connect, settled } from "@deno-socketio/server/testing";
import { AckTable } from "../src/core/acks.ts";
import { next, within } from "./_support/clients.ts";
import { MemoryNetwork } from "./_support/memory_bus.ts";
import { WatchedBed } from "./_support/watched_bed.ts";

Deno.test("A broadcast does not wait for a client that leaves while it goes out", async () => {
  await using bed = new WatchedBed();
  const [first, staying] = await bed.pair();
  const [second] = await bed.pair();
  first.onAnyOutgoing(() => void second.disconnect());
  staying.on("ask", (answer) => answer("here"));
  const asking = bed.io.timeout(60_000).emitWithAck("ask");
  const failure = await assertRejects(
    () => within(asking, "the answers"),
    DisconnectedError,
  );
  assertEquals(failure.responses, ["here"]);
});

for (const timeout of [Infinity, 2 ** 31]) {
  Deno.test(`AckTable waits as long as timers can for a timeout of ${timeout}`, () => {
    using time = new FakeTime();
    const acks = new AckTable();
    const failures: unknown[] = [];
    acks.add(1, () => {}, (error) => failures.push(error), timeout);
    time.tick(2 ** 31 - 2);
    assertEquals(failures, []);
    time.tick(1);
    assertEquals(failures.length, 1);
  });
}

Deno.test("A parent namespace without children answers at once", async () => {
  await using bed = new WatchedBed();
  const parent = bed.io.of(/^\/child-\d$/);
  const asking = parent.serverSideEmitWithAck("ask");
  assertEquals(await within(asking, "the answers"), []);
});

Deno.test("A parent namespace calls back once for all its children", async () => {
  await using bed = new WatchedBed();
  const parent = bed.io.of(/^\/child-\d$/);
  await bed.connect("/child-1");
  await bed.connect("/child-2");
  const calls: unknown[][] = [];
  parent.serverSideEmit("ask", (...args: unknown[]) => calls.push(args));
  await bed.turn();
  assertEquals(calls, [[null, []]]);
});

/** Counts clients a little later, as one does that asks other servers. */
class AskingAdapter extends MemoryAdapter {
  override broadcastWithAck(
    packet: Packet,
    target: Target,
    onClientCount: (count: number) => void,
    onAck: AckListener,
    onGone: () => void,
  ): () => void {
    const later = (count: number) => void setTimeout(onClientCount, 0, count);
    return super.broadcastWithAck(packet, target, later, onAck, onGone);
  }
}

Deno.test("A parent namespace waits for the clients of all its children, whenever they are counted", async () => {
  await using bed = new WatchedBed({ adapter: AskingAdapter });
  const parent = bed.io.of(/^\/child-\d$/);
  for (const name of ["/child-1", "/child-2"]) {
    const client = await bed.connect(name);
    client.on("ask", (answer) => answer(name));
  }
  const asking = parent.timeout(60_000).emitWithAck("ask");
  const answers = await within(asking, "the answers");
  assertEquals(answers.toSorted(), ["/child-1", "/child-2"]);
});

Deno.test("Bytes behind a Blob arrive as they were when they were sent", async () => {
  await using bed = new WatchedBed();
  const [socket, client] = await bed.pair();
  const buffer = Uint8Array.of(1, 2, 3);
  const behind = next(client, "behind");
  socket.emit("first", new Blob(["x"]));
  socket.emit("behind", buffer);
  buffer.fill(9);
  const [bytes] = await behind;
  assertEquals([...bytes as Uint8Array], [1, 2, 3]);
});

Deno.test("A client that another server's question ends is heard to leave", async () => {
  using _time = new FakeTime();
  const network = new MemoryNetwork();
  const adapter = (nsp: AdapterNamespace) =>
    new ClusterAdapter(nsp, network.bus());
  await using asking = new Server({ adapter });
  await using answering = new Server({
    adapter,
    limits: { pendingAcknowledgements: 1 },
  });
  const events: unknown[] = [];
  answering.diagnostics.addEventListener("callbackerror", (event) => {
    event.preventDefault();
    events.push(event.error);
  });
  answering.on("connection", (socket) => {
    socket.on("disconnect", (reason) => events.push(reason));
  });
  await using client = await connect(answering);
  for (let i = 0; i < 2; i++) {
    asking.emitWithAck("ask").catch(() => {});
    await settled();
  }
  assertEquals([events, client.connected], [["transport error"], false]);
});
