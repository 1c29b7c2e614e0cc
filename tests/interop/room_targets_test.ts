/** Rooms from any iterable, and rooms by intersection. */

import { assertEquals } from "@std/assert";
import { type TestBed, testClients } from "../_support/clients.ts";

const once = { versions: ["4.8.4"], modes: ["websocket"] } as const;

/** Connects a client for each list of rooms, which is its name too. */
async function populate(bed: TestBed, ...names: string[]): Promise<void> {
  for (const name of names) {
    const [socket] = await bed.pair();
    socket.data = name;
    await socket.join(name.split(""));
  }
}

async function members(
  target: ReturnType<TestBed["io"]["to"]>,
): Promise<unknown[]> {
  return (await target.fetchSockets()).map(({ data }) => data).toSorted();
}

function* letters(): Generator<string> {
  yield* ["a", "c"];
}

testClients("to(), in() and except() take any iterable", async (bed) => {
  const { io } = bed;
  await populate(bed, "a", "b", "c", "ab");
  assertEquals(await members(io.to(["a", "b"])), ["a", "ab", "b"]);
  assertEquals(await members(io.in(new Set(["a", "c"]))), ["a", "ab", "c"]);
  assertEquals(await members(io.to(letters())), ["a", "ab", "c"]);
  assertEquals(await members(io.except(letters())), ["b"]);
  assertEquals(await members(io.to("a").except(new Set(["b"]))), ["a"]);
}, once);

testClients("and() keeps the sockets that are in both", async (bed) => {
  const { io } = bed;
  await populate(bed, "a", "b", "ab", "abc", "bc", "cd");
  assertEquals(await members(io.to("a").and("b")), ["ab", "abc"]);
  assertEquals(await members(io.to("a").and("b").and("c")), ["abc"]);
  assertEquals(await members(io.to("a").and(["b", "c"])), ["ab", "abc"]);
  assertEquals(await members(io.to(["a", "c"]).and("d")), ["cd"]);
  assertEquals(await members(io.to("b").and("c").except("a")), ["bc"]);
  assertEquals(await members(io.except("a").and("b")), ["b", "bc"]);
  assertEquals(await members(io.to("a").and("nobody")), []);
}, once);

testClients(
  "and() chooses who gets an event, and who joins or leaves",
  async (bed) => {
    const { io } = bed;
    await populate(bed, "a", "ab");
    const heard: unknown[] = [];
    for (const socket of io.sockets.sockets.values()) {
      socket.onAnyOutgoing((name) => heard.push([socket.data, name]));
    }
    io.to("a").and("b").emit("news");
    assertEquals(heard, [["ab", "news"]]);
    io.to("a").and("b").socketsJoin("c");
    assertEquals(await members(io.to("c")), ["ab"]);
    io.to("a").and("b").socketsLeave("a");
    assertEquals(await members(io.to("a")), ["a"]);
  },
  once,
);

testClients("An operator with and() can be kept and reused", async (bed) => {
  const { io } = bed;
  await populate(bed, "a", "ab", "ac");
  const base = io.to("a");
  const both = base.and("b");
  assertEquals(await members(both), ["ab"]);
  assertEquals(await members(base), ["a", "ab", "ac"]);
  assertEquals(await members(base.and("c")), ["ac"]);
}, once);
