import { assert, assertEquals, assertRejects } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import {
  flush,
  openBus,
  SETTINGS,
} from "../../../tests/_support/fake_postgres.ts";
import { decodeMsgpack } from "../../parser/msgpack/mod.ts";
import type { ClusterMessage } from "../cluster_message.ts";

const everybody = { rooms: new Set<string>(), except: new Set<string>() };

function broadcast(...data: [string, ...unknown[]]): ClusterMessage {
  const packet = { type: 2, nsp: "/", data } as const;
  return { type: "broadcast", packet, target: everybody };
}

const from = (uid: string, type: number, data?: unknown) =>
  JSON.stringify({ uid, nsp: "/", type, data });

Deno.test("PostgresBus joins when it listens, and greets", async () => {
  using _ = new FakeTime();
  const { bus, close, driver, opened, listener } = openBus();
  await assertRejects(() => bus.check(), Error, "the bus is opening");
  listener.onListening();
  await opened;
  const [greeting] = driver.sent.map((line) => JSON.parse(line));
  assertEquals(greeting, { uid: greeting.uid, nsp: "/", type: 1 });
  assertEquals(greeting.uid.length, 16);
  listener.onPayload(from("a", 1));
  listener.onPayload(from("b", 2));
  await driver.settle();
  assertEquals(driver.sent.map((line) => JSON.parse(line).type), [1, 2]);
  assertEquals(await bus.serverCount(), 3);
  await close();
  assertEquals(JSON.parse(driver.sent.at(-1)!).type, 13);
  assertEquals(driver.listeners.size, 0);
});

Deno.test("PostgresBus does not read what is its own", async () => {
  using _ = new FakeTime();
  const { bus, close, driver, receiver, listener } = openBus();
  listener.onListening();
  bus.publish(broadcast("news"));
  bus.publish(broadcast("bytes", Uint8Array.of(1)));
  await driver.settle();
  const [head] = driver.statements.map(({ values }) => values)
    .filter(({ length }) => length === 3).map(([, head]) => `${head}1"}`);
  for (const line of [...driver.sent, head!]) listener.onPayload(line);
  await driver.settle();
  assertEquals([receiver.messages, receiver.errors], [[], []]);
  listener.onPayload(driver.sent.at(-1)!.replace('"uid":"', '"uid":"x'));
  assertEquals(receiver.messages.length, 1);
  await close();
});

