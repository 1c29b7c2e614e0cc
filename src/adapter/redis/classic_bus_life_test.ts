import { assertEquals, assertRejects } from "@std/assert";
import {
  createBus,
  FakeDriver,
  FakeReceiver,
  openBus,
  REQUEST,
} from "../../../tests/_support/fake_redis.ts";

Deno.test("ClassicBus listens for requests last, and no longer first", async () => {
  const { bus, driver } = await openBus();
  assertEquals(driver.told.length, 4);
  assertEquals(driver.told.at(-1), `subscribe ${REQUEST}`);
  driver.told.length = 0;
  await bus.close();
  assertEquals(driver.told.length, 4);
  assertEquals(driver.told[0], `unsubscribe ${REQUEST}`);
  for (const listeners of driver.listeners.values()) {
    assertEquals(listeners.size, 0);
  }
  assertEquals(driver.errorListeners.size, 0);
});

Deno.test("ClassicBus joins with the next connection if it could not", async () => {
  const driver = new FakeDriver();
  const receiver = new FakeReceiver();
  const bus = createBus(driver);
  driver.gate = Promise.reject(new Error("away"));
  const opened = bus.open(receiver);
  await assertRejects(() => driver.gate);
  await assertRejects(() => bus.check(), Error, "the bus is opening");
  driver.gate = Promise.resolve();
  driver.ready.resolve();
  await opened;
  assertEquals(driver.told.at(-1), `subscribe ${REQUEST}`);
  assertEquals(receiver.errors, ["Error: away"]);
  await bus.close();
});

Deno.test("ClassicBus can be closed before Redis has answered, and after", async () => {
  const driver = new FakeDriver();
  const gate = Promise.withResolvers<void>();
  driver.gate = gate.promise;
  driver.isReady = false;
  const bus = createBus(driver);
  const opened = bus.open(new FakeReceiver());
  await bus.close();
  await opened;
  gate.resolve();
  await bus.close();
  assertEquals(driver.listenerCount(REQUEST), 0);
  assertEquals(driver.told.includes(`subscribe ${REQUEST}`), false);
  await createBus(driver).close();
});

Deno.test("ClassicBus answers as long as it is counted", async () => {
  const { bus, driver, receiver } = await openBus();
  const gate = Promise.withResolvers<void>();
  driver.gate = gate.promise;
  const closed = bus.close();
  const request = '{"uid":"abcdef","requestId":"r","type":1}';
  driver.deliver(REQUEST, request);
  assertEquals(receiver.messages.map(([{ type }]) => type), ["rooms"]);
  await assertRejects(() => bus.check(), Error, "is closing");
  gate.resolve();
  await closed;
  driver.deliver(REQUEST, request);
  assertEquals(receiver.messages.length, 1);
});

Deno.test("ClassicBus is well when its own message comes back", async () => {
  const { bus, driver } = await openBus();
  await assertRejects(() => createBus(driver).check(), Error, "is new");
  const checks = [bus.check(), bus.check()];
  assertEquals(driver.published.length, 2);
  const [[channel, probe]] = driver.published as [[string, string]]; // the first
  driver.deliver(channel, probe);
  await Promise.all(checks);
  driver.gate = Promise.reject(new Error("away"));
  await assertRejects(() => bus.check(), Error, "away");
  driver.gate = Promise.resolve();
  await bus.close();
  await assertRejects(() => bus.check(), Error, "is closed");
});

Deno.test("ClassicBus passes on what goes wrong with the clients", async () => {
  const { bus, driver, receiver } = await openBus();
  for (const listener of driver.errorListeners) listener(new Error("refused"));
  assertEquals(receiver.errors, ["Error: refused"]);
  await bus.close();
});
