import { assert, assertEquals, assertFalse } from "@std/assert";
import type {
  AckListener,
  Adapter,
  AdapterNamespace,
  BroadcastFlags,
  Room,
  RoomMember,
  SocketId,
  Target,
} from "../../src/adapter/mod.ts";
import {
  EncodedPacket,
  type EventPacket,
  type Packet,
  PacketType,
} from "../../src/parser/mod.ts";

/** Makes the adapter under test. */
export type AdapterMaker = (
  namespace: AdapterNamespace,
) => Adapter | Promise<Adapter>;

/** A packet as a member got it. */
interface Delivery {
  readonly encoded: EncodedPacket;
  readonly packet: Packet;
  readonly flags: BroadcastFlags;
}

/** A socket that records what is done to it. */
export class FakeMember implements RoomMember {
  readonly id: SocketId;
  readonly handshake = {};
  readonly data: unknown = {};
  readonly deliveries: Delivery[] = [];
  /** The acknowledgements that are waited for: what to call with one, and without. */
  readonly acks = new Map<
    number,
    { onAck: AckListener; onGone: () => void }
  >();
  readonly disconnects: boolean[] = [];
  /** Is called with each packet. */
  onDeliver: () => void = () => {};
  readonly #namespace: FakeNamespace;

  constructor(id: SocketId, namespace: FakeNamespace) {
    this.id = id;
    this.#namespace = namespace;
  }

  get adapter(): Adapter {
    return this.#namespace.adapter;
  }

  deliver(encoded: EncodedPacket, packet: Packet, flags: BroadcastFlags): void {
    this.deliveries.push({ encoded, packet, flags });
    this.onDeliver();
  }

  expectAck(id: number, onAck: AckListener, onGone: () => void): void {
    this.acks.set(id, { onAck, onGone });
  }

  forgetAck(id: number): void {
    this.acks.delete(id);
  }

  join(rooms: Room | readonly Room[]): Promise<void> | void {
    return this.adapter.addAll(
      this.id,
      typeof rooms === "string" ? [rooms] : rooms,
    );
  }

  leave(room: Room): Promise<void> | void {
    return this.adapter.del(this.id, room);
  }

  disconnect(close = false): void {
    this.disconnects.push(close);
    this.#namespace.remove(this);
  }
}

/** A namespace of fake sockets. */
export class FakeNamespace implements AdapterNamespace {
  readonly name = "/";
  readonly sockets = new Map<SocketId, FakeMember>();
  readonly encoded: Packet[] = [];
  readonly errors: unknown[] = [];
  readonly events: unknown[] = [];
  /** Set behind the construction, as the adapter needs the namespace for its own. */
  adapter!: Adapter;
  #ackIds = 0;

  encode(packet: Packet): EncodedPacket {
    this.encoded.push(packet);
    return new EncodedPacket([JSON.stringify(packet)]);
  }

  nextAckId(): number {
    return this.#ackIds++;
  }

  onServerSideEmit(args: readonly unknown[]): void {
    this.events.push(args);
  }

  onError(error: unknown): void {
    this.errors.push(error);
  }

  /** Adds a socket, in a room of its own name and in others. */
  async add(id: SocketId, ...rooms: Room[]): Promise<FakeMember> {
    const member = new FakeMember(id, this);
    this.sockets.set(id, member);
    await this.adapter.addAll(id, [id, ...rooms]);
    return member;
  }

  /** Takes a socket away, as its end does. */
  remove(member: FakeMember): void {
    this.adapter.delAll(member.id);
    this.sockets.delete(member.id);
  }
}

const noop = () => {};

const PACKET: EventPacket = {
  type: PacketType.EVENT,
  nsp: "/",
  data: ["a", 1],
};

function target(
  rooms: Room[] = [],
  except: Room[] = [],
  flags?: BroadcastFlags,
  and: Room[][] = [],
): Target {
  return {
    rooms: new Set(rooms),
    and: and.map((rooms) => new Set(rooms)),
    except: new Set(except),
    ...(flags === undefined ? {} : { flags }),
  };
}

/**
 * Defines the tests that every adapter must pass with the sockets of its own server.
 *
 * @param name The adapter's name.
 * @param create Makes one.
 */
export function adapterContract(name: string, create: AdapterMaker): void {
  const test = (
    claim: string,
    body: (namespace: FakeNamespace, adapter: Adapter) => Promise<void>,
  ) =>
    Deno.test(`${name} ${claim}`, async () => {
      const namespace = new FakeNamespace();
      const adapter = await create(namespace);
      namespace.adapter = adapter;
      await adapter.init();
      try {
        await body(namespace, adapter);
        assertEquals(namespace.errors, []);
      } finally {
        await adapter.close();
      }
    });

  defineRoomTests(test);
  defineTargetTests(test);
  defineBroadcastTests(test);
  defineAckTests(test);
  defineManagementTests(test);
}

