/** Sessions that go on with any server of a Redis stream. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import type { Server } from "@deno-socketio/server";
import {
  createStreamsAdapter,
  type StreamsAdapterOptions,
} from "@deno-socketio/server/redis";
import { compareIds } from "../src/adapter/redis/stream_id.ts";
import { connected, next, plain, TestBed, within } from "./_support/clients.ts";
import { until } from "./_support/cluster_bed.ts";
import { requires, startRedis } from "./_support/environment.ts";
import { recoveryContract } from "./_support/recovery_contract.ts";
import { connectRedis } from "./_support/redis_bed.ts";
import {
  keysOf,
  type Mover,
  PATIENT,
  StreamsBed,
  type StreamsBedOptions,
} from "./_support/streams_bed.ts";
import { startApp } from "./_support/target_deno.ts";

const VARIANTS: Record<string, StreamsAdapterOptions> = {
  "Redis streams adapter": PATIENT,
  "Redis streams adapter with snapshots": { ...PATIENT, snapshotInterval: 50 },
};

for (const [variant, options] of Object.entries(VARIANTS)) {
  recoveryContract(
    (name, run) =>
      Deno.test(requires({ redis: true }, `${variant}: ${name}`, run)),
    async (server) => {
      await using stack = new AsyncDisposableStack();
      const { port } = stack.use(await startRedis());
      const { client } = stack.use(await connectRedis("node-redis", port));
      const create = createStreamsAdapter(client, options);
      const adapters: ReturnType<typeof create>[] = [];
      const running = stack.use(
        await startApp("recovery", {
          ...server,
          adapter(nsp) {
            const adapter = create(nsp);
            adapters.push(adapter);
            return adapter;
          },
        }),
      );
      // A session that begins before the stream is known can go on with an offset alone.
      for (const adapter of adapters) {
        await until(
          async () => (await adapter.checkHealth()).isHealthy,
          "the stream",
        );
      }
      const moved = stack.move();
      return {
        url: running.url,
        reported: (kind, fields) => running.reported(kind, fields),
        sessions: () => running.sessions(),
        stop: () => running.stop(),
        [Symbol.asyncDispose]: () => moved.disposeAsync(),
      };
    },
  );
}

function testStreams(
  name: string,
  fn: (bed: StreamsBed) => Promise<void>,
  options?: StreamsBedOptions,
): void {
  Deno.test(
    requires({ redis: true }, `Redis streams adapter: ${name}`, async () => {
      await using bed = await StreamsBed.start(options);
      await fn(bed);
    }),
  );
}

testStreams(
  "a client goes on with another server, and misses nothing",
  async (bed) => {
    const [a, b] = bed.servers as [Server, Server];
    const before = await bed.connect(0);
    const { id } = before.client;
    const socket = bed.socketOf(before);
    socket.data = { visits: 1, bytes: Uint8Array.of(7) };
    await socket.join("room");
    socket.emit("direct", "seen");
    await bed.settle(before);
    await bed.cut(before);
    a.emit("missed", 1);
    b.to("room").emit("missed", 2, Uint8Array.of(0, 255));
    b.to("another").except("room").emit("not for it");
    b.volatile.emit("volatile");
    a.to(id!).emit("missed", 3);
    const after = await bed.move(before, 1);
    await bed.settle(after);
    assertEquals([after.client.id, bed.hasRecovered(after)], [id, true]);
    assertEquals(
      plain(after.heard.toSorted(([, a], [, b]) => Number(a) - Number(b))),
      [
        ["missed", 1],
        ["missed", 2, Uint8Array.of(0, 255)],
        ["missed", 3],
      ],
    );
    const found = bed.socketOf(after);
    assertEquals(found.rooms, new Set([id!, "room"]));
    assertEquals(plain(found.data), socket.data);
    assertEquals(before.heard, [["direct", "seen"]]);
  },
);

testStreams(
  "a client goes on with a server that was started meanwhile",
  async (bed) => {
    const [a] = bed.servers;
    const before = await bed.connect(0);
    bed.socketOf(before).join("room");
    a!.emit("seen");
    await bed.settle(before);
    const quiet = await bed.connect(0);
    for (const mover of [before, quiet]) await bed.cut(mover);
    // More than is read from the stream at once.
    for (let i = 0; i < 1_200; i++) {
      a!.to(i % 2 === 0 ? "room" : "another").emit("missed", i);
    }
    await bed.settle(await bed.connect(0));
    const server = await bed.grow();
    const after = await bed.move(before, server);
    await bed.settle(after, server);
    assertEquals(
      after.heard,
      Array.from({ length: 600 }, (_, i) => ["missed", 2 * i]),
    );
    const still = await bed.move(quiet, server);
    await bed.settle(still, server);
    assertEquals([bed.hasRecovered(still), still.heard], [true, []]);
  },
);

testStreams(
  "a client goes on with a server that does not know the stream yet",
  async (bed) => {
    const before = await bed.connect(0);
    await bed.settle(before);
    await bed.cut(before);
    bed.servers[1]!.emit("missed", 1);
    bed.redis.freeze();
    await using redis = await connectRedis("node-redis", bed.redis.port, {
      isAwaited: false,
    });
    await using late = new TestBed("4.8.4", "websocket", {
      connectionStateRecovery: {},
      adapter: createStreamsAdapter(redis.client, PATIENT),
    });
    const after = bed.open(late.url, keysOf(before.client));
    await until(() => late.io.engine.clientsCount === 1, "a client");
    bed.redis.thaw();
    await connected(after.client);
    assertEquals(
      late.io.of("/").sockets.get(after.client.id!)?.recovered,
      true,
    );
    assertEquals(after.heard, [["missed", 1]]);
  },
);

testStreams(
  "a client that got no event goes on with another server",
  async (bed) => {
    const first = await bed.connect(0);
    bed.servers[0]!.emit("before");
    await bed.settle(first);
    const before = await bed.connect(0);
    await bed.cut(before);
    bed.servers[0]!.emit("missed");
    const after = await bed.move(before, 1);
    await bed.settle(after);
    assert(bed.hasRecovered(after));
    assertEquals(after.heard, [["missed"]]);
  },
);

testStreams(
  "a client whose old connection still seems open goes on with another server",
  async (bed) => {
    const before = await bed.connect(0);
    await bed.settle(before);
    const old = bed.socketOf(before);
    const gone = next(old, "disconnect");
    const after = await bed.move(before, 1);
    await gone;
    assert(bed.hasRecovered(after));
    assertEquals(after.client.id, old.id);
  },
);

testStreams("a session goes on with one server alone", async (bed) => {
  const before = await bed.connect(0);
  await bed.settle(before);
  await bed.cut(before);
  await Promise.all([0, 1, 0, 1].map((i) => bed.move(before, i)));
  const sockets = bed.servers.flatMap((io) => [...io.sockets.sockets.values()]);
  assertEquals(sockets.filter(({ recovered }) => recovered).length, 1);
  assertEquals(new Set(sockets.map(({ id }) => id)).size, sockets.length);
});

testStreams("a session of one namespace opens no other", async (bed) => {
  for (const io of bed.servers) {
    io.of("/admin").use(() => {
      throw new Error("no admin");
    });
  }
  const before = await bed.connect(0);
  await bed.settle(before);
  await bed.cut(before);
  const stranger = await bed.connect(1, keysOf(before.client), "/admin")
    .catch(String);
  assertEquals(stranger, "Error: no admin");
});

testStreams(
  "a client starts afresh if the stream has forgotten what it missed",
  async (bed) => {
    const before = await bed.connect(0);
    await bed.settle(before);
    await bed.cut(before);
    for (const io of bed.servers) io.of("/").adapter.on("error", () => {});
    // So many that the other server has forgotten them, too.
    for (let i = 0; i < 3_000; i++) bed.servers[1]!.emit("missed", i);
    await bed.settle(await bed.connect(1), 1);
    const after = await bed.move(before, 1);
    assertEquals(bed.hasRecovered(after), false);
    assertEquals(after.heard, []);
  },
  { adapter: { maxLen: 10 } },
);

testStreams(
  "a client that missed more than can be sent to it starts afresh",
  async (bed) => {
    const before = await bed.connect(0);
    await bed.settle(before);
    await bed.cut(before);
    for (let i = 0; i < 300; i++) {
      bed.servers[0]!.emit("missed", "x".repeat(500));
    }
    await bed.settle(await bed.connect(1));
    const after = await bed.move(before, 1);
    assertEquals(bed.hasRecovered(after), false);
  },
  { server: { maxBufferedAmount: 100_000 } },
);

testStreams(
  "a client that is let in late gets what was sent meanwhile",
  async (bed) => {
    const before = await bed.connect(0);
    bed.socketOf(before).join("room");
    await bed.settle(before);
    await bed.cut(before);
    const entered = Promise.withResolvers<void>();
    const { promise: opened, resolve: open } = Promise.withResolvers<void>();
    bed.servers[1]!.use(() => {
      entered.resolve();
      return opened;
    });
    bed.servers[0]!.emit("before it is let in");
    const moved = bed.move(before, 1);
    await within(entered.promise, "the middleware");
    bed.servers[0]!.to("room").emit("meanwhile", 0);
    bed.servers[1]!.to("room").emit("meanwhile", 1);
    bed.servers[1]!.emit("meanwhile", 2);
    await bed.settle(await bed.connect(0), 1);
    open();
    const after = await moved;
    await bed.settle(after);
    await bed.settle(after, 1);
    assert(bed.hasRecovered(after));
    assertEquals(after.heard.length, 4);
    assertEquals(after.heard[0], ["before it is let in"]);
    assertEquals(new Set(after.heard.map(String)).size, 4);
  },
  { server: { connectionStateRecovery: { skipMiddlewares: false } } },
);

testStreams(
  "offsets ascend, whichever servers events come from",
  async (bed) => {
    const movers = await Promise.all([0, 1].map((i) => bed.connect(i)));
    for (let i = 0; i < 500; i++) {
      for (const io of bed.servers) io.emit("count", i);
      if (i % 50 === 0) await new Promise((resolve) => setTimeout(resolve));
    }
    for (const mover of movers) {
      await bed.settle(mover, 0);
      await bed.settle(mover, 1);
      assertEquals(mover.heard.length, 1_000);
      const offsets = mover.offsets as string[]; // as streams have them
      assertEquals(offsets, offsets.toSorted(compareIds));
      assertEquals(new Set(offsets).size, offsets.length);
    }
  },
);

testStreams(
  "clients that move all the time get each event once, in order",
  async (bed) => {
    let isOver = false;
    const publish = async (io: Server, publisher: number) => {
      for (let i = 0; !isOver; i++) {
        io.emit("count", publisher, i);
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      return publisher;
    };
    const travel = async (start: number) => {
      let mover = await bed.connect(start);
      const all = [mover];
      for (let i = 0; i < 12; i++) {
        await new Promise((resolve) => setTimeout(resolve, 3 + (i * 7) % 11));
        await bed.cut(mover);
        mover = await bed.move(mover, (start + i + 1) % 2);
        assert(bed.hasRecovered(mover), `move ${i}`);
        all.push(mover);
      }
      return { mover, all };
    };
    const published = bed.servers.map(publish);
    const travels = await Promise.all([0, 1, 0, 1, 0, 1].map(travel));
    isOver = true;
    await Promise.all(published);
    for (const { mover, all } of travels) {
      await bed.settle(mover, 0);
      await bed.settle(mover, 1);
      const heard = all.flatMap(({ heard }) => heard);
      for (const publisher of [0, 1]) {
        const counts = heard.filter(([, from]) => from === publisher)
          .map(([, , count]) => count as number); // as sent above
        assert(counts.length > 10);
        assertEquals(
          counts,
          Array.from(counts, (_, i) => counts[0]! + i),
        );
      }
    }
  },
);

testStreams(
  "answers, questions and goodbyes come behind the events before them",
  async (bed) => {
    const mover = await bed.connect(0);
    const socket = bed.socketOf(mover);
    socket.on("ask", (answer: () => void) => {
      socket.emit("a");
      bed.servers[0]!.emit("b");
      answer();
    });
    await new Promise<void>((resolve) => mover.client.emit("ask", resolve));
    assertEquals(mover.heard, [["a"], ["b"]]);
    const asked = next(mover.client, "question");
    socket.emit("c");
    socket.emit("question", () => {});
    await asked;
    assertEquals(mover.heard.slice(2), [["c"], ["question"]]);
    const gone = next(mover.client, "disconnect");
    socket.emit("d");
    bed.servers[0]!.emit("e");
    socket.disconnect();
    assertEquals((await gone)[0], "io server disconnect");
    assertEquals(mover.heard.slice(4), [["d"], ["e"]]);
    const other = await bed.connect(0);
    const otherGone = next(other.client, "disconnect");
    bed.servers[0]!.emit("f");
    bed.servers[0]!.disconnectSockets(true);
    await otherGone;
    assertEquals(other.heard, [["f"]]);
  },
);

testStreams(
  "an event is what it was when it was sent, wherever it is heard",
  async (bed) => {
    const movers = await Promise.all([0, 1].map((i) => bed.connect(i)));
    const [io] = bed.servers;
    io!.local.socketsJoin(["a", "b"]);
    const late = await bed.connect(0);
    bed.socketOf(late).join("a");
    await Promise.all(movers.map((mover) => bed.settle(mover)));
    const state = { count: 0, bytes: Uint8Array.of(1) };
    for (; state.count < 5; state.count++) io!.emit("state", state);
    io!.local.to("a").and("b").emit("local", state);
    state.bytes[0] = 9;
    state.count = 99;
    const states = [0, 1, 2, 3, 4].map((
      count,
    ) => ["state", { count, bytes: Uint8Array.of(1) }]);
    const local = ["local", { count: 5, bytes: Uint8Array.of(1) }];
    for (const mover of [...movers, late]) await bed.settle(mover);
    assertEquals(plain(movers[0]!.heard), [...states, local]);
    assertEquals(plain(movers[1]!.heard), states);
    assertEquals(plain(late.heard), states);
  },
);

testStreams("io.close() lets the last events go first", async (bed) => {
  const mover = await bed.connect(0);
  const gone = next(mover.client, "disconnect");
  bed.servers[0]!.emit("bye");
  await bed.servers[0]!.close();
  await gone;
  assertEquals(mover.heard, [["bye"]]);
  const after = await bed.move(mover, 1);
  await bed.settle(after, 1);
  assert(bed.hasRecovered(after));
  assertEquals(after.heard, []);
});

testStreams(
  "what cannot be sent to others is told, and sent to those who are here",
  async (bed) => {
    const errors: unknown[] = [];
    const [io] = bed.servers;
    io!.of("/").adapter.on("error", (error) => errors.push(error));
    const mover = await bed.connect(0);
    io!.emit("blob", new Blob(["text"]));
    await bed.settle(mover);
    assertEquals(mover.heard.map(([name]) => name), ["blob"]);
    assertEquals(errors.length, 1);
    assertThrows(() => io!.emit("number", 1n), TypeError);
  },
);

for (const [where, to] of [["the same server", 0], ["another", 1]] as const) {
  testStreams(
    `a client that goes on with ${where} after Redis has hung misses nothing`,
    async (bed) => {
      for (const io of bed.servers) io.of("/").adapter.on("error", () => {});
      const [here, there] = [await bed.connect(0), await bed.connect(1)];
      bed.servers[0]!.emit("count", 0);
      await bed.settle(here);
      const keys = keysOf(here.client);
      bed.redis.freeze();
      for (let i = 1; i < 10; i++) bed.servers[0]!.emit("count", i);
      await bed.settle(here);
      bed.redis.thaw();
      await bed.settle(there);
      await bed.cut(here);
      bed.servers[1]!.emit("count", 10);
      // As if it had got nothing while Redis hung.
      const after = await bed.connect(to, keys);
      await bed.settle(after, 1);
      await bed.settle(after);
      const countsOf = ({ heard }: Mover) =>
        heard.filter(([name]) => name === "count").map(([, count]) => count);
      assertEquals(countsOf(here), Array.from({ length: 10 }, (_, i) => i));
      assertEquals(countsOf(there).slice(0, 10), countsOf(here));
      assertEquals(countsOf(after), countsOf(there).slice(1));
    },
    { adapter: { publishTimeout: 50 } },
  );
}

testStreams(
  "what others write into the stream costs an error each, and no more",
  async (bed) => {
    const errors: unknown[] = [];
    const [io, other] = bed.servers;
    io!.of("/").adapter.on("error", (error) => errors.push(error));
    other!.of("/").adapter.on("error", () => {});
    const mover = await bed.connect(0);
    const { redis } = bed;
    await redis.command("XADD socket.io * who knows");
    await redis.command("XADD socket.io * nsp /elsewhere uid x type 3 data {");
    await bed.settle(mover);
    assertEquals(errors, []);
    await redis.command("XADD socket.io * nsp / uid x type 3 data {");
    await redis.command("XADD socket.io * nsp / uid x type 99 data {}");
    await redis.command("PUBLISH socket.io#/# garbage");
    await bed.settle(mover);
    assertEquals(errors.length, 3);
    await bed.cut(mover);
    const { pid } = keysOf(mover.client);
    const spoil = `SET sio:session:${pid} garbage XX`; // once it is there
    await until(
      async () => await redis.command(spoil) === "+OK",
      "the session in Redis",
    );
    const after = await bed.move(mover, 0);
    assertEquals([bed.hasRecovered(after), errors.length], [false, 4]);
    for (const offset of ["", "$", "+", "9999999999999999999-0", "1 1"]) {
      const client = await bed.connect(0);
      await bed.cut(client);
      const { pid } = keysOf(client.client);
      const back = await bed.connect(1, { pid, offset });
      assert(bed.hasRecovered(back), offset);
    }
    assertEquals(errors.length, 4);
  },
);
