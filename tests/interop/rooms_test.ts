/** Rooms, broadcasts, and what is done to many sockets at once. */

import { assertEquals, assertStrictEquals } from "@std/assert";
import type { Socket } from "../../mod.ts";
import {
  type Client,
  next,
  settle,
  type TestBed,
  testClients,
} from "../_support/clients.ts";

/** Clients by name, who write down what they hear. */
class Party {
  readonly #members: ReadonlyMap<string, [server: Socket, client: Client]>;
  readonly #heard: string[] = [];

  private constructor(members: Map<string, [Socket, Client]>) {
    this.#members = members;
    for (const [name, [, client]] of members) {
      client.on("hello", (what = "") => this.#heard.push(name + what));
    }
  }

  static async invite(bed: TestBed, ...names: string[]): Promise<Party> {
    const members = new Map<string, [Socket, Client]>();
    for (const name of names) {
      const [server, client] = await bed.pair();
      server.data.name = name;
      members.set(name, [server, client]);
    }
    return new Party(members);
  }

  socket(name: string): Socket {
    return this.#member(name)[0];
  }

  client(name: string): Client {
    return this.#member(name)[1];
  }

  #member(name: string): [Socket, Client] {
    const member = this.#members.get(name);
    if (member === undefined) throw new Error(`Nobody is called ${name}`);
    return member;
  }

  /** Who has heard since the last time, in alphabetic order. */
  async heard(): Promise<string> {
    for (const [server, client] of this.#members.values()) {
      if (client.connected) await settle(client, server);
    }
    return this.#heard.splice(0).sort().join(" ");
  }
}

testClients(
  "io.emit() reaches everybody, socket.broadcast all others",
  async (bed) => {
    const party = await Party.invite(bed, "a", "b", "c");
    bed.io.emit("hello");
    assertEquals(await party.heard(), "a b c");
    party.socket("a").broadcast.emit("hello");
    assertEquals(await party.heard(), "b c");
    party.socket("a").emit("hello");
    assertEquals(await party.heard(), "a");
  },
);

testClients("Broadcasts carry bytes to everybody", async (bed) => {
  const party = await Party.invite(bed, "a", "b");
  const arrived = ["a", "b"].map((name) => next(party.client(name), "bytes"));
  bed.io.emit("bytes", { deep: [Uint8Array.of(1, 2)] });
  for (const args of await Promise.all(arrived)) {
    const [{ deep: [bytes] }] = args as [{ deep: [Uint8Array] }]; // as it was sent
    assertEquals(new Uint8Array(bytes), Uint8Array.of(1, 2));
  }
});

testClients(
  "socket.join() and leave() decide who hears io.to()",
  async (bed) => {
    const party = await Party.invite(bed, "a", "b", "c");
    party.socket("a").join("room");
    party.socket("b").join(["room", "other"]);
    bed.io.to("room").emit("hello");
    assertEquals(await party.heard(), "a b");
    bed.io.in("other").emit("hello");
    assertEquals(await party.heard(), "b");
    party.socket("b").leave("room");
    bed.io.to("room").emit("hello");
    assertEquals(await party.heard(), "a");
    bed.io.to("nowhere").emit("hello");
    assertEquals(await party.heard(), "");
  },
);

testClients("socket.to() leaves out the sender", async (bed) => {
  const party = await Party.invite(bed, "a", "b", "c");
  party.socket("a").join("room");
  party.socket("b").join("room");
  party.socket("a").to("room").emit("hello");
  assertEquals(await party.heard(), "b");
  party.socket("c").in("room").emit("hello");
  assertEquals(await party.heard(), "a b");
});

testClients("A socket in several rooms hears a broadcast once", async (bed) => {
  const party = await Party.invite(bed, "a", "b", "c");
  party.socket("a").join(["x", "y", "z"]);
  party.socket("b").join("y");
  bed.io.to("x").to("y").emit("hello");
  assertEquals(await party.heard(), "a b");
  bed.io.to(["x", "y", "z"]).emit("hello");
  assertEquals(await party.heard(), "a b");
  party.socket("c").to("x").to("z").emit("hello");
  assertEquals(await party.heard(), "a");
});

testClients("except() leaves out rooms and sockets", async (bed) => {
  const party = await Party.invite(bed, "a", "b", "c");
  party.socket("a").join(["x", "y"]);
  party.socket("b").join("x");
  bed.io.except("y").emit("hello");
  assertEquals(await party.heard(), "b c");
  bed.io.to("x").except("y").emit("hello");
  assertEquals(await party.heard(), "b");
  bed.io.except(["x", "y"]).emit("hello");
  assertEquals(await party.heard(), "c");
  bed.io.except(party.socket("c").id).emit("hello");
  assertEquals(await party.heard(), "a b");
  party.socket("c").except("y").emit("hello");
  assertEquals(await party.heard(), "b");
  party.socket("c").broadcast.except("x").emit("hello");
  assertEquals(await party.heard(), "");
});

testClients("A socket's id is a room of its own", async (bed) => {
  const party = await Party.invite(bed, "a", "b");
  bed.io.to(party.socket("b").id).emit("hello");
  assertEquals(await party.heard(), "b");
  party.socket("a").to(party.socket("b").id).emit("hello");
  assertEquals(await party.heard(), "b");
  party.socket("a").to(party.socket("a").id).emit("hello");
  assertEquals(await party.heard(), "");
});

