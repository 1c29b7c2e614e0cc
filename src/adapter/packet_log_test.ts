import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { stillHeld } from "../../tests/_support/garbage.ts";
import { EncodedPacket } from "../parser/mod.ts";
import type { Target } from "./adapter.ts";
import { PacketLog, type PacketLogLimits } from "./packet_log.ts";

const NO_LIMITS: PacketLogLimits = {
  maxPackets: Infinity,
  maxBytes: Infinity,
  maxAge: Infinity,
};
const EVERYBODY: Target = { rooms: new Set(), except: new Set() };

/** A log of packets whose only frame is their name. */
function createLog(limits: Partial<PacketLogLimits> = {}, ...names: string[]) {
  const log = new PacketLog({ ...NO_LIMITS, ...limits });
  append(log, ...names);
  return log;
}

function append(log: PacketLog, ...names: string[]): void {
  for (const name of names) log.append(new EncodedPacket([name]), EVERYBODY);
}

/** The names of the packets after number `seq`. */
function namesAfter(log: PacketLog, seq: number): unknown[] | undefined {
  return log.after(seq)?.map(({ encoded }) => encoded.frames[0]);
}

Deno.test("PacketLog is empty at first", () => {
  using log = createLog();
  assertEquals([log.last, log.size], [0, 0]);
  assertEquals(log.after(0), []);
});

Deno.test("PacketLog numbers packets from 1 on", () => {
  using log = createLog({}, "a", "b", "c");
  assertEquals([log.last, log.size], [3, 3]);
  assertEquals(namesAfter(log, 0), ["a", "b", "c"]);
  assertEquals(namesAfter(log, 1), ["b", "c"]);
  assertEquals(namesAfter(log, 2), ["c"]);
  assertEquals(namesAfter(log, 3), []);
});

Deno.test("PacketLog keeps a packet as it was sent", () => {
  using time = new FakeTime(5_000);
  using log = createLog();
  const encoded = new EncodedPacket(["text", new Uint8Array(3)]);
  const target: Target = { rooms: new Set(["a"]), except: new Set(["b"]) };
  log.append(encoded, target);
  time.tick(1);
  assertEquals(log.after(0), [{ encoded, target, bytes: 7, time: 5_000 }]);
});

Deno.test("PacketLog.after() returns a list of its own", () => {
  using log = createLog({}, "a", "b");
  log.after(0)?.pop();
  assertEquals(namesAfter(log, 0), ["a", "b"]);
});

Deno.test("PacketLog forgets the oldest packet beyond maxPackets", () => {
  using log = createLog({ maxPackets: 2 }, "a", "b");
  assertEquals(namesAfter(log, 0), ["a", "b"]);
  append(log, "c");
  assertEquals([log.last, log.size], [3, 2]);
  assertEquals(namesAfter(log, 0), undefined);
  assertEquals(namesAfter(log, 1), ["b", "c"]);
});

Deno.test("PacketLog forgets the oldest packets beyond maxBytes", () => {
  using log = createLog({ maxBytes: 10 }, "aaaa", "bb", "cccc");
  assertEquals(log.size, 3);
  append(log, "dd");
  assertEquals(namesAfter(log, 0), undefined);
  assertEquals(namesAfter(log, 1), ["bb", "cccc", "dd"]);
  append(log, "eeeeeeee");
  assertEquals(namesAfter(log, 3), ["dd", "eeeeeeee"]);
  assertEquals(namesAfter(log, 2), undefined);
});

Deno.test("PacketLog counts the bytes of all frames", () => {
  using log = createLog({ maxBytes: 10 });
  for (let i = 0; i < 2; i++) {
    log.append(new EncodedPacket(["ab", new Uint8Array(3)]), EVERYBODY);
  }
  assertEquals(log.size, 2);
  append(log, "c");
  assertEquals(log.size, 2);
});

Deno.test("PacketLog keeps nothing that is beyond maxBytes by itself", () => {
  using log = createLog({ maxBytes: 3 }, "a", "bbbb");
  assertEquals([log.last, log.size], [2, 0]);
  assertEquals(log.after(1), undefined);
  assertEquals(log.after(2), []);
  append(log, "c");
  assertEquals(namesAfter(log, 2), ["c"]);
});

Deno.test("PacketLog keeps nothing where maxPackets is 0", () => {
  using log = createLog({ maxPackets: 0 }, "a");
  assertEquals([log.last, log.size], [1, 0]);
  assertEquals(log.after(0), undefined);
  assertEquals(log.after(1), []);
});

Deno.test("PacketLog forgets packets beyond maxAge", () => {
  using time = new FakeTime();
  using log = createLog({ maxAge: 100 }, "a");
  time.tick(60);
  append(log, "b");
  time.tick(40);
  log.prune();
  assertEquals(namesAfter(log, 0), ["a", "b"]);
  time.tick(1);
  log.prune();
  assertEquals(namesAfter(log, 0), undefined);
  assertEquals(namesAfter(log, 1), ["b"]);
  time.tick(100);
  append(log, "c");
  assertEquals(namesAfter(log, 2), ["c"]);
});

Deno.test("PacketLog.clear() forgets all, and goes on with its numbers", () => {
  using log = createLog({ maxBytes: 4 }, "aa", "bb");
  log.clear();
  assertEquals([log.last, log.size], [2, 0]);
  assertEquals(log.after(1), undefined);
  assertEquals(log.after(2), []);
  append(log, "cccc");
  assertEquals(namesAfter(log, 2), ["cccc"]);
});

Deno.test("PacketLog finds packets by number, however many it has forgotten", () => {
  using log = createLog({ maxPackets: 1_000 });
  // Beyond where its list is compacted, several times.
  for (let seq = 1; seq <= 5_000; seq++) {
    append(log, `${seq}`);
    const oldest = Math.max(1, seq - 999);
    assertEquals(log.size, seq - oldest + 1);
    assertEquals(log.last, seq);
    if (oldest > 1) assertEquals(log.after(oldest - 2), undefined);
    if (seq % 97 !== 0) continue;
    assertEquals(
      namesAfter(log, oldest - 1),
      Array.from({ length: log.size }, (_, index) => `${oldest + index}`),
    );
  }
});

Deno.test("PacketLog goes on after all it had is too old", () => {
  using time = new FakeTime();
  using log = createLog({ maxAge: 10, maxBytes: 100 });
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 2_000; i++) append(log, "x");
    assertEquals(log.size, 100);
    time.tick(11);
    log.prune();
    assertEquals([log.last, log.size], [(round + 1) * 2_000, 0]);
    assertEquals(log.after(log.last - 1), undefined);
    assertEquals(log.after(log.last), []);
  }
});

Deno.test("PacketLog lets go of what it has forgotten", async () => {
  using log = createLog({ maxPackets: 1 });
  const frames: WeakRef<object>[] = [];
  for (let i = 0; i < 100; i++) {
    const encoded = new EncodedPacket([`${i}`]);
    frames.push(new WeakRef(encoded.frames));
    log.append(encoded, EVERYBODY);
  }
  assertEquals(log.size, 1);
  assertEquals((await stillHeld(frames)).length, 1);
});
