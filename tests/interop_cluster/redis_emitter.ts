/** What emitters send from a program that is no server. */

import { assertEquals } from "@std/assert";
import { createClient } from "redis";
import { next } from "../_support/clients.ts";
import type { Claims } from "./claims.ts";
import { type Fleet, join } from "./fleet.ts";
import type { Client } from "./meet_in_redis.ts";

/** What emitters of ours and of npm's have in common. */
interface EmitterLike {
  of(nsp: string): Pick<EmitterLike, "emit">;
  to(room: string | string[]): EmitterLike;
  in(room: string): EmitterLike;
  except(room: string): EmitterLike;
  emit(event: string, ...args: unknown[]): unknown;
  socketsJoin(rooms: string[]): unknown;
  socketsLeave(room: string): unknown;
  disconnectSockets(close: boolean): unknown;
  serverSideEmit(event: string, ...args: unknown[]): unknown;
}

async function connectEmitter(
  { place }: Fleet,
  create: (client: Client) => unknown,
) {
  const client = createClient(place.node.client) as Client; // without modules
  await client.connect();
  return {
    emitter: create(client) as EmitterLike, // whose it may be
    [Symbol.dispose]: () => client.destroy(),
  };
}

/**
 * Claims what an emitter does.
 *
 * @param whose Whose it is.
 * @param create Makes one.
 */
export function emitterClaims(
  whose: string,
  create: (client: Client) => unknown,
): Claims {
  return {
    async [`broadcasts of ${whose} emitter reach rooms of all servers`](fleet) {
      const visitors = await fleet.connectAll();
      const other = await fleet.connectAll("/other");
      await join(visitors[0]!, "one");
      await join(visitors[3]!, "one", "two");
      using sender = await connectEmitter(fleet, create);
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

    async [`${whose} emitter moves and disconnects sockets, and calls servers`](
      fleet,
    ) {
      const visitors = await fleet.connectAll();
      const [a, b] = visitors;
      using sender = await connectEmitter(fleet, create);
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
}