type Define = (
  claim: string,
  body: (namespace: FakeNamespace, adapter: Adapter) => Promise<void>,
) => void;

function defineRoomTests(test: Define): void {
  test(
    "keeps rooms by socket and sockets by room",
    async (namespace, adapter) => {
      await namespace.add("1", "a", "b");
      await namespace.add("2", "b");
      assertEquals(
        new Map(adapter.rooms),
        rooms({ 1: "1", a: "1", b: "12", 2: "2" }),
      );
      assertEquals(new Map(adapter.sids), rooms({ 1: "1ab", 2: "2b" }));
      assertEquals(adapter.socketRooms("1"), new Set(["1", "a", "b"]));
      assertEquals(adapter.socketRooms("3"), undefined);
      await adapter.del("1", "b");
      await adapter.del("1", "no such room");
      await adapter.del("3", "b");
      assertEquals(
        new Map(adapter.rooms),
        rooms({ 1: "1", a: "1", b: "2", 2: "2" }),
      );
      assertEquals(adapter.socketRooms("1"), new Set(["1", "a"]));
      adapter.delAll("1");
      adapter.delAll("1");
      assertEquals(new Map(adapter.rooms), rooms({ b: "2", 2: "2" }));
      assertEquals(new Map(adapter.sids), rooms({ 2: "2b" }));
      assertEquals(adapter.socketRooms("1"), undefined);
    },
  );

  test("takes any name for a room and a socket", async (namespace, adapter) => {
    const names = ["__proto__", "constructor", "", "a,b", "€\0"];
    for (const id of names) await namespace.add(id, ...names);
    for (const room of names) {
      assertEquals(adapter.rooms.get(room), new Set(names));
    }
    for (const id of names) adapter.delAll(id);
    assertEquals([adapter.rooms.size, adapter.sids.size], [0, 0]);
  });

  test("lets no stranger into a room", async (_namespace, adapter) => {
    await adapter.addAll("nobody", ["a"]);
    assertEquals([adapter.rooms.size, adapter.sids.size], [0, 0]);
  });

  test(
    "tells of rooms that come and go, and who joins and leaves",
    async (namespace, adapter) => {
      const events = recordEvents(adapter);
      await namespace.add("1", "a");
      assertEquals(events.splice(0), [
        "create-room 1",
        "join-room 1 1",
        "create-room a",
        "join-room a 1",
      ]);
      await namespace.add("2", "a", "a");
      await adapter.addAll("2", ["a"]);
      assertEquals(events.splice(0), [
        "create-room 2",
        "join-room 2 2",
        "join-room a 2",
      ]);
      await adapter.del("1", "a");
      await adapter.del("1", "a");
      assertEquals(events.splice(0), ["leave-room a 1"]);
      adapter.delAll("2");
      assertEquals(events.splice(0), [
        "leave-room 2 2",
        "delete-room 2",
        "leave-room a 2",
        "delete-room a",
      ]);
    },
  );

  test(
    "tells once that a room goes, though a listener empties it",
    async (namespace, adapter) => {
      await namespace.add("1", "a");
      await namespace.add("2", "a");
      const events = recordEvents(adapter);
      adapter.once("leave-room", () => adapter.del("2", "a"));
      await adapter.del("1", "a");
      assertEquals(
        events.filter((event) => event === "delete-room a").length,
        1,
      );
      assertFalse(adapter.rooms.has("a"));
    },
  );
}

