/** A mixed fleet that meets in streams of Redis. */

import { assertEquals } from "@std/assert";
import { createClient } from "redis";
import {
  createStreamsAdapter,
  type StreamsAdapterOptions,
} from "@deno-socketio/server/redis";
import { RedisStreamsEmitter } from "@deno-socketio/server/redis-emitter";
import { connected, engineOf, plain, Visitors } from "../_support/clients.ts";
import { until } from "../_support/cluster_bed.ts";
import { requires } from "../_support/environment.ts";
import { keysOf } from "../_support/streams_bed.ts";
import type { Found } from "./fleet.ts";
import { meetInRedis } from "./meet_in_redis.ts";
import { type Member, startDeno, startNode } from "./members.ts";
import { testMixedFleet } from "./mixed_fleet.ts";
import type { Meeting, Place } from "./place.ts";
import { emitterClaims } from "./redis_emitter.ts";

function meet(
  name: string,
  options: StreamsAdapterOptions,
  server?: Place["server"],
): Meeting {
  return meetInRedis({
    name,
    adapter: "redis-streams",
    adapterPackage: "@socket.io/redis-streams-adapter@0.3.1",
    options,
    ...server === undefined ? {} : { server },
    create: async (connect) => createStreamsAdapter(await connect(), options),
  });
}

testMixedFleet(meet("Redis streams", {}), {
  ...emitterClaims("our", (client) => new RedisStreamsEmitter(client)),
  async "what npm's emitter adds is understood"(fleet) {
    // As @socket.io/redis-streams-emitter 0.1 writes it.
    const add = (type: number, data: object, nsp = "/") =>
      client.xAdd("socket.io", "*", {
        ...{ uid: "emitter", nsp, type: `${type}` },
        data: JSON.stringify(data),
      });
    const opts = { rooms: [], except: [], flags: {} };
    const visitors = await fleet.connectAll();
    const client = createClient(fleet.place.node.client);
    await client.connect();
    await add(4, { opts, rooms: ["one"] });
    const packet = { type: 2, data: ["news", 1], nsp: "/" };
    await add(3, { packet, opts: { ...opts, rooms: ["one"] } });
    await add(9, { packet: ["tell", "all"] });
    const news = visitors.map(() => [["news", 1]]);
    await fleet.assertHeard(visitors, fleet.members[0]!, news);
    for (const member of fleet.members) {
      assertEquals(await member.told(), ["all"]);
    }
    client.destroy();
  },
});

const OF_ITS_OWN = { streamName: "my stream", streamCount: 4, maxLen: 500 };
testMixedFleet(
  meet("Redis streams, with options of its own", {
    ...OF_ITS_OWN,
    channelPrefix: "an*other",
    readCount: 7,
    // Until they have read an entry, Node's servers miss what comes between two reads.
    blockTimeInMs: 2_000,
  }),
  emitterClaims(
    "our",
    (client) => new RedisStreamsEmitter(client, OF_ITS_OWN),
  ),
);

/** A client, and the events that it has got, with the offsets behind them. */
async function visit(
  visitors: Visitors,
  member: Member,
  auth: { pid?: string; offset?: string | undefined } = {},
) {
  const client = visitors.open("4.8.4", "websocket", member.url, { auth });
  const heard: unknown[][] = [];
  client.onAny((...event) => heard.push(event.map(plain)));
  await connected(client);
  return { client, heard };
}

const MOVES: Record<string, [from: 0 | 1, to: 0 | 1]> = {
  "Node to ours": [1, 0],
  "ours to Node": [0, 1],
};
for (const [what, [from, to]] of Object.entries(MOVES)) {
  const name = `A client goes on over Redis streams from ${what}`;
  Deno.test(requires({ node: true, redis: true }, name, async () => {
    const meeting = meet("", {}, { connectionStateRecovery: {} });
    await using stack = new AsyncDisposableStack();
    const place = stack.use(await meeting.start());
    const ours = stack.use(await startDeno(place));
    const theirs = stack.use(await startNode(place, meeting.packages));
    const visitors = stack.use(new Visitors());
    const members = [ours, theirs] as const;
    const before = members[from];
    const after = members[to];
    await until(async () => {
      const counts = await Promise.all(
        members.map((each) => each.run([["adapter"], ["serverCount"]])),
      );
      return counts.every((count) => count === 2);
    }, "two servers");
    const { client, heard } = await visit(visitors, before);
    const { id } = client;
    await new Promise<void>((resolve) =>
      client.emit("join", ["room"], resolve)
    );
    await after.run([["emit", "seen", 1]]);
    await until(() => heard.length === 1, "the first event");
    const keys = keysOf(client);
    engineOf(client).close();
    const count = async () =>
      (await before.run([["local"], ["fetchSockets"]]) as unknown[]).length;
    await until(async () => await count() === 0, "the client to be gone");
    const bytes = Uint8Array.of(0, 255);
    await before.run([["emit", "missed", 1, bytes]]);
    await after.run([["to", "room"], ["emit", "missed", 2]]);
    await before.run([["to", id], ["emit", "missed", 3]]);
    await after.run([["except", "room"], ["emit", "not for it"]]);
    const back = await visit(visitors, after, keys);
    assertEquals(back.client.id, id);
    await before.run([["emit", "new"]]);
    await until(() => back.heard.length === 4, "all events");
    const offsets = back.heard.map((event) => event.pop());
    // Two servers sent them, whichever was first.
    const missed = back.heard.slice(0, 3)
      .sort(([, a], [, b]) => Number(a) - Number(b));
    assertEquals([...missed, ...back.heard.slice(3)], [
      ["missed", 1, bytes],
      ["missed", 2],
      ["missed", 3],
      ["new"],
    ]);
    assertEquals(new Set([keys.offset, ...offsets]).size, 5);
    const [found] = await after.run([
      ["in", "room"],
      ["fetchSockets"],
    ]) as Found[]; // what members make of sockets
    assertEquals([found?.id, found?.data], [id, { from: before.kind }]);
  }));
}
