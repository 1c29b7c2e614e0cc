/** What `@socket.io/redis-emitter` sends from a program that is no server. */

import { Emitter } from "@socket.io/redis-emitter";
import { assertEquals } from "@std/assert";
import { createClient } from "redis";
import { next } from "../_support/clients.ts";
import type { Claims } from "./claims.ts";
import { type Fleet, join } from "./fleet.ts";

async function connectEmitter({ place }: Fleet) {
  const client = createClient(place.node.client);
  await client.connect();
  return {
    emitter: new Emitter(client),
    [Symbol.dispose]: () => client.destroy(),
  };
}

export const redisEmitter: Claims = {
  async "an emitter's broadcasts reach rooms of all servers"(fleet) {
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
    const all = ["all", { deep: bytes }, "é"];
    const [member] = fleet.members;
    await fleet.assertHeard(visitors, member!, [
      [all, ["to one"], ["not two"]],
      [all, ["to you"]],
      [all],
      [all, ["to one"]],
    ]);
    const elsewhere = other.map(() => [["elsewhere"]]);
    await fleet.assertHeard(other, member!, elsewhere, "/other");
  },

  async "an emitter moves and disconnects sockets, and calls servers"(fleet) {
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
    const inX = [["in x"]];
    await fleet.assertHeard(visitors, fleet.members[0]!, [[], inX, inX, inX]);
    const gone = next(b!.client, "disconnect");
    emitter.in(b!.client.id!).disconnectSockets(true);
    assertEquals((await gone)[0], "io server disconnect");
  },
};