function defineTargetTests(test: Define): void {
  const cases: [
    claim: string,
    rooms: Room[],
    except: Room[],
    expected: SocketId[],
    and?: Room[][],
  ][] = [
    ["everyone", [], [], ["1", "2", "3", "4"]],
    ["one room", ["a"], [], ["1", "2"]],
    ["several rooms, each socket once", ["a", "b", "2"], [], ["1", "2", "3"]],
    ["one socket", ["3"], [], ["3"]],
    ["nobody in a room that is not there", ["z"], [], []],
    ["those in rooms that are there", ["z", "b"], [], ["2", "3"]],
    ["everyone but a room", [], ["b"], ["1", "4"]],
    ["everyone but several rooms", [], ["b", "4"], ["1"]],
    ["everyone but a room that is not there", [], ["z"], ["1", "2", "3", "4"]],
    ["a room but another", ["a"], ["b"], ["1"]],
    ["a room but itself", ["a"], ["a"], []],
    ["several rooms but one socket", ["a", "b"], ["2"], ["1", "3"]],
    ["a room that is also another", ["a"], [], ["2"], [["b"]]],
    ["everyone in a room", [], [], ["1", "2"], [["a"]]],
    ["a room that is also any of several", ["b"], [], ["2", "3"], [["a", "3"]]],
    ["a room that is also two others", ["a"], [], ["2"], [["b"], ["2", "4"]]],
    ["a room that is also one that is not there", ["a"], [], [], [["z"]]],
    ["a room that is also another, but one socket", ["a"], ["2"], [], [["b"]]],
  ];
  for (const [claim, rooms, except, expected, and] of cases) {
    const meant = target(rooms, except, undefined, and);
    test(`reaches ${claim}`, async (namespace, adapter) => {
      const members = [
        await namespace.add("1", "a"),
        await namespace.add("2", "a", "b"),
        await namespace.add("3", "b"),
        await namespace.add("4"),
      ];
      adapter.broadcast(PACKET, meant);
      const reached = members.filter(({ deliveries }) => deliveries.length > 0);
      assertEquals(reached.map(({ id }) => id), expected);
      assert(reached.every(({ deliveries }) => deliveries.length === 1));

      const found = await adapter.fetchSockets(meant);
      assertEquals(found.map(({ id }) => id).sort(), expected);
      assert(found.every((socket) => members.includes(socket as FakeMember))); // the sockets themselves

      if (except.length === 0 && and === undefined) {
        const ids = await adapter.sockets(new Set(rooms));
        assertEquals([...ids].sort(), expected);
      }
    });
  }
}

function defineBroadcastTests(test: Define): void {
  test(
    "encodes a broadcast once and hands on its flags",
    async (namespace, adapter) => {
      const members = await addMany(namespace, 5, "a");
      const flags = { volatile: true };
      adapter.broadcast(PACKET, target(["a"], [], flags));
      assertEquals(namespace.encoded, [PACKET]);
      for (const { deliveries } of members) {
        assertEquals(deliveries.length, 1);
        assert(deliveries[0]!.encoded === members[0]!.deliveries[0]!.encoded);
        assertEquals(deliveries[0]!.packet, PACKET);
        assertEquals(deliveries[0]!.flags.volatile, true);
      }
    },
  );

  for (const rooms of [[], ["a"], ["a", "b"]]) {
    const where = rooms.length === 0 ? "everyone" : `rooms ${rooms}`;

    test(
      `goes on when a socket leaves during a broadcast to ${where}`,
      async (namespace, adapter) => {
        const members = await addMany(namespace, 4, "a", "b");
        members[1]!.onDeliver = () => namespace.remove(members[1]!);
        adapter.broadcast(PACKET, target(rooms));
        assertEquals(members.map(({ deliveries }) => deliveries.length), [
          1,
          1,
          1,
          1,
        ]);
      },
    );

    test(
      `sends once to a socket that joins anew during a broadcast to ${where}`,
      async (namespace, adapter) => {
        const members = await addMany(namespace, 3, "a", "b");
        for (const member of members) {
          member.onDeliver = () => {
            if (member.deliveries.length > 3) throw new Error("without an end");
            namespace.remove(member);
            namespace.sockets.set(member.id, member);
            member.join([member.id, "a", "b"]);
          };
        }
        adapter.broadcast(PACKET, target(rooms));
        assertEquals(members.map(({ deliveries }) => deliveries.length), [
          1,
          1,
          1,
        ]);
      },
    );
  }
}

