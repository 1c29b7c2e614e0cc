/** ClusterAdapter over a network in memory, which the tests disturb. */

import { assertEquals } from "@std/assert";
import { TestBed } from "./_support/clients.ts";
import { clusterContract } from "./_support/cluster_contract.ts";
import { MemoryBus, MemoryNetwork } from "./_support/memory_bus.ts";
import { ClusterAdapter } from "@deno-socketio/server/adapter";

clusterContract("ClusterAdapter", (size) => {
  const networks = new Map<string, MemoryNetwork>();
  const networkOf = (name: string) => {
    const network = networks.get(name) ?? new MemoryNetwork();
    networks.set(name, network);
    return network;
  };
  return Promise.resolve({
    adapters: Array.from(
      { length: size },
      () => (nsp) => new ClusterAdapter(nsp, networkOf(nsp.name).bus()),
    ),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
}, { intersections: true });

Deno.test("ClusterAdapter tells once of an outage that costs many messages", async () => {
  const bus = new MemoryNetwork().bus();
  await using bed = new TestBed("4.8.4", "websocket", {
    adapter: (nsp) => new ClusterAdapter(nsp, bus),
  });
  const { io } = bed;
  const errors: unknown[] = [];
  io.of("/").adapter.on("error", (error) => errors.push(error));
  const outage = async (failure: Error) => {
    bus.failure = failure;
    for (let i = 0; i < 100; i++) io.emit("lost");
    await Promise.resolve(); // the rejections are heard
    bus.failure = undefined;
    io.emit("sent");
    await Promise.resolve();
  };
  const refused = new Error("NOPERM");
  const lost = new Error("no connection");
  await outage(refused);
  assertEquals(errors, [refused]);
  await outage(lost);
  await outage(refused);
  assertEquals(errors, [refused, lost, refused]);
});

Deno.test("ClusterAdapter hears who joins between its count and its question", async () => {
  const network = new MemoryNetwork();
  await using stack = new AsyncDisposableStack();
  const start = (bus: MemoryBus, name: string) => {
    const { io } = stack.use(
      new TestBed("4.8.4", "websocket", {
        adapter: (nsp) => new ClusterAdapter(nsp, bus),
      }),
    );
    io.on("who?", (answer: (name: string) => void) => answer(name));
    return io;
  };
  const bus = network.bus();
  const io = start(bus, "first");
  start(network.bus(), "second");
  let hasJoined = false;
  const { serverCount } = MemoryBus.prototype;
  bus.serverCount = async () => {
    const count = await serverCount.call(bus);
    if (!hasJoined) start(network.bus(), "third");
    hasJoined = true;
    return count;
  };
  const answers = await io.serverSideEmitWithAck("who?");
  assertEquals(answers, ["second", "third"]);
});
