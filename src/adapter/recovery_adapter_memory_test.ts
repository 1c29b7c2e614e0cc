/** That a `RecoveryAdapter` holds no packet that nobody may ask for. */

import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { stillHeld } from "../../tests/_support/garbage.ts";
import { RecoveryBed } from "../../tests/_support/recovery_bed.ts";

/** Nobody's: else the fake sockets would hold what they got. */
const ELSEWHERE = { rooms: ["elsewhere"] };

/** Returns a function that counts the packets which are held. */
function watchPackets({ namespace }: RecoveryBed): () => Promise<number> {
  const packets: WeakRef<object>[] = [];
  const encode = namespace.encode.bind(namespace);
  namespace.encode = (packet) => {
    const encoded = encode(packet);
    packets.push(new WeakRef(encoded.frames));
    return encoded;
  };
  return async () => (await stillHeld(packets)).length;
}

Deno.test("RecoveryAdapter holds what somebody may ask for", async () => {
  using bed = new RecoveryBed();
  const countHeld = watchPackets(bed);
  bed.cut(await bed.add("1"));
  for (let i = 0; i < 5; i++) bed.emit(`${i}`, ELSEWHERE);
  assertEquals(await countHeld(), 5);
});

Deno.test("RecoveryAdapter holds nothing that was sent to nobody", async () => {
  using bed = new RecoveryBed();
  const countHeld = watchPackets(bed);
  bed.emit("a");
  assertEquals(await countHeld(), 0);
});

Deno.test("RecoveryAdapter lets go when the last socket has left for good", async () => {
  using bed = new RecoveryBed();
  const countHeld = watchPackets(bed);
  const members = [await bed.add("1"), await bed.add("2")];
  bed.emit("a", ELSEWHERE);
  bed.namespace.remove(members[0]!);
  assertEquals(await countHeld(), 1);
  bed.namespace.remove(members[1]!);
  assertEquals(await countHeld(), 0);
});

Deno.test("RecoveryAdapter lets go when the last session is too old", async () => {
  using time = new FakeTime();
  using bed = new RecoveryBed({ maxDisconnectionDuration: 1_000 });
  const countHeld = watchPackets(bed);
  bed.cut(await bed.add("1"));
  time.tick(500);
  bed.emit("a", ELSEWHERE);
  assertEquals(await countHeld(), 1);
  time.tick(600);
  assertEquals(await countHeld(), 0);
});

Deno.test("RecoveryAdapter lets go when the last restored socket has left for good", async () => {
  using bed = new RecoveryBed();
  const countHeld = watchPackets(bed);
  bed.cut(await bed.add("1"));
  await bed.comeBack("1");
  bed.emit("a", ELSEWHERE);
  bed.namespace.remove(bed.namespace.sockets.get("1")!);
  assertEquals(await countHeld(), 0);
});

Deno.test("RecoveryAdapter.close() lets go of all", async () => {
  using bed = new RecoveryBed();
  const countHeld = watchPackets(bed);
  await bed.add("1");
  bed.cut(await bed.add("2"));
  bed.emit("a", ELSEWHERE);
  bed.adapter.close();
  assertEquals(await countHeld(), 0);
});

Deno.test("RecoveryAdapter lets go though a restored client is refused", async () => {
  using time = new FakeTime();
  using bed = new RecoveryBed({ maxDisconnectionDuration: 1_000 });
  const countHeld = watchPackets(bed);
  bed.cut(await bed.add("1"));
  const session = bed.restore("1");
  bed.emit("a", ELSEWHERE);
  bed.adapter.persistSession(session!);
  bed.adapter.delAll("1");
  assertEquals(await countHeld(), 1);
  time.tick(2_000);
  assertEquals(await countHeld(), 0);
});

Deno.test("RecoveryAdapter lets go of what is too old though nothing more is sent", async () => {
  using time = new FakeTime();
  using bed = new RecoveryBed({ maxDisconnectionDuration: 1_000 });
  const countHeld = watchPackets(bed);
  await bed.add("1");
  bed.emit("a", ELSEWHERE);
  time.tick(600);
  bed.emit("b", ELSEWHERE);
  time.tick(600);
  assertEquals(await countHeld(), 1);
  time.tick(600);
  assertEquals(await countHeld(), 0);
});