Deno.test("PostgresBus sends what is long or has bytes through the table", async () => {
  using _ = new FakeTime();
  const { bus, close, driver, listener } = openBus({
    maxPendingBytes: 100_000,
  });
  listener.onListening();
  const overhead = JSON.stringify({
    ...JSON.parse(driver.sent[0]!),
    type: 3,
    data: {
      packet: { type: 2, data: [""] },
      opts: { rooms: [], except: [], flags: {} },
    },
  }).length;
  const fits = "x".repeat(7_999 - overhead);
  bus.publish(broadcast(fits));
  bus.publish(broadcast(fits + "x"));
  bus.publish(broadcast("é".repeat(fits.length / 2 + 1)));
  bus.publish(broadcast("bytes", { deep: Uint8Array.of(1) }));
  await driver.settle();
  const stored = driver.statements.map(({ values }) => values)
    .filter(({ length }) => length % 3 === 0).flat();
  assertEquals(stored.length, 9);
  assertEquals(driver.sent.length, 2);
  const [head, bytes] = stored.slice(-2);
  assert(/^\{"uid":"[0-9a-f]{16}","type":3,"attachmentId":"$/.test(`${head}`));
  const { data } = decodeMsgpack(bytes as Uint8Array) as {
    data: { packet: unknown };
  }; // what was published
  assertEquals(data.packet, {
    type: 2,
    data: ["bytes", { deep: Uint8Array.of(1) }],
  });
  await close();
});

Deno.test("PostgresBus tells an outage once, and the next one again", async () => {
  using _ = new FakeTime();
  const { bus, close, driver, receiver, listener } = openBus();
  const away = new Error("away");
  for (let i = 0; i < 5; i++) listener.onDeaf(away);
  for (let i = 0; i < 3; i++) {
    bus.publish(broadcast(`${i}`));
    driver.statements[i]!.reject(away);
    await flush();
  }
  const told = ["Error: away", "Error: Cannot publish to PostgreSQL: away"];
  assertEquals(receiver.errors, told);
  listener.onListening();
  await driver.settle();
  listener.onPayload(driver.sent[0]!);
  listener.onDeaf(away);
  bus.publish(broadcast("again"));
  driver.statements.at(-1)!.reject(away);
  await flush();
  assertEquals(receiver.errors, [...told, ...told]);
  await close();
});

Deno.test("PostgresBus keeps the others in mind during an outage", async () => {
  using time = new FakeTime();
  const { bus, close, driver, receiver, listener } = openBus();
  listener.onListening();
  listener.onPayload(from("a", 2));
  assertEquals(await bus.serverCount(), 2);
  listener.onDeaf(new Error("away"));
  await assertRejects(() => bus.serverCount(), Error, "PostgreSQL is away");
  await assertRejects(() => bus.check(), Error, "PostgreSQL is away");
  time.tick(60_000);
  assertEquals(receiver.gone, []);
  await driver.settle();
  driver.statements.length = 0;
  listener.onListening();
  assertEquals(JSON.parse(driver.sent[0]!).type, 1);
  assertEquals(await bus.serverCount(), 2);
  // It hangs, which is not noticed yet.
  time.tick(10_500);
  assertEquals(receiver.gone, []);
  for (let i = 0; i < 110; i++) {
    listener.onPayload(driver.sent[0]!);
    time.tick(100);
  }
  assertEquals(receiver.gone, ["a"]);
  await close();
});

Deno.test("PostgresBus takes another connection when it hears nothing, not even itself", async () => {
  using time = new FakeTime();
  const { bus, close, driver, listener } = openBus();
  listener.onListening();
  const { heartbeatInterval } = SETTINGS;
  for (let i = 0; i < 5; i++) {
    time.tick(heartbeatInterval);
    listener.onPayload(driver.sent[0]!);
  }
  assertEquals(driver.relistened, []);
  time.tick(heartbeatInterval * 3);
  assertEquals(driver.relistened.length, 1);
  // A driver that has no other connection says so, and may hear again.
  listener.onDeaf(new Error(driver.relistened[0]));
  time.tick(heartbeatInterval * 9);
  assertEquals(driver.relistened.length, 1);
  await assertRejects(() => bus.serverCount(), Error, "PostgreSQL is away");
  listener.onPayload(from("a", 2));
  assertEquals(await bus.serverCount(), 2);
  await close();
});

Deno.test("PostgresBus that is alone makes sure that it is", async () => {
  using _ = new FakeTime();
  const { bus, close, driver, listener } = openBus();
  listener.onListening();
  await driver.settle();
  let count: number | undefined;
  const counted = bus.serverCount().then((value) => count = value);
  await driver.settle();
  assertEquals(count, undefined);
  listener.onPayload(driver.sent.at(-1)!);
  assertEquals(await counted, 1);

  const failed = assertRejects(() => bus.serverCount(), Error, "refused");
  await flush();
  driver.statements.at(-1)!.reject(new Error("refused"));
  await failed;
  const closed = assertRejects(() => bus.check(), Error, "is closed");
  await close();
  await closed;
});

Deno.test("PostgresBus waits a while for the first connection, to count", async () => {
  using time = new FakeTime();
  const { bus, close, listener } = openBus();
  const early = bus.serverCount();
  listener.onListening();
  listener.onPayload(from("a", 2));
  assertEquals(await early, 2);
  await close();

  const other = openBus();
  const late = assertRejects(
    () => other.bus.serverCount(),
    Error,
    "the bus is opening",
  );
  await flush();
  time.tick(SETTINGS.timeout);
  await late;
  await other.close();
  await other.opened;
});

Deno.test("PostgresBus hears emitters, which are no members", async () => {
  using _ = new FakeTime();
  const { close, receiver, listener } = openBus();
  listener.onListening();
  const packet = { type: 2, data: ["news"], nsp: "/" };
  const opts = { rooms: ["a"], flags: {}, except: [] };
  const data = { packet, opts };
  listener.onPayload(JSON.stringify({ type: 3, data, uid: "emitter" }));
  assertEquals(receiver.messages.length, 1);
  listener.onPayload(JSON.stringify({ type: 3, data, nsp: "/x", uid: "a" }));
  assertEquals(receiver.messages.length, 1);
  assertEquals(receiver.errors, []);
  await close();
  await close();
});

Deno.test("PostgresBus can be closed while PostgreSQL answers nothing", async () => {
  using time = new FakeTime();
  const { bus, driver, listener, receiver } = openBus();
  listener.onListening();
  bus.publish(broadcast("waits"));
  const closed = bus.close();
  await flush();
  time.tick(SETTINGS.timeout);
  await closed;
  bus.publish(broadcast("too late"));
  listener.onPayload(from("a", 3, "unreadable"));
  await driver.settle();
  assertEquals(driver.sent.filter((line) => line.includes("too late")), []);
  assertEquals(receiver.errors, [
    "Error: Cannot publish to PostgreSQL: no answer within 5000 ms",
  ]);
});
