import { assert, assertEquals, assertRejects } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import {
  FakeShards,
  openShardedBus,
  startShardedBus,
} from "../../../tests/_support/fake_redis.ts";
import type { ClusterMessage } from "../cluster_message.ts";
import { encodeWire } from "../cluster_wire/mod.ts";
import type { SubscriptionMode } from "./room_channels.ts";

const CHANNEL = "socket.io#/#";
const ID = "x".repeat(20);

function broadcast(...rooms: string[]): ClusterMessage {
  const packet = { type: 2, nsp: "/", data: ["news"] } as const;
  const target = { rooms: new Set(rooms), except: new Set<string>() };
  return { type: "broadcast", packet, target };
}

/** Lets all go on that waits for a promise. */
async function flush(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

const channels: [SubscriptionMode, own: string[]][] = [
  ["static", []],
  ["dynamic", ["room", ID + "x", ""]],
  ["dynamic-private", ["room", ID + "x", "", ID]],
];
for (const [mode, own] of channels) {
  Deno.test(`ShardedBus uses the channels of rooms that are ${mode}`, async () => {
    const { bus, shards } = await openShardedBus(mode);
    shards.told.length = 0;
    const rooms = ["room", ID, ID + "x", ""];
    await bus.enter(rooms);
    assertEquals(
      shards.told.toSorted(),
      own.map((room) => `subscribe ${CHANNEL}${room}#`).sort(),
    );
    for (const room of rooms) await bus.publish(broadcast(room));
    await bus.publish(broadcast());
    await bus.publish(broadcast("room", "more"));
    await bus.publish(
      { ...broadcast("room"), type: "join", rooms: [] } as
        & ClusterMessage
        & { type: "join" },
    );
    assertEquals(
      shards.published.map(([channel]) => channel),
      [
        ...rooms.map((room) =>
          own.includes(room) ? `${CHANNEL}${room}#` : CHANNEL
        ),
        ...Array(3).fill(CHANNEL),
      ],
    );
    await bus.close();
    for (const listeners of shards.listeners.values()) {
      assertEquals(listeners.size, 0);
    }
    assertEquals(shards.errorListeners.size, 0);
  });
}

Deno.test("ShardedBus listens to what all hear last, and no longer first", async () => {
  const { bus, shards } = await openShardedBus();
  assertEquals(shards.told.length, 2);
  assertEquals(shards.told[1], `subscribe ${CHANNEL}`);
  shards.told.length = 0;
  await bus.close();
  assertEquals(shards.told[0], `unsubscribe ${CHANNEL}`);
});

Deno.test("ShardedBus hears others, and does not read what is its own", async () => {
  const { bus, shards, receiver } = await openShardedBus();
  await bus.publish(broadcast());
  const { packet } = broadcast() as ClusterMessage & { type: "broadcast" };
  const bytes = { ...packet, data: ["news", Uint8Array.of(1)] };
  await bus.publish({ ...broadcast(), packet: bytes } as ClusterMessage);
  const [[, text], [, binary]] = shards.published as [
    [string, string],
    [string, Uint8Array],
  ]; // as there are bytes in the second
  shards.deliver(CHANNEL, text);
  shards.deliver(CHANNEL, binary);
  // Broken behind the sender, which is enough to see whose it is.
  shards.deliver(CHANNEL, text.slice(0, 30));
  shards.deliver(CHANNEL, binary.subarray(0, 30));
  assertEquals([receiver.messages, receiver.errors], [[], []]);
  const { uid } = JSON.parse(text);
  shards.deliver(CHANNEL, text.replace(uid, "another"));
  shards.deliver(
    CHANNEL,
    encodeWire({
      ...{ uid: "another", nsp: "/", type: 3 },
      data: { packet: bytes, opts: {} },
    }),
  );
  assertEquals(receiver.messages.map(([, from]) => from), [
    "another",
    "another",
  ]);
  shards.deliver(CHANNEL, '{"uid":"a","nsp":"/x","type":3,"data":{}}');
  shards.deliver(CHANNEL, "{}");
  assertEquals(receiver.errors, [
    `Error: Cannot read a message on the channel "${CHANNEL}"`,
  ]);
  await bus.close();
});

Deno.test("ShardedBus answers the one that asked alone", async () => {
  const { bus, shards } = await openShardedBus();
  await bus.reply({ type: "client_count", requestId: "1", count: 2 }, "other");
  assertEquals(shards.published[0]![0], `${CHANNEL}other#`);
  await bus.close();
});

Deno.test("ShardedBus waits for the channels of rooms, but not for ever", async () => {
  using time = new FakeTime();
  const { bus, shards } = await openShardedBus();
  const gate = Promise.withResolvers<void>();
  shards.gate = gate.promise;
  const done: string[] = [];
  const enter = (name: string, ...rooms: string[]) =>
    Promise.resolve(bus.enter(rooms)).then(() => done.push(name));
  enter("first", "a");
  enter("second", "a");
  await flush();
  assertEquals(done, []);
  time.tick(999);
  await flush();
  assertEquals(done, []);
  gate.resolve();
  await flush();
  assertEquals(done, ["first", "second"]);
  assertEquals(bus.enter(["a"]), undefined);
  assertEquals(bus.enter([]), undefined);
  shards.gate = new Promise(() => {});
  enter("third", "b");
  time.tick(1_000);
  await flush();
  assertEquals(done, ["first", "second", "third"]);
  shards.isReady = false;
  assertEquals(bus.enter(["c"]), undefined);
  await bus.close();
});

Deno.test("ShardedBus listens with the next connection to rooms that are still there", async () => {
  const { bus, shards, receiver } = await openShardedBus();
  shards.gate = Promise.reject(new Error("away"));
  shards.told.length = 0;
  const entered = [bus.enter(["a"]), bus.enter(["b", "c"])];
  await flush();
  assertEquals(receiver.errors, ["Error: away"]);
  bus.leave("b");
  bus.leave("c");
  const again = bus.enter(["c"]);
  await flush();
  shards.gate = Promise.resolve();
  shards.told.length = 0;
  shards.ready.resolve();
  await Promise.all([...entered, again]);
  assertEquals(shards.told.toSorted(), [
    `subscribe ${CHANNEL}a#`,
    `subscribe ${CHANNEL}c#`,
  ]);
  bus.leave("a");
  bus.leave("a");
  bus.leave("unknown");
  assertEquals(shards.told.slice(2), [`unsubscribe ${CHANNEL}a#`]);
  await bus.close();
});

Deno.test("ShardedBus tells that it could not stop, unless there is no connection", async () => {
  const { bus, shards, receiver } = await openShardedBus();
  await bus.enter(["a", "b"]);
  shards.gate = Promise.reject(new Error("away"));
  bus.leave("a");
  await flush();
  assertEquals(receiver.errors, ["Error: away"]);
  shards.isReady = false;
  bus.leave("b");
  await flush();
  assertEquals(receiver.errors.length, 1);
  await bus.close();
});

Deno.test("ShardedBus joins with the next connection if it could not", async () => {
  const shards = new FakeShards();
  shards.gate = Promise.reject(new Error("away"));
  const { bus, receiver, opened } = startShardedBus("dynamic", shards);
  await flush();
  await assertRejects(() => bus.check(), Error, "the bus is opening");
  shards.gate = Promise.resolve();
  shards.ready.resolve();
  await opened;
  assertEquals(shards.listenerCount(CHANNEL), 1);
  assertEquals(receiver.errors, ["Error: away"]);
  await bus.close();
});

Deno.test("ShardedBus can be closed before Redis has answered", async () => {
  const shards = new FakeShards();
  shards.gate = new Promise(() => {});
  shards.isReady = false;
  const { bus, opened } = startShardedBus("dynamic", shards);
  await bus.close();
  await opened;
  assertEquals(shards.listenerCount(CHANNEL), 0);
});

Deno.test("ShardedBus answers as long as it is counted", async () => {
  const { bus, shards, receiver } = await openShardedBus();
  const gate = Promise.withResolvers<void>();
  shards.gate = gate.promise;
  const closed = bus.close();
  const data = { requestId: "r", opts: { rooms: [], except: [] } };
  const request = JSON.stringify({ uid: "another", nsp: "/", type: 7, data });
  shards.deliver(CHANNEL, request);
  assertEquals(receiver.messages.map(([{ type }]) => type), ["fetch"]);
  gate.resolve();
  await closed;
  shards.deliver(CHANNEL, request);
  assertEquals(receiver.messages.length, 1);
});

Deno.test("ShardedBus counts members, and those that share a client each", async () => {
  const { bus, shards } = await openShardedBus();
  shards.numsub = [CHANNEL, 3];
  assertEquals(await bus.serverCount(), 3);
  assertEquals(shards.told.at(-1), `PUBSUB SHARDNUMSUB ${CHANNEL}`);
  const other = startShardedBus("dynamic", shards);
  await other.opened;
  assertEquals(await bus.serverCount(), 4);
  shards.numsub = "?";
  await assertRejects(() => bus.serverCount(), Error, "gave no number");
  await other.bus.close();
  await bus.close();
});

Deno.test("ShardedBus is well when its own message comes back", async () => {
  const { bus, shards } = await openShardedBus();
  const checks = [bus.check(), bus.check()];
  await flush();
  const [[channel, probe]] = shards.published as [[string, string]]; // the first
  assert(/^socket\.io#\/#[0-9a-f]{16}#$/.test(channel), channel);
  shards.deliver(channel, probe);
  await Promise.all(checks);
  shards.pendingBytes = 10_000;
  await assertRejects(() => bus.check(), Error, "more than 10000 bytes");
  await bus.close();
  await bus.close();
  await assertRejects(() => bus.check(), Error, "is closed");
});
