import { assert, assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import type { Session, SocketId } from "../adapter.ts";
import { SessionSnapshots, type SnapshotStore } from "./session_snapshots.ts";

/** Sessions that are kept in memory, under secrets with an exclamation mark. */
class Store implements SnapshotStore {
  isReachable = true;
  /** The rooms of those who are connected. */
  readonly connected = new Map<SocketId, string[]>();
  readonly kept: Record<string, readonly string[]> = {};
  readonly errors: unknown[] = [];
  puts = 0;
  /** Those that have gone on elsewhere. */
  readonly taken = new Set<string>();
  /** What `keep()` waits for. */
  whenStored: Promise<void> = Promise.resolve();
  /** What `keep()` throws. */
  failure: Error | undefined;

  sessionOf(sid: SocketId): Session | undefined {
    const rooms = this.connected.get(sid);
    return rooms && { sid, pid: `${sid}!`, rooms: [...rooms], data: {} };
  }

  async keep({ pid, rooms }: Session): Promise<boolean> {
    this.puts++;
    await this.whenStored;
    if (this.failure !== undefined) throw this.failure;
    if (this.taken.has(pid)) return false;
    this.kept[pid] = rooms;
    return true;
  }

  release(pid: string): Promise<void> {
    this.connected.delete(pid.slice(0, -1));
    return Promise.resolve();
  }

  delete(pid: string): Promise<void> {
    delete this.kept[pid];
    return Promise.resolve();
  }

  onError(error: unknown): void {
    this.errors.push(error);
  }
}

function testSnapshots(
  name: string,
  fn: (
    bed: { store: Store; snapshots: SessionSnapshots; time: FakeTime },
  ) => Promise<void>,
): void {
  Deno.test(`SessionSnapshots ${name}`, async () => {
    using time = new FakeTime();
    const store = new Store();
    using snapshots = new SessionSnapshots(10_000, store);
    await fn({ store, snapshots, time });
  });
}

testSnapshots("keep a new socket, once it has had time for its rooms", async (
  { store, snapshots, time },
) => {
  store.connected.set("a", ["a"]);
  snapshots.onChange("a");
  store.connected.set("a", ["a", "room"]);
  snapshots.onChange("a");
  await time.tickAsync(900);
  assertEquals(store.kept, {});
  await time.tickAsync(400);
  assertEquals(store.kept, { "a!": ["a", "room"] });
  assertEquals(store.puts, 1);
});

testSnapshots(
  "keep a change within about a second, however many follow",
  async (
    { store, snapshots, time },
  ) => {
    store.connected.set("a", ["a"]);
    for (let i = 0; i < 28; i++) {
      snapshots.onChange("a");
      await time.tickAsync(100);
    }
    assertEquals(store.puts, 2);
  },
);

testSnapshots(
  "keep a session again after the interval, unchanged or not",
  async (
    { store, snapshots, time },
  ) => {
    store.connected.set("a", ["a"]);
    snapshots.onChange("a");
    await time.tickAsync(1_300);
    assertEquals(store.puts, 1);
    delete store.kept["a!"]; // as if Redis had forgotten it
    await time.tickAsync(10_300);
    assertEquals(store.puts, 2);
    assertEquals(store.kept, { "a!": ["a"] });
  },
);

testSnapshots("keep no more than some in one turn of the event loop", async (
  { store, snapshots, time },
) => {
  for (let i = 0; i < 1_000; i++) {
    store.connected.set(`${i}`, []);
    snapshots.onChange(`${i}`);
  }
  const turns: number[] = [];
  let before = 0;
  for (let i = 0; i < 1_300; i++) {
    await time.tickAsync(1);
    if (store.puts > before) turns.push(store.puts - before);
    before = store.puts;
  }
  assertEquals(store.puts, 1_000);
  assert(turns.every((puts) => puts <= 100));
});

testSnapshots("keep at once who comes from another server", async (
  { store, snapshots, time },
) => {
  store.connected.set("a", ["a"]);
  snapshots.onReturn("a");
  await time.tickAsync(1);
  assertEquals(store.kept, { "a!": ["a"] });
  await time.tickAsync(10_300);
  assertEquals(store.puts, 2);
});

testSnapshots("keep nothing of who has left", async (
  { store, snapshots, time },
) => {
  for (const id of ["a", "b"]) {
    store.connected.set(id, [id]);
    snapshots.onChange(id);
  }
  await snapshots.delete("a"); // before it was kept
  store.connected.delete("a");
  await time.tickAsync(1_300);
  assertEquals(store.kept, { "b!": ["b"] });
  await snapshots.delete("b");
  store.connected.delete("b");
  assertEquals(store.kept, {});
  await time.tickAsync(30_000);
  assertEquals(store.puts, 1);
});

testSnapshots("leave what they have kept of a socket that they forget", async (
  { store, snapshots, time },
) => {
  store.connected.set("a", ["a"]);
  snapshots.onChange("a");
  await time.tickAsync(1_300);
  assertEquals(snapshots.forget("a"), "a!");
  await snapshots.delete("a");
  assertEquals(store.kept, { "a!": ["a"] });
  await time.tickAsync(30_000);
  assertEquals(store.puts, 1);
});

testSnapshots("keep no socket that has no session", async (
  { store, snapshots, time },
) => {
  snapshots.onChange("none");
  await time.tickAsync(30_000);
  assertEquals(store.puts, 0);
});

testSnapshots("wait for a store that cannot be reached", async (
  { store, snapshots, time },
) => {
  store.connected.set("a", ["a"]);
  store.isReachable = false;
  snapshots.onChange("a");
  await time.tickAsync(30_000);
  assertEquals(store.puts, 0);
  store.isReachable = true;
  await time.tickAsync(10_300);
  assertEquals(store.puts, 1);
});

testSnapshots("put no second session of a socket on its way", async (
  { store, snapshots, time },
) => {
  const { promise, resolve } = Promise.withResolvers<void>();
  store.whenStored = promise;
  store.connected.set("a", ["a"]);
  snapshots.onChange("a");
  for (let i = 0; i < 60; i++) await time.tickAsync(1_000);
  assertEquals(store.puts, 1);
  resolve();
  await time.tickAsync(10_300);
  assertEquals(store.puts, 2);
});

testSnapshots("end a session that has gone on elsewhere", async (
  { store, snapshots, time },
) => {
  for (const id of ["a", "b"]) {
    store.connected.set(id, [id]);
    snapshots.onChange(id);
  }
  store.taken.add("a!");
  await time.tickAsync(1_300);
  await time.runMicrotasks();
  assertEquals([...store.connected.keys()], ["b"]);
  assertEquals(store.errors, []);
});

testSnapshots("tell once of a socket that it cannot be kept", async (
  { store, snapshots, time },
) => {
  store.failure = new Error("cyclic");
  store.connected.set("a", ["a"]);
  snapshots.onChange("a");
  for (let i = 0; i < 60; i++) await time.tickAsync(1_000);
  assertEquals(store.errors.map(String), ["Error: cyclic"]);
  assert(store.puts > 2);
  store.failure = undefined;
  await time.tickAsync(10_300);
  store.failure = new Error("again");
  for (let i = 0; i < 60; i++) await time.tickAsync(1_000);
  assertEquals(store.errors.map(String), ["Error: cyclic", "Error: again"]);
});

Deno.test("SessionSnapshots keep what they have kept, and no more, when they are disposed", async () => {
  using time = new FakeTime();
  const store = new Store();
  {
    using snapshots = new SessionSnapshots(10_000, store);
    store.connected.set("a", ["a"]);
    snapshots.onChange("a");
    await time.tickAsync(1_300);
    store.connected.set("b", ["b"]);
    snapshots.onChange("b");
  }
  for (let i = 0; i < 60; i++) await time.tickAsync(1_000);
  assertEquals(store.kept, { "a!": ["a"] });
  assertEquals(store.puts, 1);
});
