import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { RedisClient } from "./clients.ts";
import { toDriver } from "./driver.ts";

type AnyListener = (...args: unknown[]) => void;

/** What clients have in common: events, and messages that wait for an answer. */
class FakeClient {
  readonly listeners = new Map<string, AnyListener[]>();
  readonly calls: unknown[][] = [];
  readonly published: PromiseWithResolvers<unknown>[] = [];
  readonly isReady = true;
  status = "ready";

  on(event: string, listener: AnyListener) {
    const others = this.listeners.get(event) ?? [];
    this.listeners.set(event, [...others, listener]);
  }

  fire(event: string, ...args: unknown[]) {
    for (const listener of this.listeners.get(event) ?? []) listener(...args);
  }

  publish(channel: string, message: unknown) {
    this.calls.push(["publish", channel, message]);
    const answer = Promise.withResolvers<unknown>();
    this.published.push(answer);
    return answer.promise;
  }

  protected call(...args: unknown[]) {
    this.calls.push(args);
    return Promise.resolve("OK");
  }
}

class FakeNodeRedis extends FakeClient {
  sendCommand = (args: readonly string[]) => this.call("sendCommand", args);
  subscribe = (...args: unknown[]) => this.call("subscribe", ...args);
  unsubscribe = (...args: unknown[]) => this.call("unsubscribe", ...args);
  pSubscribe = (...args: unknown[]) => this.call("pSubscribe", ...args);
  pUnsubscribe = (...args: unknown[]) => this.call("pUnsubscribe", ...args);
}

class FakeIoRedis extends FakeClient {
  override call = (...args: unknown[]) => super.call("call", ...args);
  subscribe = (name: string) => super.call("subscribe", name);
  unsubscribe = (name: string) => super.call("unsubscribe", name);
  psubscribe = (name: string) => super.call("psubscribe", name);
  punsubscribe = (name: string) => super.call("punsubscribe", name);
}

function bufferOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

const FAKES = { "node-redis": FakeNodeRedis, ioredis: FakeIoRedis };

Deno.test("toDriver() hears a client of node-redis", async () => {
  const client = new FakeNodeRedis();
  const driver = toDriver(client);
  const heard: unknown[] = [];
  const listener = (message: Uint8Array, channel: string) =>
    heard.push([message, channel]);
  await driver.subscribe("a", listener);
  await driver.psubscribe("b*", listener);
  const [[, , onMessage, inBytes], [, , onMatch]] = client.calls as [
    ["subscribe", string, AnyListener, boolean],
    ["pSubscribe", string, AnyListener],
  ]; // what the driver calls
  assertEquals(inBytes, true);
  onMessage(bufferOf("1"), bufferOf("a"));
  onMatch(bufferOf("2"), bufferOf("bü"));
  assertEquals(heard, [[bufferOf("1"), "a"], [bufferOf("2"), "bü"]]);
  await driver.unsubscribe("a", listener);
  await driver.punsubscribe("b*", listener);
  assertEquals(client.calls.slice(2), [
    ["unsubscribe", "a", onMessage, true],
    ["pUnsubscribe", "b*", onMatch, true],
  ]);
  assertEquals(await driver.command("PUBSUB", "NUMSUB", "a"), "OK");
  assertEquals(client.calls.at(-1), [
    "sendCommand",
    ["PUBSUB", "NUMSUB", "a"],
  ]);
});

Deno.test("toDriver() names the channel of each match of a pattern", async () => {
  const client = new FakeNodeRedis();
  const names: string[] = [];
  await toDriver(client).psubscribe("*", (_, channel) => names.push(channel));
  const [[, , onMatch]] = client.calls as [
    ["pSubscribe", string, AnyListener],
  ]; // what the driver calls
  const sent = ["a", "a", "b", "bü", "bü", "b", "bb", "", "a", "é"];
  for (const name of sent) onMatch(bufferOf("1"), bufferOf(name));
  onMatch(bufferOf("1"), Uint8Array.of(0xe9)); // as a character it would be the é before
  assertEquals(names, [...sent, "\ufffd"]);
});

Deno.test("toDriver() hears a client of ioredis", async () => {
  const client = new FakeIoRedis();
  const driver = toDriver(client);
  const heard: unknown[] = [];
  const listener = (message: Uint8Array, channel: string) =>
    heard.push([message, channel]);
  await driver.subscribe("a", listener);
  await driver.psubscribe("b*", listener);
  client.fire("messageBuffer", bufferOf("a"), bufferOf("1"));
  client.fire("messageBuffer", bufferOf("other"), bufferOf("stray"));
  client.fire("pmessageBuffer", "b*", bufferOf("bü"), bufferOf("2"));
  assertEquals(heard, [[bufferOf("1"), "a"], [bufferOf("2"), "bü"]]);
  await driver.unsubscribe("a", listener);
  await driver.punsubscribe("b*", listener);
  assertEquals(await driver.command("PUBSUB", "NUMSUB", "a"), "OK");
  assertEquals(client.calls, [
    ["subscribe", "a"],
    ["psubscribe", "b*"],
    ["unsubscribe", "a"],
    ["punsubscribe", "b*"],
    ["call", "PUBSUB", "NUMSUB", "a"],
  ]);
});

