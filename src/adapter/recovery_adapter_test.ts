import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { adapterContract } from "../../tests/_support/adapter_contract.ts";
import {
  GENEROUS,
  nameOf,
  namesOf,
  offsetsOf,
  RecoveryBed,
  type Wanted,
} from "../../tests/_support/recovery_bed.ts";
import { type Packet, PacketType } from "../parser/mod.ts";
import type { AdapterNamespace } from "./adapter.ts";
import { RecoveryAdapter } from "./recovery_adapter.ts";

adapterContract("RecoveryAdapter", (namespace) =>
  // The contract expects the packets themselves, these have an offset behind.
  new RecoveryAdapter(withoutOffsets(namespace), GENEROUS));

function withoutOffsets(namespace: AdapterNamespace): AdapterNamespace {
  return {
    name: namespace.name,
    sockets: namespace.sockets,
    encode: (packet) => namespace.encode(withoutOffset(packet)),
    nextAckId: () => namespace.nextAckId(),
    onServerSideEmit: (args) => namespace.onServerSideEmit(args),
    onError: (error) => namespace.onError(error),
  };
}

function withoutOffset(packet: Packet): Packet {
  return packet.type === PacketType.EVENT && packet.id === undefined
    ? { ...packet, data: packet.data.slice(0, -1) }
    : packet;
}

Deno.test("RecoveryAdapter adds an offset of its own to each event", async () => {
  using bed = new RecoveryBed();
  const member = await bed.add("1");
  for (const name of ["a", "b", "c"]) bed.emit(name);
  const offsets = offsetsOf(member);
  assertEquals(new Set(offsets).size, 3);
  assertEquals(namesOf(member), ["a", "b", "c"]);
  // What listeners on the server see has none.
  assertEquals(
    member.deliveries.map(({ packet }) => packet.data),
    [["a"], ["b"], ["c"]],
  );
});

Deno.test("RecoveryAdapter does not write to the packet that it sends", async () => {
  using bed = new RecoveryBed();
  await bed.add("1");
  const packet: Packet = Object.freeze({
    type: PacketType.EVENT,
    nsp: "/",
    data: Object.freeze(["a", 1]),
  });
  bed.adapter.broadcast(packet, { rooms: new Set(), except: new Set() });
  assertEquals(packet.data, ["a", 1]);
});

Deno.test("RecoveryAdapter gives a volatile event the offset before it", async () => {
  using bed = new RecoveryBed();
  const member = await bed.add("1");
  bed.emit("early tick", { volatile: true });
  bed.emit("a");
  bed.emit("tick", { volatile: true });
  bed.emit("b");
  const [early, a, tick, b] = offsetsOf(member);
  assertEquals(tick, a);
  assertEquals(new Set([early, a, b]).size, 3);
});

Deno.test("RecoveryAdapter adds no offset to what wants an answer", async () => {
  using bed = new RecoveryBed();
  const member = await bed.add("1");
  const packet: Packet = { type: PacketType.EVENT, nsp: "/", data: ["a"] };
  const target = { rooms: new Set<string>(), except: new Set<string>() };
  bed.adapter.broadcast({ ...packet, id: 7 }, target);
  bed.adapter.broadcastWithAck(packet, target, () => {}, () => {}, () => {});
  assertEquals(offsetsOf(member), ["a", "a"]);
  bed.cut(member);
  assertEquals(await bed.comeBack("1"), []);
});

Deno.test("RecoveryAdapter adds no offset to packets other than events", async () => {
  using bed = new RecoveryBed();
  await bed.add("1");
  const packet: Packet = { type: PacketType.DISCONNECT, nsp: "/" };
  bed.adapter.broadcast(packet, { rooms: new Set(), except: new Set() });
  assertEquals(bed.namespace.encoded, [packet]);
});

Deno.test("RecoveryAdapter restores a session as it was", async () => {
  using bed = new RecoveryBed();
  const data = { name: "Ada" };
  bed.cut(await bed.add("1", "a", "b"), data);
  const restored = bed.restore("1");
  assertEquals([restored?.sid, restored?.pid], ["1", "1!"]);
  assertEquals(restored?.rooms, ["1", "a", "b"]);
  assert(restored?.data === data);
  assertEquals(restored?.missedPackets, []);
});

Deno.test("RecoveryAdapter restores a session once", async () => {
  using bed = new RecoveryBed();
  bed.cut(await bed.add("1"));
  assertNotEquals(bed.restore("1"), undefined);
  assertEquals(bed.restore("1"), undefined);
});

Deno.test("RecoveryAdapter restores no session that it does not have", () => {
  using bed = new RecoveryBed();
  assertEquals(bed.restore("1"), undefined);
  assertEquals(bed.adapter.restoreSession("__proto__", "0"), undefined);
});

Deno.test("RecoveryAdapter restores what was missed, in order", async () => {
  using bed = new RecoveryBed();
  const member = await bed.add("1", "a");
  bed.emit("seen");
  const [offset] = offsetsOf(member);
  bed.cut(member);
  for (let i = 0; i < 20; i++) bed.emit(`missed ${i}`, { rooms: ["a"] });
  assertEquals(
    await bed.comeBack("1", offset),
    Array.from({ length: 20 }, (_, i) => `missed ${i}`),
  );
});

