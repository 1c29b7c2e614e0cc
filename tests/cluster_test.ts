/** ClusterAdapter over a network in memory, which the tests disturb. */

import { assertEquals } from "@std/assert";
import { next, TestBed } from "./_support/clients.ts";
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

/** Servers of one network, which answer an event with their names. */
class Servers implements AsyncDisposable {
  readonly network = new MemoryNetwork();
  readonly #stack = new AsyncDisposableStack();

  start(name: string, bus = this.network.bus()): TestBed {
    const bed = this.#stack.use(
      new TestBed("4.8.4", "websocket", {
        adapter: (nsp) => new ClusterAdapter(nsp, bus),
      }),
    );
    bed.io.on("who?", (answer: (name: string) => void) => answer(name));
    return bed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

Deno.test("ClusterAdapter hears who joins between its count and its question", async () => {
  await using servers = new Servers();
  const bus = servers.network.bus();
  const { io } = servers.start("first", bus);
  servers.start("second");
  let hasJoined = false;
  const { serverCount } = MemoryBus.prototype;
  bus.serverCount = async () => {
    const count = await serverCount.call(bus);
    if (!hasJoined) servers.start("third");
    hasJoined = true;
    return count;
  };
  const answers = await io.serverSideEmitWithAck("who?");
  assertEquals(answers, ["second", "third"]);
});

Deno.test("ClusterAdapter waits for answers of those alone that it asked", async () => {
  await using servers = new Servers();
  const { io } = servers.start("first");
  const [, client] = await servers.start("second").pair();
  const asked = next(client, "question");
  const answers = io.timeout(5_000).emitWithAck("question");
  const [answer] = await asked as [(value: string) => void]; // the acknowledgement
  const late = servers.network.bus();
  servers.start("late", late);
  late.die();
  await Promise.resolve(); // the others have seen it go
  answer("done");
  assertEquals(await answers, ["done"]);
});
