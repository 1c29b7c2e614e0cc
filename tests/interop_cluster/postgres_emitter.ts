/**
 * What `@socket.io/postgres-emitter` sends from a program that is no server.
 *
 * Servers on Node with version 0.5 of the adapter do not hear it: it leaves out the
 * namespace, by which they find whom to tell.
 */

import { Emitter } from "@socket.io/postgres-emitter";
import { assertEquals } from "@std/assert";
import { Pool } from "pg";
import { next, within } from "../_support/clients.ts";
import type { Claims } from "./claims.ts";
import { type Fleet, join } from "./fleet.ts";

function openEmitter({ place }: Fleet) {
  const pool = new Pool(place.node.client);
  return {
    emitter: new Emitter(pool, "/", place.node.options),
    [Symbol.asyncDispose]: () => within<void>(pool.end(), "the end of a pool"),
  };
}

export const postgresEmitter: Claims = {
  async "an emitter's broadcasts reach rooms of our servers"(fleet) {
    const visitors = (await fleet.connectAll()).slice(0, 2);
    await join(visitors[0]!, "one");
    await join(visitors[1]!, "one", "two");
    await using sender = openEmitter(fleet);
    const { emitter } = sender;
    const bytes = Uint8Array.of(7, 8);
    emitter.emit("all", { deep: bytes }, "é");
    emitter.to("one").emit("large", "x".repeat(20_000));
    emitter.to(["one", "two"]).except("two").emit("not two");
    emitter.to(visitors[1]!.client.id!).emit("to you");
    const all = ["all", { deep: bytes }, "é"];
    const large = ["large", "x".repeat(20_000)];
    await fleet.assertHeard(visitors, fleet.members[0]!, [
      [all, large, ["not two"]],
      [all, large, ["to you"]],
    ]);
  },

  async "an emitter moves and disconnects sockets, and calls our servers"(
    fleet,
  ) {
    const [a, b] = await fleet.connectAll();
    const [member] = fleet.members;
    await using sender = openEmitter(fleet);
    const { emitter } = sender;
    emitter.serverSideEmit("tell", 1, { two: "2" });
    for (const ours of fleet.members.slice(0, 2)) {
      assertEquals(await ours.told(), [1, { two: "2" }]);
    }
    emitter.except(a!.client.id!).socketsJoin(["x", "y"]);
    await fleet.finds(member!, 1, "y");
    emitter.in("x").socketsLeave("y");
    await fleet.finds(member!, 0, "y");
    await fleet.finds(member!, 1, "x");
    const gone = next(b!.client, "disconnect");
    emitter.in("x").disconnectSockets(true);
    assertEquals((await gone)[0], "io server disconnect");
  },
};
