import { assertEquals, assertThrows } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { type AdminRedisClient, InMemoryStore, RedisStore } from "./stores.ts";

Deno.test("InMemoryStore knows a session until its time is over", () => {
  using time = new FakeTime();
  const store = new InMemoryStore({ sessionDuration: 10 });
  assertEquals(store.doesSessionExist("a"), false);
  store.saveSession("a");
  time.tick(9_999);
  assertEquals(store.doesSessionExist("a"), true);
  time.tick(1);
  assertEquals(store.doesSessionExist("a"), false);
});

Deno.test("InMemoryStore forgets the oldest session when there are too many", () => {
  const store = new InMemoryStore({ maxSessions: 2 });
  for (const id of ["a", "b", "c"]) store.saveSession(id);
  assertEquals(
    ["a", "b", "c"].map((id) => store.doesSessionExist(id)),
    [false, true, true],
  );
});

Deno.test("InMemoryStore refuses what cannot work", () => {
  assertThrows(() => new InMemoryStore({ sessionDuration: 0 }), RangeError);
  assertThrows(() => new InMemoryStore({ maxSessions: NaN }), RangeError);
});

/** A client that knows one of the names of the command. */
function fakeClient(name: "setEx" | "setex") {
  const keys = new Map<string, [seconds: number, value: string]>();
  const client: AdminRedisClient = {
    exists: (key) => Promise.resolve(keys.has(key) ? 1 : 0),
    [name]: (key: string, seconds: number, value: string) => {
      keys.set(key, [seconds, value]);
      return Promise.resolve("OK");
    },
  };
  return { client, keys };
}

for (const name of ["setEx", "setex"] as const) {
  Deno.test(`RedisStore keeps sessions by ${name}(), as Node's does`, async () => {
    const { client, keys } = fakeClient(name);
    const store = new RedisStore(client);
    assertEquals(await store.doesSessionExist("a"), false);
    await store.saveSession("a");
    assertEquals(await store.doesSessionExist("a"), true);
    await new RedisStore(client, { prefix: "p", sessionDuration: 1.5 })
      .saveSession("b");
    assertEquals([...keys], [
      ["socket.io-admin#a", [86_400, "true"]],
      ["p#b", [2, "true"]],
    ]);
  });
}

Deno.test("RedisStore refuses a client that lacks what it needs", () => {
  const { client } = fakeClient("setEx");
  assertThrows(
    () => new RedisStore({ exists: client.exists }),
    TypeError,
    "Cannot keep sessions in Redis",
  );
});