Deno.test("a driver of ioredis keeps the order while a connection is not ready yet", async () => {
  const client = new FakeIoRedis();
  const driver = toDriver(client);
  const listener = () => {};
  client.status = "reconnecting";
  driver.publish("a", "queued");
  client.status = "connect";
  driver.publish("a", "held");
  const subscribed = driver.subscribe("b", listener);
  const unsubscribed = driver.unsubscribe("b", listener);
  const queued = ["publish", "a", "queued"];
  assertEquals(client.calls, [queued]);
  assertEquals(driver.pendingBytes, "queued".length + "held".length);
  client.status = "ready"; // which the client tells a moment later
  const late = driver.publish("a", "late");
  client.fire("ready");
  const all = [
    queued,
    ["publish", "a", "held"],
    ["subscribe", "b"],
    ["unsubscribe", "b"],
    ["publish", "a", "late"],
  ];
  assertEquals(client.calls, all);
  await subscribed;
  await unsubscribed;
  client.published[2]!.resolve(1);
  assertEquals(await late, 1);
  driver.publish("a", "now");
  assertEquals(client.calls, [...all, ["publish", "a", "now"]]);
});

Deno.test("a driver of ioredis holds nothing back for a connection that has ended", async () => {
  const client = new FakeIoRedis();
  const driver = toDriver(client);
  client.status = "connect";
  const sent = driver.publish("a", "x");
  client.status = "end";
  client.fire("end");
  client.published[0]!.reject(new Error("Connection is closed"));
  await assertRejects(() => sent, Error, "closed");
  assertEquals(driver.pendingBytes, 0);
});

Deno.test("toDriver() refuses what it does not know, and clients of a cluster", () => {
  const cluster = Object.assign(new FakeIoRedis(), { nodes: () => [] });
  const pool = { publish() {}, subscribe() {}, on() {} };
  for (const client of [null, 1, {}, pool, cluster]) {
    assertThrows(
      () => toDriver(client as RedisClient), // what plain JavaScript may pass
      TypeError,
      "Cannot use this Redis client",
    );
  }
});

for (const [library, Fake] of Object.entries(FAKES)) {
  Deno.test(`toDriver() makes one driver for a client of ${library}`, () => {
    const client = new Fake();
    const driver = toDriver(client);
    const listeners = new Map(client.listeners);
    assert(toDriver(client) === driver);
    assertEquals(client.listeners, listeners);
    assert(toDriver(new Fake()) !== driver);
  });

  Deno.test(`a driver of ${library} counts the bytes that wait`, async () => {
    const client = new Fake();
    const driver = toDriver(client);
    const sent = driver.publish("a", Uint8Array.of(1, 2, 3));
    const failed = driver.publish("b", "four");
    assertEquals(driver.pendingBytes, 7);
    const [[, , message]] = client.calls as [unknown[]]; // the first call
    assertEquals(message?.constructor.name, "Buffer");
    client.published[1]!.reject(new Error("away"));
    await assertRejects(() => failed, Error, "away");
    assertEquals(driver.pendingBytes, 3);
    client.published[0]!.resolve(1);
    assertEquals(await sent, 1);
    assertEquals(driver.pendingBytes, 0);
  });

  Deno.test(`a driver of ${library} tells each error of an outage once`, async () => {
    const client = new Fake();
    const driver = toDriver(client);
    const errors: string[] = [];
    const stop = driver.onError((error) => errors.push(String(error)));
    client.fire("error", new Error("refused"));
    client.fire("reconnecting");
    client.fire("error", new Error("refused"));
    client.fire("error", new Error("timed out"));
    assertEquals(errors, ["Error: refused", "Error: timed out"]);
    const ready = driver.nextReady();
    client.fire("ready");
    await ready;
    client.fire("error", new Error("refused"));
    assertEquals(errors.length, 3);
    for (let i = 0; i < 100; i++) client.fire("error", new Error(`${i}`));
    assert(errors.length < 20);
    client.fire("ready");
    stop();
    client.fire("error", new Error("nobody hears it"));
    assert(errors.length < 20);
  });

  Deno.test(`a driver of ${library} tells of a lost connection that is no error there`, () => {
    const client = new Fake();
    const errors: string[] = [];
    toDriver(client).onError((error) => errors.push(String(error)));
    client.fire("reconnecting");
    client.fire("reconnecting");
    assertEquals(errors, ["Error: the connection to Redis was lost"]);
  });
}
