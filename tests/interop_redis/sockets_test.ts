/** Sockets of all servers, found and moved from servers of ours and of Node's. */

import { assert, assertEquals } from "@std/assert";
import { next } from "../_support/clients.ts";
import { join, testFleet, type Visitor } from "./fleet.ts";
import type { Member } from "./members.ts";

interface Found {
  readonly id: string;
  readonly data: unknown;
  readonly rooms: readonly string[];
  readonly query: Readonly<Record<string, string>>;
}

async function fetchSockets(
  member: Member,
  ...rooms: string[]
): Promise<Found[]> {
  const found = await member.run([["in", rooms], ["fetchSockets"]]);
  return found as Found[]; // what members make of sockets
}

function idsOf(visitors: readonly Visitor[]): string[] {
  return visitors.map(({ client }) => client.id!).sort(); // all are connected
}

for (const publishOnSpecificResponseChannel of [false, true]) {
  testFleet(
    `fetchSockets() finds those of all servers, answers to ${
      publishOnSpecificResponseChannel ? "one" : "all"
    }`,
    async (fleet) => {
      const visitors = await fleet.connectAll();
      await join(visitors[1]!, "room");
      await join(visitors[3]!, "room", "more");
      for (const origin of fleet.origins) {
        const all = await fetchSockets(origin);
        assertEquals(all.map(({ id }) => id).sort(), idsOf(visitors));
        for (const { id, data, query } of all) {
          const i = visitors.findIndex(({ client }) => client.id === id);
          assertEquals(data, { from: fleet.members[i]!.kind });
          assertEquals(query.EIO, "4");
        }
        const some = await fetchSockets(origin, "room");
        const [a, b] = [visitors[1]!.client.id!, visitors[3]!.client.id!];
        assertEquals(
          new Map(some.map(({ id, rooms }) => [id, rooms])),
          new Map([[a, [a, "room"].sort()], [b, [b, "more", "room"].sort()]]),
        );
        const rooms = await origin.run([["adapter"], ["allRooms"]]);
        assertEquals(rooms, [...idsOf(visitors), "more", "room"].sort());
      }
    },
    { publishOnSpecificResponseChannel },
  );
}

testFleet(
  "socketsJoin() and socketsLeave() reach all servers",
  async (fleet) => {
    const visitors = await fleet.connectAll();
    const [first] = visitors;
    for (const origin of fleet.origins) {
      await origin.run([
        ["except", first!.client.id],
        ["socketsJoin", ["a", "b"]],
      ]);
      await origin.run([["in", "a"], ["socketsLeave", "b"]]);
      await fleet.fence(visitors, origin);
      const found = await fetchSockets(origin, "a");
      assertEquals(found.map(({ id }) => id).sort(), idsOf(visitors.slice(1)));
      assertEquals(await fetchSockets(origin, "b"), []);
      await origin.run([["socketsLeave", "a"]]);
      await fleet.fence(visitors, origin);
      assertEquals(await fetchSockets(origin, "a"), []);
    }
  },
);

testFleet("disconnectSockets() reaches all servers", async (fleet) => {
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
});

testFleet("a server that leaves is not waited for", async (fleet) => {
  const visitors = await fleet.connectAll();
  const [ours, leaving, theirs, leavingNode] = fleet.members;
  await leaving![Symbol.asyncDispose]();
  await leavingNode![Symbol.asyncDispose]();
  const rest = [ours!, theirs!];
  await fleet.count(2, "/", rest);
  for (const member of rest) {
    const found = await fetchSockets(member);
    assertEquals(
      found.map(({ id }) => id).sort(),
      idsOf([visitors[0]!, visitors[2]!]),
    );
  }
});
