/** What several servers with a cluster adapter must do, whatever carries their messages. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { AckTimeoutError } from "@deno-socketio/server";
import { ClusterAdapter } from "@deno-socketio/server/adapter";
import { next, plain, within } from "./clients.ts";
import {
  ClusterBed,
  type CreateFleet,
  type Pair,
  until,
} from "./cluster_bed.ts";
import { inTime } from "./within.ts";

/** What a bus cannot do. */
export interface Abilities {
  /** Whether it carries targets that are intersections of rooms. */
  readonly intersections?: boolean;
  /** Wraps each test. */
  readonly test?: (name: string, fn: () => Promise<void>) => void;
}

const heardBy = (pairs: readonly Pair[]) => pairs.map(({ heard }) => heard);

/**
 * Defines the tests of a cluster adapter.
 *
 * @param name What carries the messages.
 * @param create Makes a fleet.
 * @param abilities What it can do.
 */
export function clusterContract(
  name: string,
  create: CreateFleet,
  { intersections = false, test = (name, fn) => Deno.test(name, fn) }:
    Abilities = {},
): void {
  const claim = (
    claim: string,
    fn: (bed: ClusterBed) => Promise<void>,
    size = 3,
  ) =>
    test(`${name}: ${claim}`, async () => {
      await using bed = await ClusterBed.start(create, size);
      await fn(bed);
    });

  claim("a broadcast reaches the clients of all servers once", async (bed) => {
    const pairs = await bed.connectAll();
    bed.servers[0]!.emit("news", 1, "ünï", { nested: [null, true] });
    await bed.fence(pairs);
    const news = [["news", 1, "ünï", { nested: [null, true] }]];
    assertEquals(heardBy(pairs), [news, news, news]);
  });

  claim("a socket's broadcast leaves out itself alone", async (bed) => {
    const pairs = await bed.connectAll();
    pairs[1]!.socket.broadcast.emit("news");
    await bed.fence(pairs, 1);
    assertEquals(heardBy(pairs), [[["news"]], [], [["news"]]]);
  });

  claim("rooms are chosen and left out on all servers", async (bed) => {
    const [a, b, c] = await bed.connectAll() as [Pair, Pair, Pair];
    await a.socket.join(["one", "two"]);
    await b.socket.join("two");
    await c.socket.join(["one", "three"]);
    const [io] = bed.servers;
    io!.to("one").emit("to one");
    io!.to(["two", "three"]).except("one").emit("not one");
    io!.to("nowhere").emit("to nobody");
    io!.except("two").emit("not two");
    io!.to(b.socket.id).emit("to b");
    await bed.fence([a, b, c]);
    assertEquals(heardBy([a, b, c]), [
      [["to one"]],
      [["not one"], ["to b"]],
      [["to one"], ["not two"]],
    ]);
  });

  claim("a local broadcast stays on its server", async (bed) => {
    const pairs = await bed.connectAll();
    bed.servers[0]!.local.emit("news");
    bed.servers[0]!.local.socketsJoin("room");
    await bed.fence(pairs);
    assertEquals(heardBy(pairs), [[["news"]], [], []]);
    assertEquals(
      pairs.map(({ socket }) => socket.rooms.has("room")),
      [true, false, false],
    );
  });

  claim("bytes arrive, wherever they are", async (bed) => {
    const pairs = await bed.connectAll();
    const bytes = Uint8Array.of(0, 1, 255);
    bed.servers[0]!.emit("news", bytes, { deep: [bytes.buffer, "text"] });
    await bed.fence(pairs);
    const news = [["news", bytes, { deep: [bytes, "text"] }]];
    assertEquals(heardBy(pairs).map(plain), [news, news, news]);
  });

  claim("values arrive as JSON has them", async (bed) => {
    const pairs = await bed.connectAll();
    const date = new Date(1_700_000_000_123);
    const own = { toJSON: () => "own" };
    bed.servers[0]!.emit("news", { date, own, none: undefined, half: 0.5 });
    bed.servers[0]!.emit(
      "edges",
      null,
      "",
      0,
      -1,
      2 ** 31,
      2 ** 53,
      -(2 ** 40),
    );
    await bed.fence(pairs);
    const heard = [
      ["news", { date: date.toJSON(), own: "own", half: 0.5 }],
      ["edges", null, "", 0, -1, 2 ** 31, 2 ** 53, -(2 ** 40)],
    ];
    assertEquals(heardBy(pairs), [heard, heard, heard]);
  });

  claim("a burst arrives whole and in order", async (bed) => {
    const pairs = await bed.connectAll();
    for (let i = 0; i < 2_000; i++) bed.servers[0]!.emit("count", i);
    await bed.fence(pairs);
    for (const { heard } of pairs) {
      assertEquals(
        heard,
        Array.from({ length: 2_000 }, (_, i) => ["count", i]),
      );
    }
  });

  claim("large packets arrive", async (bed) => {
    const pairs = await bed.connectAll();
    const text = "é".repeat(60_000);
    const bytes = new Uint8Array(60_000).fill(7);
    bed.servers[0]!.emit("large", text, bytes);
    await bed.fence(pairs);
    for (const { heard } of pairs) {
      assertEquals(plain(heard), [["large", text, bytes]]);
    }
  });

  claim("namespaces do not mix", async (bed) => {
    for (const io of bed.servers) io.of("/other");
    await bed.join("/other");
    const main = await bed.connectAll();
    const other = await bed.connectAll("/other");
    bed.servers[0]!.of("/other").emit("news");
    bed.servers[0]!.of("/other").to(main[1]!.socket.id).emit("stray");
    await bed.fence(other, 0, "/other");
    await bed.fence(main);
    assertEquals(heardBy(main), [[], [], []]);
    assertEquals(heardBy(other), [[["news"]], [["news"]], [["news"]]]);
  });

  claim("fetchSockets() finds the sockets of all servers", async (bed) => {
    const pairs = await bed.connectAll();
    pairs.forEach(({ socket }, i) => {
      socket.data = { number: i };
      if (i > 0) socket.join("room");
    });
    const [io] = bed.servers;
    const all = await io!.fetchSockets();
    const ids = pairs.map(({ socket }) => socket.id);
    assertEquals(all.map(({ id }) => id).sort(), ids.toSorted());
    const found = await io!.in("room").except(ids[2]!).fetchSockets();
    assertEquals(found.length, 1);
    const [remote] = found;
    assertEquals(remote!.id, ids[1]);
    assertEquals(remote!.data, { number: 1 });
    assertEquals(remote!.rooms, new Set([ids[1]!, "room"]));
    assertEquals(remote!.handshake.query.EIO, "4");
    assertEquals(
      remote!.handshake.issued,
      pairs[1]!.socket.handshake.issued,
    );
    assertEquals((await io!.local.fetchSockets()).map(({ id }) => id), [
      ids[0],
    ]);
    assertEquals(await io!.allSockets(), new Set(ids));
  });

  claim(
    "a remote socket can be sent to, moved and disconnected",
    async (bed) => {
      const pairs = await bed.connectAll();
      const { socket, client, heard } = pairs[1]!;
      const found = await bed.servers[0]!.in(socket.id).fetchSockets();
      const [remote] = found;
      remote!.emit("hello", 1);
      remote!.join(["a", "b"]);
      remote!.leave("a");
      await bed.fence(pairs);
      assertEquals(heard, [["hello", 1]]);
      assertEquals(socket.rooms, new Set([socket.id, "b"]));
      const gone = next(client, "disconnect");
      remote!.disconnect();
      assertEquals((await gone)[0], "io server disconnect");
    },
  );

  claim("a remote socket gives its one answer", async (bed) => {
    const pairs = await bed.connectAll();
    const { socket, client } = pairs[1]!;
    client.on("double", (number, answer) => answer(2 * number));
    const [remote] = await bed.servers[0]!.in(socket.id).fetchSockets();
    const asked = (target: {
      emit(name: string, ...args: unknown[]): true;
    }) =>
      within(
        new Promise<unknown[]>((resolve) =>
          target.emit("double", 21, (...answer: unknown[]) => resolve(answer))
        ),
        "an answer",
      );
    assertEquals(await asked(remote!), [null, 42]);
    assertEquals(await asked(remote!.timeout(5_000)), [null, 42]);
    assertEquals(await remote!.timeout(5_000).emitWithAck("double", 4), 8);
    await assertRejects(
      () => remote!.timeout(1).emitWithAck("nothing"),
      AckTimeoutError,
    );
  });

  claim("socketsJoin() and socketsLeave() reach all servers", async (bed) => {
    const pairs = await bed.connectAll();
    const [io] = bed.servers;
    io!.except(pairs[2]!.socket.id).socketsJoin(["a", "b"]);
    io!.in("a").socketsLeave("b");
    await bed.fence(pairs);
    assertEquals(
      pairs.map(({ socket: { id, rooms } }) =>
        [...rooms].filter((room) => room !== id)
      ),
      [["a"], ["a"], []],
    );
  });

  claim("disconnectSockets() reaches all servers", async (bed) => {
    const pairs = await bed.connectAll();
    pairs[1]!.socket.join("room");
    pairs[2]!.socket.join("room");
    const gone = pairs.slice(1).map(({ client }) => next(client, "disconnect"));
    bed.servers[0]!.in("room").disconnectSockets(true);
    await Promise.all(gone);
    assert(pairs[0]!.client.connected);
  });

  claim("serverSideEmit() reaches the other servers", async (bed) => {
    const heard: unknown[][] = [];
    const all = bed.servers.map((io, i) =>
      new Promise<void>((resolve) =>
        io.on("news", (...args: unknown[]) => {
          heard.push([i, ...args]);
          resolve();
        })
      )
    );
    bed.servers[1]!.serverSideEmit("news", 1, { two: "2" });
    await Promise.all([all[0], all[2]]);
    assertEquals(heard.sort(), [[0, 1, { two: "2" }], [2, 1, { two: "2" }]]);
  });

  claim(
    "serverSideEmitWithAck() gives the answers of the others",
    async (bed) => {
      bed.servers.forEach((io, i) =>
        io.on("ask", (a: number, answer: (b: unknown) => void) => {
          answer({ sum: a + i });
          answer("twice");
        })
      );
      const answers = await bed.servers[0]!.serverSideEmitWithAck("ask", 10);
      assertEquals(
        answers.sort((a, b) => a.sum - b.sum),
        [{ sum: 11 }, { sum: 12 }],
      );
    },
  );

  claim("a broadcast's acknowledgements come from all servers", async (bed) => {
    const pairs = await bed.connectAll();
    pairs.forEach(({ client }, i) =>
      client.on("ask", (bytes, answer) => answer([i, bytes.length]))
    );
    const answers = await bed.servers[0]!.timeout(10_000)
      .emitWithAck("ask", Uint8Array.of(1, 2));
    assertEquals(answers.sort(), [[0, 2], [1, 2], [2, 2]]);
    const bytes = Uint8Array.of(9);
    pairs.forEach(({ client }) =>
      client.on("bytes", (answer) => answer(bytes))
    );
    const found = await bed.servers[1]!.timeout(10_000).emitWithAck("bytes");
    assertEquals(found.map(plain), [bytes, bytes, bytes]);
    assertEquals(
      await bed.servers[0]!.to("nowhere").timeout(10_000).emitWithAck("ask"),
      [],
    );
  });

  claim(
    "a broadcast's acknowledgement that does not come fails with the others",
    async (bed) => {
      const pairs = await bed.connectAll();
      pairs[0]!.client.on("ask", (answer) => answer("a"));
      pairs[1]!.client.on("ask", (answer) => answer("b"));
      const answers = await inTime(2, async (timeout) => {
        const error = await assertRejects(
          () => bed.servers[0]!.timeout(timeout).emitWithAck("ask"),
          AckTimeoutError,
        );
        return error.responses ?? [];
      });
      assertEquals(answers.toSorted(), ["a", "b"]);
    },
  );

  claim(
    intersections
      ? "rooms by intersection are chosen on all servers"
      : "rooms by intersection are refused, and chosen on one server",
    async (bed) => {
      const pairs = await bed.connectAll();
      pairs[0]!.socket.join(["a", "b"]);
      pairs[1]!.socket.join(["a", "b"]);
      pairs[2]!.socket.join("a");
      const [io] = bed.servers;
      if (intersections) io!.to("a").and("b").emit("news");
      else {
        let message = "";
        try {
          io!.to("a").and("b").emit("stray");
        } catch (error) {
          message = (error as Error).message; // what it threw
        }
        assert(message.startsWith("Cannot choose sockets of other servers"));
        io!.local.to("a").and("b").emit("news");
      }
      await bed.fence(pairs);
      assertEquals(
        heardBy(pairs),
        [[["news"]], intersections ? [["news"]] : [], []],
      );
    },
  );

  claim("a server that closes is not waited for", async (bed) => {
    const pairs = await bed.connectAll();
    await bed.servers[2]!.close();
    const [io] = bed.servers;
    await until(
      async () => await io!.of("/").adapter.serverCount() === 2,
      "two servers",
    );
    const found = await io!.fetchSockets();
    assertEquals(
      found.map(({ id }) => id).sort(),
      pairs.slice(0, 2).map(({ socket }) => socket.id).sort(),
    );
  });

  claim("checkHealth() counts the servers", async (bed) => {
    const { adapter } = bed.servers[0]!.of("/");
    assert(adapter instanceof ClusterAdapter);
    assertEquals(await adapter.checkHealth(), {
      isHealthy: true,
      serverCount: 3,
    });
    assertEquals(await adapter.allRooms(), new Set());
  });
}