testClients(
  "Operators are not changed by what is chosen after them",
  async (bed) => {
    const party = await Party.invite(bed, "a", "b", "c");
    party.socket("a").join("x");
    party.socket("b").join("y");
    const x = bed.io.to("x");
    const both = x.to("y");
    const none = x.except("x");
    x.emit("hello", 1);
    both.emit("hello", 2);
    none.emit("hello", 3);
    bed.io.emit("hello", 4);
    assertEquals(await party.heard(), "a1 a2 a4 b2 b4 c4");
  },
);

testClients("A room is gone from a socket that has left", async (bed) => {
  const party = await Party.invite(bed, "a", "b");
  const { adapter } = bed.io.of("/");
  const events: string[] = [];
  for (
    const name of [
      "create-room",
      "join-room",
      "leave-room",
      "delete-room",
    ] as const
  ) {
    adapter.on(name, (room: string) => {
      if (room === "room") events.push(name);
    });
  }
  const a = party.socket("a");
  a.join("room");
  party.socket("b").join("room");
  assertEquals(
    [...adapter.rooms.get("room") ?? []].length,
    2,
  );
  const left = next(a, "disconnect");
  party.client("a").disconnect();
  await left;
  assertEquals(adapter.sids.has(a.id), false);
  a.join("room");
  assertEquals([...a.rooms], []);
  bed.io.to("room").emit("hello");
  assertEquals(await party.heard(), "b");
  party.socket("b").leave("room");
  assertEquals(adapter.rooms.has("room"), false);
  assertEquals(events, [
    "create-room",
    "join-room",
    "join-room",
    "leave-room",
    "leave-room",
    "delete-room",
  ]);
});

testClients(
  "fetchSockets() finds the sockets that handlers get",
  async (bed) => {
    const party = await Party.invite(bed, "a", "b", "c");
    party.socket("a").join("room");
    party.socket("b").join(["room", "banned"]);
    const names = async (found: ReturnType<typeof bed.io.fetchSockets>) =>
      (await found).map(({ data }) => data.name).sort();
    assertEquals(await names(bed.io.fetchSockets()), ["a", "b", "c"]);
    assertEquals(await names(bed.io.in("room").fetchSockets()), ["a", "b"]);
    assertEquals(
      await names(bed.io.in("room").except("banned").fetchSockets()),
      ["a"],
    );
    assertEquals(
      await names(party.socket("a").broadcast.fetchSockets()),
      ["b", "c"],
    );
    const [found] = await bed.io.in("room").except("banned").fetchSockets();
    assertStrictEquals<unknown>(found, party.socket("a"));
    found?.emit("hello");
    assertEquals(await party.heard(), "a");
  },
);

testClients(
  "socketsJoin() and socketsLeave() move many sockets",
  async (bed) => {
    const party = await Party.invite(bed, "a", "b", "c");
    bed.io.socketsJoin("all");
    party.socket("a").join("x");
    bed.io.in("x").socketsJoin(["y", "z"]);
    bed.io.to("all").emit("hello", 1);
    bed.io.to("z").emit("hello", 2);
    assertEquals(await party.heard(), "a1 a2 b1 c1");
    bed.io.except("x").socketsLeave("all");
    bed.io.to("all").emit("hello");
    assertEquals(await party.heard(), "a");
    party.socket("b").broadcast.socketsJoin("others");
    bed.io.to("others").emit("hello");
    assertEquals(await party.heard(), "a c");
    bed.io.socketsLeave(["all", "others"]);
    bed.io.to(["all", "others"]).emit("hello");
    assertEquals(await party.heard(), "");
  },
);

testClients(
  "disconnectSockets() puts sockets out of the namespace",
  async (bed) => {
    const party = await Party.invite(bed, "a", "b");
    party.socket("a").join("room");
    const atServer = next(party.socket("a"), "disconnect");
    const atClient = next(party.client("a"), "disconnect");
    bed.io.in("room").disconnectSockets();
    assertEquals((await atServer)[0], "server namespace disconnect");
    assertEquals((await atClient)[0], "io server disconnect");
    bed.io.emit("hello");
    assertEquals(await party.heard(), "b");
  },
);

testClients("disconnectSockets(true) ends whole connections", async (bed) => {
  bed.io.of("/other");
  const [socket, client] = await bed.pair();
  const other = client.io.socket("/other");
  await next(other, "connect");
  const ends = [
    next(socket, "disconnect"),
    next(bed.socketOf(other, "/other"), "disconnect"),
    next(client, "disconnect"),
    next(other, "disconnect"),
  ];
  const closed = next(socket.conn, "close");
  bed.io.disconnectSockets(true);
  assertEquals((await Promise.all(ends)).map(([reason]) => reason), [
    "server namespace disconnect",
    "server namespace disconnect",
    "io server disconnect",
    "io server disconnect",
  ]);
  await closed;
  assertEquals(bed.io.engine.clientsCount, 0);
});

testClients("Broadcasts stay in their namespace", async (bed) => {
  bed.io.of("/other").on("connection", (socket) => {
    socket.join("room");
  });
  const party = await Party.invite(bed, "a");
  party.socket("a").join("room");
  const [socket, client] = await bed.pair("/other");
  let isHeard = false;
  client.on("hello", () => isHeard = true);
  bed.io.to("room").emit("hello");
  assertEquals(await party.heard(), "a");
  await settle(client, socket);
  assertEquals(isHeard, false);
  bed.io.of("/other").to("room").emit("hello");
  await settle(client, socket);
  assertEquals(isHeard, true);
});
