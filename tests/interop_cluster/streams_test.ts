/** A mixed fleet that meets in streams of Redis. */

import { assertEquals } from "@std/assert";
import { createClient } from "redis";
import {
  createStreamsAdapter,
  type StreamsAdapterOptions,
} from "@deno-socketio/server/redis";
import {
  connected,
  engineOf,
  plain,
  Visitors,
  within,
} from "../_support/clients.ts";
import { until } from "../_support/cluster_bed.ts";
import { requires, startRedis } from "../_support/environment.ts";
import { keysOf } from "../_support/streams_bed.ts";
import type { Found } from "./fleet.ts";
import { type Member, startDeno, startNode } from "./members.ts";
import { testMixedFleet } from "./mixed_fleet.ts";
import type { Meeting } from "./place.ts";

const PACKAGES = ["@socket.io/redis-streams-adapter@0.3.1", "redis@5.12.1"];

function meetInStreams(
  name: string,
  options: StreamsAdapterOptions,
  server?: { readonly connectionStateRecovery: object },
): Meeting {
  return {
    name,
    needs: { redis: true },
    keepsOrder: true,
    packages: PACKAGES,
    async start() {
      const redisServer = await startRedis();
      const { port } = redisServer;
      const client = { socket: { host: "127.0.0.1", port } };
      return {
        ...server === undefined ? {} : { server },
        node: { adapter: "redis-streams", client, options },
        async connect(stack) {
          const redis = createClient(client);
          stack.defer(() => redis.destroy());
          await within(redis.connect(), "a connection to Redis");
          return createStreamsAdapter(redis, options);
        },
        [Symbol.asyncDispose]: () => redisServer[Symbol.asyncDispose](),
      };
    },
  };
}

testMixedFleet(meetInStreams("Redis streams", {}));

testMixedFleet(
  meetInStreams("Redis streams, with options of its own", {
    streamName: "my stream",
    streamCount: 4,
    channelPrefix: "an*other",
    maxLen: 500,
    readCount: 7,
    // Until they have read an entry, Node's servers miss what comes between two reads.
    blockTimeInMs: 2_000,
  }),
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
    const meeting = meetInStreams("", {}, { connectionStateRecovery: {} });
    await using stack = new AsyncDisposableStack();
    const place = stack.use(await meeting.start());
    const ours = stack.use(await startDeno(place));
    const theirs = stack.use(await startNode(place, PACKAGES));
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
