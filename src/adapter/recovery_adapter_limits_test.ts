/** How long and how much a `RecoveryAdapter` keeps, and when it lets go of it. */

import { assertEquals, assertNotEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import {
  nameOf,
  offsetsOf,
  RecoveryBed,
} from "../../tests/_support/recovery_bed.ts";
import { EncodedPacket, type Packet, PacketType } from "../parser/mod.ts";

const EVERYBODY = { rooms: new Set<string>(), except: new Set<string>() };

Deno.test("RecoveryAdapter keeps a session for maxDisconnectionDuration", async () => {
  using time = new FakeTime();
  using bed = new RecoveryBed({ maxDisconnectionDuration: 1_000 });
  bed.cut(await bed.add("1"));
  time.tick(999);
  assertNotEquals(bed.restore("1"), undefined);
});

Deno.test("RecoveryAdapter forgets a session after maxDisconnectionDuration", async () => {
  using time = new FakeTime();
  using bed = new RecoveryBed({ maxDisconnectionDuration: 1_000 });
  bed.cut(await bed.add("1"));
  time.tick(500);
  bed.cut(await bed.add("2"));
  time.tick(520);
  assertEquals(bed.restore("1"), undefined);
  assertNotEquals(bed.restore("2"), undefined);
});

Deno.test("RecoveryAdapter keeps a session that was restored and cut off anew for all its time", async () => {
  using time = new FakeTime();
  using bed = new RecoveryBed({ maxDisconnectionDuration: 1_000 });
  bed.cut(await bed.add("1"));
  time.tick(900);
  await bed.comeBack("1");
  bed.cut(bed.namespace.sockets.get("1")!);
  time.tick(900);
  assertNotEquals(bed.restore("1"), undefined);
});

Deno.test("RecoveryAdapter restores nobody to whom it cannot give all", async () => {
  using time = new FakeTime();
  using bed = new RecoveryBed({ maxDisconnectionDuration: 1_000 });
  const member = await bed.add("1");
  await bed.add("2");
  bed.emit("on its way for long");
  time.tick(600);
  bed.cut(member);
  time.tick(600);
  bed.emit("later");
  assertEquals(bed.restore("1"), undefined);
});

Deno.test("RecoveryAdapter restores as far as maxPackets goes", async () => {
  using bed = new RecoveryBed({ maxPackets: 3 });
  await bed.add("0");
  bed.cut(await bed.add("1"));
  bed.cut(await bed.add("2"));
  for (let i = 0; i < 3; i++) bed.emit(`${i}`);
  assertEquals(await bed.comeBack("1"), ["0", "1", "2"]);
  bed.emit("3");
  assertEquals(await bed.comeBack("2"), undefined);
});

Deno.test("RecoveryAdapter restores as far as maxBytes goes", async () => {
  using bed = new RecoveryBed({ maxBytes: 1_000 });
  await bed.add("0");
  bed.cut(await bed.add("1"));
  bed.cut(await bed.add("2"));
  bed.emit("x".repeat(600));
  assertEquals((await bed.comeBack("1"))?.length, 1);
  bed.emit("y".repeat(600));
  assertEquals(await bed.comeBack("2"), undefined);
});

Deno.test("RecoveryAdapter forgets the oldest session beyond maxSessions", async () => {
  using bed = new RecoveryBed({ maxSessions: 2 });
  for (const id of ["1", "2", "3"]) bed.cut(await bed.add(id));
  assertEquals(bed.restore("1"), undefined);
  assertNotEquals(bed.restore("2"), undefined);
  assertNotEquals(bed.restore("3"), undefined);
});

Deno.test("RecoveryAdapter counts sessions that are there, not those that were restored", async () => {
  using bed = new RecoveryBed({ maxSessions: 2 });
  for (let round = 0; round < 5; round++) {
    bed.cut(await bed.add("1"));
    bed.cut(await bed.add("2"));
    assertNotEquals(bed.restore("1"), undefined);
    assertNotEquals(bed.restore("2"), undefined);
  }
});

Deno.test("RecoveryAdapter keeps no session where maxSessions is 0", async () => {
  using bed = new RecoveryBed({ maxSessions: 0 });
  bed.cut(await bed.add("1"));
  assertEquals(bed.restore("1"), undefined);
});

Deno.test("RecoveryAdapter logs nothing while nobody may ask for it", async () => {
  using bed = new RecoveryBed();
  for (let i = 0; i < 5; i++) bed.emit("to nobody");
  const member = await bed.add("1");
  bed.emit("a");
  // The first number that was used.
  assertEquals(offsetsOf(member)[0]?.split(".")[1], "1");
});

Deno.test("RecoveryAdapter.close() forgets all and leaves no timer", async () => {
  const bed = new RecoveryBed();
  bed.cut(await bed.add("1"));
  bed.emit("missed");
  bed.adapter.close();
  assertEquals(bed.restore("1"), undefined);
  bed.adapter.close();
});

for (const confirmedAt of [0, 2_500, 10_000]) {
  const comesBack = confirmedAt === 10_000;
  Deno.test(
    `RecoveryAdapter restores ${
      comesBack ? "a" : "no"
    } client whose old offset ${
      comesBack ? "is" : "is not"
    } confirmed (${confirmedAt} ms)`,
    async () => {
      using time = new FakeTime(1);
      using bed = new RecoveryBed({ maxDisconnectionDuration: 1_000 });
      const member = await bed.add("1", "quiet");
      await bed.add("2", "busy");
      bed.emit("seen", { rooms: ["quiet"] });
      const [offset] = offsetsOf(member);
      for (let i = 0; i < 10; i++) {
        time.tick(500);
        bed.emit("for others", { rooms: ["busy"] });
      }
      bed.cut(member, {}, confirmedAt);
      const missed = await bed.comeBack("1", offset);
      assertEquals(missed, comesBack ? [] : undefined);
    },
  );
}

Deno.test("RecoveryAdapter logs what is sent while the only client is let in again", async () => {
  using bed = new RecoveryBed();
  bed.cut(await bed.add("1"));
  const restored = bed.restore("1");
  bed.emit("while a middleware decides");
  await bed.add("1");
  assertEquals(restored?.missedPackets.map(nameOf), [
    "while a middleware decides",
  ]);
});

Deno.test("RecoveryAdapter counts the bytes of a Blob", async () => {
  using bed = new RecoveryBed({ maxBytes: 1_000 });
  await bed.add("0");
  const ready = Promise.resolve(new EncodedPacket(["x".repeat(2_000)]));
  bed.namespace.encode = () => new EncodedPacket([], ready);
  bed.cut(await bed.add("1"));
  const packet: Packet = { type: PacketType.EVENT, nsp: "/", data: ["a"] };
  bed.adapter.broadcast(packet, EVERYBODY);
  await ready;
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals(bed.restore("1"), undefined);
});

Deno.test("RecoveryAdapter gives a restored client all or tells it that it cannot", async () => {
  using bed = new RecoveryBed({ maxPackets: 2 });
  await bed.add("0");
  bed.cut(await bed.add("1"));
  bed.emit("missed");
  const restored = bed.restore("1");
  for (const name of ["a", "b"]) bed.emit(name);
  assertEquals(restored?.missedPackets.map(nameOf), ["missed", "a", "b"]);
});