Deno.test("RecoveryAdapter restores what was on its way when the client left", async () => {
  using bed = new RecoveryBed();
  const member = await bed.add("1");
  for (const name of ["a", "b", "c"]) bed.emit(name);
  const [, offset] = offsetsOf(member);
  bed.cut(member);
  bed.emit("d");
  assertEquals(await bed.comeBack("1", offset), ["c", "d"]);
});

Deno.test("RecoveryAdapter restores all since the start without an offset", async () => {
  using bed = new RecoveryBed();
  await bed.add("another");
  bed.emit("before");
  const member = await bed.add("1");
  bed.emit("a");
  bed.cut(member);
  bed.emit("b");
  assertEquals(await bed.comeBack("1"), ["a", "b"]);
});

Deno.test("RecoveryAdapter restores the very bytes that the others got", async () => {
  using bed = new RecoveryBed();
  const other = await bed.add("2");
  bed.cut(await bed.add("1"));
  bed.emit("a");
  const missed = bed.restore("1")?.missedPackets;
  assertEquals(missed?.length, 1);
  assert(missed?.[0]?.frames === other.deliveries[0]?.encoded.frames);
});

Deno.test("RecoveryAdapter restores what was sent until the session is read", async () => {
  using bed = new RecoveryBed();
  await bed.add("2");
  bed.cut(await bed.add("1"));
  const restored = bed.restore("1");
  bed.emit("while it is let in");
  assertEquals(restored?.missedPackets.map(nameOf), ["while it is let in"]);
});

Deno.test("RecoveryAdapter restores a session that is cut off time and again", async () => {
  using bed = new RecoveryBed();
  let member = await bed.add("1", "a");
  for (let round = 0; round < 3; round++) {
    bed.cut(member);
    bed.emit(`missed ${round}`);
    const [offset] = offsetsOf(member).slice(-1);
    assertEquals(await bed.comeBack("1", offset), [`missed ${round}`]);
    member = bed.namespace.sockets.get("1")!;
    assertEquals(bed.adapter.socketRooms("1"), new Set(["1", "a"]));
    bed.emit(`heard ${round}`);
  }
});

const STALE: Record<string, (offset: string) => string> = {
  "of another process": () => "XXXXXX.zz",
  "that the server never gave": (offset) => offset.replace(/\..*/, ".zzz"),
  "that is no number": (offset) => offset.replace(/\..*/, ".%"),
  "below zero": (offset) => offset.replace(/\..*/, ".-1"),
  "cut short": (offset) => offset.replace(/\..*/, "."),
  "without text": () => "",
};
for (const [name, change] of Object.entries(STALE)) {
  Deno.test(`RecoveryAdapter takes an offset ${name} for none`, async () => {
    using bed = new RecoveryBed();
    await bed.add("2");
    bed.emit("before");
    const member = await bed.add("1");
    bed.emit("a");
    const [offset] = offsetsOf(member);
    bed.cut(member);
    assertEquals(await bed.comeBack("1", change(offset!)), ["a"]);
  });
}

Deno.test("RecoveryAdapter restores nothing from before a session for an older offset", async () => {
  using bed = new RecoveryBed();
  const old = await bed.add("0");
  bed.emit("a");
  const [offset] = offsetsOf(old);
  bed.emit("b");
  bed.cut(await bed.add("1"));
  bed.emit("c");
  assertEquals(await bed.comeBack("1", offset), ["c"]);
});

const meant: [claim: string, wanted: Wanted, isMeant: boolean][] = [
  ["to everybody", {}, true],
  ["to its room", { rooms: ["a"] }, true],
  ["to its id", { rooms: ["1"] }, true],
  ["to one of its rooms among others", { rooms: ["z", "b"] }, true],
  ["to another room", { rooms: ["z"] }, false],
  ["to another socket", { rooms: ["2"] }, false],
  ["to everybody but its room", { except: ["a"] }, false],
  ["to everybody but itself", { except: ["1"] }, false],
  ["to everybody but another room", { except: ["z"] }, true],
  [
    "to its room but another of its rooms",
    { rooms: ["a"], except: ["b"] },
    false,
  ],
  ["to a room that is also another of its rooms", {
    rooms: ["a"],
    and: [["b"]],
  }, true],
  [
    "to a room that is also one it is not in",
    { rooms: ["a"], and: [["z"]] },
    false,
  ],
  [
    "to a room that is also any of several",
    { rooms: ["a"], and: [["z", "b"]] },
    true,
  ],
  [
    "to a room that is also two others",
    { rooms: ["a"], and: [["b"], ["z"]] },
    false,
  ],
  ["as a volatile event", { volatile: true }, false],
];
for (const [claim, wanted, isMeant] of meant) {
  Deno.test(`RecoveryAdapter restores ${isMeant ? "" : "nothing of "}what was sent ${claim}`, async () => {
    using bed = new RecoveryBed();
    const member = await bed.add("1", "a", "b");
    bed.emit("to all who are there", wanted);
    const heard = member.deliveries.splice(0).length === 1;
    bed.cut(member);
    bed.emit("event", wanted);
    assertEquals(
      await bed.comeBack("1"),
      isMeant ? ["to all who are there", "event"] : [],
    );
    // A volatile event reached whoever could take it, and is not sent again.
    assertEquals(heard, isMeant || wanted.volatile === true);
  });
}
