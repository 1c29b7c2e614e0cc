import { assert, assertEquals, assertRejects } from "@std/assert";
import { encodeMsgpack } from "../../parser/msgpack/mod.ts";
import type { BusReceiver } from "../bus.ts";
import type { ClusterMessage, ClusterReply } from "../cluster_message.ts";
import { ClassicBus } from "./classic_bus.ts";
import type { ErrorListener, RedisDriver } from "./driver.ts";
import type { MessageListener } from "./subscriptions.ts";

/** A client that is alone with its Redis, and does what it is told as the test says. */
class FakeDriver implements RedisDriver {
  readonly told: string[] = [];
  readonly published: [channel: string, message: string | Uint8Array][] = [];
  readonly listeners = new Map<string, Set<MessageListener>>();
  readonly errorListeners = new Set<ErrorListener>();
  readonly ready = Promise.withResolvers<void>();
  isReady = true;
  pendingBytes = 0;
  numsub: unknown = ["channel", 1];
  /** What each command waits for. */
  gate: Promise<unknown> = Promise.resolve();

  async publish(channel: string, message: string | Uint8Array) {
    this.published.push([channel, message]);
    await this.gate;
  }

  async command(...args: string[]) {
    this.told.push(args.join(" "));
    await this.gate;
    return this.numsub;
  }

  async #add(name: string, listener: MessageListener) {
    const listeners = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, listeners.add(listener));
    await this.gate;
  }

  async #remove(name: string, listener: MessageListener) {
    this.listeners.get(name)?.delete(listener);
    await this.gate;
  }

  subscribe(name: string, listener: MessageListener) {
    this.told.push(`subscribe ${name}`);
    return this.#add(name, listener);
  }

  psubscribe(name: string, listener: MessageListener) {
    this.told.push(`psubscribe ${name}`);
    return this.#add(name, listener);
  }

  unsubscribe(name: string, listener: MessageListener) {
    this.told.push(`unsubscribe ${name}`);
    return this.#remove(name, listener);
  }

  punsubscribe(name: string, listener: MessageListener) {
    this.told.push(`punsubscribe ${name}`);
    return this.#remove(name, listener);
  }

  listenerCount(channel: string) {
    return this.listeners.get(channel)?.size ?? 0;
  }

  onError(listener: ErrorListener) {
    this.errorListeners.add(listener);
    return () => this.errorListeners.delete(listener);
  }

  nextReady() {
    return this.ready.promise;
  }

  /** Lets a message come. */
  deliver(name: string, message: string | Uint8Array, channel = name) {
    const bytes = typeof message === "string"
      ? new TextEncoder().encode(message)
      : message;
    for (const listener of this.listeners.get(name) ?? []) {
      listener(bytes, channel);
    }
  }
}

class FakeReceiver implements BusReceiver {
  readonly messages: [ClusterMessage, string][] = [];
  readonly replies: ClusterReply[] = [];
  readonly errors: string[] = [];
  readonly rooms = new Set<string>();

  onMessage(message: ClusterMessage, from: string) {
    this.messages.push([message, from]);
  }
  onReply(reply: ClusterReply) {
    this.replies.push(reply);
  }
  onGone() {}
  onError(error: unknown) {
    this.errors.push(String(error));
  }
  hasRoom(room: string) {
    return this.rooms.has(room);
  }
}

const SETTINGS = {
  key: "socket.io",
  publishOnSpecificResponseChannel: false,
  closeTimeout: 5_000,
  maxPendingBytes: 100,
};
const PATTERN = "socket.io#/#*";
const BROADCAST = "socket.io#/#";
const REQUEST = "socket.io-request#/#";
const RESPONSE = "socket.io-response#/#";

async function open(settings: Partial<typeof SETTINGS> = {}) {
  const driver = new FakeDriver();
  const receiver = new FakeReceiver();
  const bus = createBus(driver, settings);
  await bus.open(receiver);
  return { bus, driver, receiver };
}

function createBus(
  driver: FakeDriver,
  settings: Partial<typeof SETTINGS> = {},
): ClassicBus {
  return new ClassicBus("/", driver, driver, { ...SETTINGS, ...settings });
}

const rooms = (requestId: string) => ({ type: "rooms", requestId }) as const;

Deno.test("ClassicBus listens for requests last, and no longer first", async () => {
  const { bus, driver } = await open();
  const own = driver.told.find((told) => told.endsWith("#/#") === false)!;
  assertEquals(driver.told.length, 4);
  assertEquals(driver.told.at(-1), `subscribe ${REQUEST}`);
  assert(own !== undefined);
  driver.told.length = 0;
  await bus.close();
  assertEquals(driver.told.length, 4);
  assertEquals(driver.told[0], `unsubscribe ${REQUEST}`);
  for (const listeners of driver.listeners.values()) {
    assertEquals(listeners.size, 0);
  }
  assertEquals(driver.errorListeners.size, 0);
});

Deno.test("ClassicBus hears others, and not itself", async () => {
  const { bus, driver, receiver } = await open();
  await bus.publish(rooms("mine"));
  await bus.publish({
    type: "broadcast",
    packet: { type: 2, nsp: "/", data: ["a"] },
    target: { rooms: new Set(), except: new Set() },
  });
  const [[, request], [, broadcast]] = driver.published as [
    [string, string],
    [string, Uint8Array],
  ]; // what was published above
  driver.deliver(REQUEST, request);
  driver.deliver(PATTERN, broadcast, BROADCAST);
  assertEquals(receiver.messages, []);
  const { uid } = JSON.parse(request);
  assertEquals(uid.length, 6);
  driver.deliver(REQUEST, request.replace(uid, "other!"));
  assertEquals(receiver.messages, [[rooms("mine"), "dother!"]]);
  assertEquals(receiver.errors, []);
  await bus.close();
});

