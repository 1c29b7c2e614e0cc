/** Sockets of all servers, found and moved from servers of ours and of Node's. */

import { assert, assertEquals } from "@std/assert";
import { next } from "../_support/clients.ts";
import type { Claims } from "./claims.ts";
import { type Fleet, join, type Visitor } from "./fleet.ts";

function idsOf(visitors: readonly Visitor[]): string[] {
  return visitors.map(({ client }) => client.id!).sort(); // all are connected
}

export const sockets: Claims = {
  async "fetchSockets() finds those of all servers"(fleet) {
    const visitors = await fleet.connectAll();
    await join(visitors[1]!, "room");
    await join(visitors[3]!, "room", "more");
    for (const origin of fleet.origins) {
      const all = await fleet.fetchSockets(origin);
      assertEquals(all.map(({ id }) => id).sort(), idsOf(visitors));
      for (const { id, data, query } of all) {
        const i = visitors.findIndex(({ client }) => client.id === id);
        assertEquals(data, { from: fleet.members[i]!.kind });
        assertEquals(query.EIO, "4");
      }
      const some = await fleet.fetchSockets(origin, "room");
      const [a, b] = [visitors[1]!.client.id!, visitors[3]!.client.id!];
      assertEquals(
        new Map(some.map(({ id, rooms }) => [id, rooms])),
        new Map([[a, [a, "room"].sort()], [b, [b, "more", "room"].sort()]]),
      );
    }
  },

  async "allRooms() of ours knows those of all servers"(fleet) {
    const visitors = await fleet.connectAll();
    await join(visitors[1]!, "room");
    await join(visitors[3]!, "room", "more");
    const rooms = await fleet.members[0]!.run([["adapter"], ["allRooms"]]);
    assertEquals(rooms, [...idsOf(visitors), "more", "room"].sort());
  },

  async "socketsJoin() and socketsLeave() reach all servers"(fleet) {
    const visitors = await fleet.connectAll();
    const [first] = visitors;
    for (const origin of fleet.origins) {
      await origin.run([
        ["except", first!.client.id],
        ["socketsJoin", ["a", "b"]],
      ]);
      const found = await fleet.finds(origin, 3, "b");
      assertEquals(found.map(({ id }) => id).sort(), idsOf(visitors.slice(1)));
      await origin.run([["in", "a"], ["socketsLeave", "b"]]);
      await fleet.finds(origin, 0, "b");
      await fleet.finds(origin, 3, "a");
      await origin.run([["socketsLeave", "a"]]);
      await fleet.finds(origin, 0, "a");
    }
  },

  async "disconnectSockets() reaches all servers"(fleet) {
    for (const [i, origin] of fleet.origins.entries()) {
      const visitors = await fleet.connectAll();
      const [stays, ...others] = visitors;
      for (const other of others) await join(other, "leaving");
      const gone = others.map(({ client }) => next(client, "disconnect"));
      await origin.run([["in", "leaving"], ["disconnectSockets", i === 0]]);
      for (const [reason] of await Promise.all(gone)) {
        assertEquals(reason, "io server disconnect");
      }
      assert(stays!.client.connected);
    }
  },
};

/** Sees that servers which leave are not waited for: the last thing that a fleet does. */
export async function assertNobodyWaits(fleet: Fleet): Promise<void> {
  const visitors = await fleet.connectAll();
  const [ours, leaving, theirs, leavingNode] = fleet.members;
  await leaving![Symbol.asyncDispose]();
  await leavingNode![Symbol.asyncDispose]();
  const rest = [ours!, theirs!];
  await fleet.count(2, "/", rest);
  for (const member of rest) {
    const found = await fleet.fetchSockets(member);
    assertEquals(
      found.map(({ id }) => id).sort(),
      idsOf([visitors[0]!, visitors[2]!]),
    );
  }
}