function defineAckTests(test: Define): void {
  test("hands on the answers to a broadcast", async (namespace, adapter) => {
    const members = await addMany(namespace, 3, "a");
    const counts: number[] = [];
    const answers: unknown[] = [];
    adapter.broadcastWithAck(
      PACKET,
      target(["a"], ["1"], { timeout: 1_000 }),
      (count) => counts.push(count),
      (answer) => answers.push(answer),
      () => {},
    );
    assertEquals(counts, [2]);
    assertEquals(namespace.encoded, [{ ...PACKET, id: 0 }]);
    assertEquals(members[1]!.deliveries, []);
    for (const { deliveries, acks, id } of [members[0]!, members[2]!]) {
      assertEquals(deliveries.map(({ packet }) => packet), [
        { ...PACKET, id: 0 },
      ]);
      acks.get(0)?.onAck(id);
    }
    assertEquals(answers, ["0", "2"]);
  });

  test(
    "numbers each broadcast with answers anew",
    async (namespace, adapter) => {
      const member = await namespace.add("1");
      for (let i = 0; i < 3; i++) {
        adapter.broadcastWithAck(PACKET, target(), noop, noop, noop);
      }
      assertEquals([...member.acks.keys()], [0, 1, 2]);
    },
  );

  test(
    "tells of each client that leaves without an answer",
    async (namespace, adapter) => {
      const members = await addMany(namespace, 3, "a");
      let gone = 0;
      adapter.broadcastWithAck(PACKET, target(["a"]), noop, noop, () => gone++);
      members[0]!.acks.get(0)?.onGone();
      members[2]!.acks.get(0)?.onGone();
      assertEquals(gone, 2);
    },
  );

  test("waits for no answer after the cancel", async (namespace, adapter) => {
    const members = await addMany(namespace, 3, "a");
    const cancel = adapter.broadcastWithAck(
      PACKET,
      target(["a"]),
      noop,
      noop,
      noop,
    );
    assert(members.every(({ acks }) => acks.size === 1));
    namespace.remove(members[1]!);
    cancel();
    assert(members.every(({ acks }) => acks.size === 0));
    cancel();
  });

  test(
    "expects no answer where nobody is meant",
    async (namespace, adapter) => {
      await namespace.add("1");
      const counts: number[] = [];
      adapter.broadcastWithAck(
        PACKET,
        target(["z"]),
        (count) => counts.push(count),
        noop,
        noop,
      )();
      assertEquals(counts, [0]);
    },
  );

  test(
    "expects an answer before the packet leaves",
    async (namespace, adapter) => {
      const member = await namespace.add("1");
      const answers: unknown[] = [];
      member.onDeliver = () => member.acks.get(0)?.onAck("at once");
      adapter.broadcastWithAck(
        PACKET,
        target(),
        noop,
        (answer) => answers.push(answer),
        noop,
      );
      assertEquals(answers, ["at once"]);
    },
  );
}

function defineManagementTests(test: Define): void {
  test(
    "adds the sockets that are meant to rooms, and takes them out",
    async (namespace, adapter) => {
      await addMany(namespace, 3, "a");
      await adapter.addSockets(target(["a"], ["1"]), ["b", "c"]);
      assertEquals(adapter.rooms.get("b"), new Set(["0", "2"]));
      assertEquals(adapter.rooms.get("c"), new Set(["0", "2"]));
      await adapter.delSockets(target(["b"], ["0"]), ["a", "b", "z"]);
      assertEquals(adapter.rooms.get("a"), new Set(["0", "1"]));
      assertEquals(adapter.rooms.get("b"), new Set(["0"]));
    },
  );

  test(
    "adds sockets to the very room that was meant",
    async (namespace, adapter) => {
      await addMany(namespace, 3, "a");
      await adapter.delSockets(target(["a"]), ["a"]);
      assertFalse(adapter.rooms.has("a"));
      await adapter.addSockets(target(), ["a"]);
      await adapter.addSockets(target(["a"]), ["a", "b"]);
      assertEquals(adapter.rooms.get("b"), new Set(["0", "1", "2"]));
    },
  );

  test("disconnects the sockets that are meant", async (namespace, adapter) => {
    const members = await addMany(namespace, 3, "a");
    await adapter.disconnectSockets(target(["a"], ["1"]), true);
    assertEquals(members.map(({ disconnects }) => disconnects), [
      [true],
      [],
      [true],
    ]);
    await adapter.disconnectSockets(target(), false);
    assertEquals(members[1]!.disconnects, [false]);
    assertEquals([adapter.rooms.size, adapter.sids.size], [0, 0]);
  });

  test("counts itself among the servers", async (_namespace, adapter) => {
    assertEquals(await adapter.serverCount(), 1);
  });

  test(
    "answers an event between servers where it is alone",
    async (namespace, adapter) => {
      const { promise, resolve } = Promise.withResolvers<unknown[]>();
      adapter.serverSideEmit(["a", 1, (...args: unknown[]) => resolve(args)]);
      assertEquals(await promise, [null, []]);
      adapter.serverSideEmit(["a", 1]);
      assertEquals(namespace.events, []);
    },
  );
}

async function addMany(
  namespace: FakeNamespace,
  count: number,
  ...rooms: Room[]
): Promise<FakeMember[]> {
  const members: FakeMember[] = [];
  for (let i = 0; i < count; i++) {
    members.push(await namespace.add(String(i), ...rooms));
  }
  return members;
}

function recordEvents(adapter: Adapter): string[] {
  const events: string[] = [];
  const names = [
    "create-room",
    "join-room",
    "leave-room",
    "delete-room",
  ] as const;
  for (const name of names) {
    adapter.on(name, (...args: string[]) => {
      events.push([name, ...args].join(" "));
    });
  }
  return events;
}

/** A map of sets, each written as a word of single letters. */
function rooms(sets: Record<string, string>): Map<string, Set<string>> {
  return new Map(
    Object.entries(sets).map(([name, letters]) => [name, new Set(letters)]),
  );
}
