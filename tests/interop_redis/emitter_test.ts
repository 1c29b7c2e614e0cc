/** What `@socket.io/redis-emitter` sends from a program that is no server. */

import { Emitter } from "@socket.io/redis-emitter";
import { assertEquals } from "@std/assert";
import { createClient } from "redis";
import { next } from "../_support/clients.ts";
import { type Fleet, join, takeHeard, testFleet } from "./fleet.ts";

async function connectEmitter(fleet: Fleet) {
  const client = createClient({
    socket: { host: "127.0.0.1", port: fleet.port },
  });
  await client.connect();
  return {
    emitter: new Emitter(client),
    /** Resolves when Redis has what was sent before. */
    flush: () => client.ping(),
    [Symbol.dispose]: () => client.destroy(),
  };
}

testFleet(
  "an emitter's broadcasts reach rooms of all servers",
  async (fleet) => {
    const visitors = await fleet.connectAll();
    const other = await fleet.connectAll("/other");
    await join(visitors[0]!, "one");
    await join(visitors[3]!, "one", "two");
    using sender = await connectEmitter(fleet);
    const { emitter } = sender;
    const bytes = Uint8Array.of(7, 8);
    emitter.emit("all", { deep: bytes }, "é");
    emitter.to("one").emit("to one");
    emitter.to(["one", "two"]).except("two").emit("not two");
    emitter.to(visitors[1]!.client.id!).emit("to you");
    emitter.of("/other").emit("elsewhere");
    await sender.flush();
    await fleet.fence(visitors, fleet.members[0]!);
    await fleet.fence(visitors, fleet.members[2]!);
    await fleet.fence(other, fleet.members[0]!, "/other");
    const all = ["all", { deep: bytes }, "é"];
    assertEquals(takeHeard(visitors), [
      [all, ["to one"], ["not two"]],
      [all, ["to you"]],
      [all],
      [all, ["to one"]],
    ]);
    assertEquals(takeHeard(other), Array(4).fill([["elsewhere"]]));
  },
);

testFleet(
  "an emitter moves and disconnects sockets, and calls servers",
  async (fleet) => {
    const visitors = await fleet.connectAll();
    const [a, b] = visitors;
    using sender = await connectEmitter(fleet);
    const { emitter } = sender;
    emitter.except(a!.client.id!).socketsJoin(["x", "y"]);
    emitter.in("x").socketsLeave("y");
    emitter.to("x").emit("in x");
    emitter.to("y").emit("in y");
    emitter.serverSideEmit("tell", 1, { two: "2" });
    for (const member of fleet.members) {
      assertEquals(await member.told(), [1, { two: "2" }]);
    }
    await fleet.fence(visitors, fleet.members[0]!);
    assertEquals(takeHeard(visitors), [
      [],
      [["in x"]],
      [["in x"]],
      [["in x"]],
    ]);
    const gone = next(b!.client, "disconnect");
    emitter.in(b!.client.id!).disconnectSockets(true);
    assertEquals((await gone)[0], "io server disconnect");
  },
);