Deno.test("ClassicBus does not read what is for rooms it does not have", async () => {
  const { bus, driver, receiver } = await open();
  const unreadable = Uint8Array.of(0x93, 0xc1);
  driver.deliver(PATTERN, unreadable, `${BROADCAST}room#`);
  assertEquals(receiver.errors, []);
  receiver.rooms.add("room");
  driver.deliver(PATTERN, unreadable, `${BROADCAST}room#`);
  assertEquals(receiver.errors, [
    'Error: Cannot read a message on the channel "socket.io#/#room#"',
  ]);
  driver.deliver(
    PATTERN,
    encodeMsgpack(["emitter", { type: 2, data: ["a"] }, { rooms: ["room"] }]),
    `${BROADCAST}room#`,
  );
  assertEquals(receiver.messages.length, 1);
  await bus.close();
});

Deno.test("ClassicBus reports what it cannot read, and goes on", async () => {
  const { bus, driver, receiver } = await open();
  for (const channel of [REQUEST, RESPONSE]) {
    driver.deliver(channel, '{"type":');
    driver.deliver(channel, Uint8Array.of(0xc1));
    driver.deliver(channel, '{"type":42}');
  }
  assertEquals(receiver.errors.length, 4);
  driver.deliver(RESPONSE, '{"requestId":"id","rooms":["a"]}');
  assertEquals(receiver.replies, [
    { type: "room_list", requestId: "id", rooms: ["a"] },
  ]);
  await bus.close();
  driver.deliver(RESPONSE, '{"type":');
  assertEquals(receiver.errors.length, 4);
});

const answers: Record<
  string,
  [request: string, specific: boolean, channel: string, answer: string]
> = {
  "all": [
    '{"uid":"abc","requestId":"id","type":5,"opts":{}}',
    false,
    RESPONSE,
    '{"requestId":"id","sockets":[{"id":"s","handshake":{},"rooms":["s"]}]}',
  ],
  "the one that asked alone": [
    '{"uid":"abc","requestId":"id","type":5,"opts":{}}',
    true,
    `${RESPONSE}abc#`,
    '{"requestId":"id","sockets":[{"id":"s","handshake":{},"rooms":["s"]}]}',
  ],
  "one without an id": [
    '{"requestId":"id","type":5,"opts":{}}',
    true,
    RESPONSE,
    '{"requestId":"id","sockets":[{"id":"s","handshake":{},"rooms":["s"]}]}',
  ],
  "one that wants ids": [
    '{"uid":"abc","requestId":"id","type":0,"rooms":[]}',
    true,
    `${RESPONSE}abc#`,
    '{"requestId":"id","sockets":["s"]}',
  ],
};
for (
  const [name, [request, specific, channel, answer]] of Object.entries(answers)
) {
  Deno.test(`ClassicBus answers ${name}`, async () => {
    const { bus, driver, receiver } = await open({
      publishOnSpecificResponseChannel: specific,
    });
    driver.deliver(REQUEST, request);
    const [[, from]] = receiver.messages as [[ClusterMessage, string]]; // the request
    const socket = {
      id: "s",
      handshake: {},
      rooms: new Set(["s"]),
      data: undefined,
    };
    await bus.reply(
      { type: "sockets", requestId: "id", sockets: [socket] },
      from,
    );
    assertEquals(driver.published, [[channel, answer]]);
    await bus.close();
  });
}

Deno.test("ClassicBus answers an event of a server where all hear it", async () => {
  const { bus, driver } = await open({
    publishOnSpecificResponseChannel: true,
  });
  await bus.reply(
    { type: "server_side_answer", requestId: "id", answer: 1 },
    "dabc",
  );
  assertEquals(driver.published, [
    [RESPONSE, '{"type":6,"requestId":"id","data":1}'],
  ]);
  await bus.close();
});

Deno.test("ClassicBus drops what would be too much to keep", async () => {
  const { bus, driver } = await open({ maxPendingBytes: 100 });
  driver.pendingBytes = 90;
  await assertRejects(
    () => bus.publish(rooms("id")),
    Error,
    "Cannot publish to Redis: more than 100 bytes would wait for it",
  );
  assertEquals(driver.published, []);
  driver.pendingBytes = 0;
  await bus.publish(rooms("id"));
  assertEquals(driver.published.length, 1);
  await bus.close();
});

Deno.test("ClassicBus counts connections, and who shares its own", async () => {
  const { bus, driver } = await open();
  driver.numsub = [REQUEST, 3];
  assertEquals(await bus.serverCount(), 3);
  assertEquals(driver.told.at(-1), `PUBSUB NUMSUB ${REQUEST}`);
  driver.numsub = [REQUEST, "3"];
  const other = createBus(driver);
  await other.open(new FakeReceiver());
  assertEquals(await bus.serverCount(), 4);
  await other.close();
  assertEquals(await bus.serverCount(), 3);
  driver.numsub = "OK";
  await assertRejects(
    () => bus.serverCount(),
    Error,
    "Cannot count the servers",
  );
  await bus.close();
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

Deno.test("ClassicBus is well when its own message comes back", async () => {
  const { bus, driver } = await open();
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
  const { bus, driver, receiver } = await open();
  for (const listener of driver.errorListeners) listener(new Error("refused"));
  assertEquals(receiver.errors, ["Error: refused"]);
  await bus.close();
});
