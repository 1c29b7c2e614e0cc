import { assert, assertEquals, assertFalse } from "@std/assert";
import { EncodedPacket } from "../../parser/mod.ts";
import type { Target } from "../adapter.ts";
import { RecentPackets } from "./recent_packets.ts";
import type { StreamEntry } from "./stream_entry.ts";

function packet(text: string, rooms: string[] = []) {
  const target: Target = { rooms: new Set(rooms), except: new Set() };
  return { encoded: new EncodedPacket([text]), target };
}

/** Packets, and which entries had to be read. */
function create() {
  const read: string[] = [];
  const recent = new RecentPackets((entry: StreamEntry) => {
    read.push(entry.id);
    return entry.data === undefined
      ? undefined
      : packet(entry.data, entry.room === undefined ? [] : [entry.room]);
  });
  const after = (id: string, ...rooms: string[]) =>
    recent.after(id, new Set(rooms)).map(({ frames }) => frames[0]);
  return { recent, read, after };
}

Deno.test("RecentPackets knows nothing before the first entry", () => {
  const { recent } = create();
  assertFalse(recent.covers("0-0"));
  recent.onEntry("5-0");
  assertFalse(recent.covers("4-9"));
  assert(recent.covers("5-0"));
  recent.onEntry("6-0");
  assert(recent.covers("5-0"));
  recent.clear();
  assertFalse(recent.covers("6-0"));
});

Deno.test("RecentPackets finds what is behind an entry, for some rooms", () => {
  const { recent, after } = create();
  recent.onEntry("1-0");
  recent.add("1-0", packet("a"));
  recent.add("1-1", packet("b", ["x"]));
  recent.add("9-0", packet("c", ["y"]));
  recent.add("10-0", packet("d"));
  assertEquals(after("1-0", "x"), ["b", "d"]);
  assertEquals(after("1-5", "x", "y"), ["c", "d"]);
  assertEquals(after("10-0"), []);
  assert(recent.has("9-0"));
  assertFalse(recent.has("9-1"));
  assertFalse(recent.has("0-1"));
});

Deno.test("RecentPackets reads what was put aside when it is wanted, once", () => {
  const { recent, read, after } = create();
  recent.onEntry("1-0");
  recent.addUnread({ id: "1-1", room: "x", data: "a" });
  recent.addUnread({ id: "1-2", room: "y", data: "b" });
  recent.addUnread({ id: "1-3", data: "c" });
  recent.addUnread({ id: "1-4" });
  assertEquals(after("1-0", "x"), ["a", "c"]);
  assertEquals(after("1-0", "x"), ["a", "c"]);
  assertEquals(read, ["1-1", "1-3", "1-4"]);
});

Deno.test("RecentPackets keeps the last thousand, and says so", () => {
  const { recent, after } = create();
  recent.onEntry("0-0");
  for (let i = 1; i <= 10_000; i++) recent.add(`${i}-0`, packet(`${i}`));
  assertFalse(recent.covers("7999-0"));
  assert(recent.covers("9000-0"));
  assertEquals(after("9998-0"), ["9999", "10000"]);
});

Deno.test("RecentPackets keeps no more than some megabytes", () => {
  const { recent, after } = create();
  recent.onEntry("0-0");
  const large = "x".repeat(1024 * 1024);
  for (let i = 1; i <= 20; i++) {
    recent.addUnread({ id: `${i}-0`, data: large });
  }
  assertFalse(recent.covers("15-0"));
  assert(recent.covers("18-0"));
  assertEquals(after("18-0").length, 2);
  recent.addUnread({ id: "21-0", data: large.repeat(10) });
  assertFalse(recent.covers("20-0"));
  assert(recent.covers("21-0"));
});
