import { assertEquals, assertRejects } from "@std/assert";
import {
  BROADCAST,
  createBus,
  FakeReceiver,
  openBus,
  PATTERN,
  REQUEST,
  RESPONSE,
} from "../../../tests/_support/fake_redis.ts";
import { encodeMsgpack } from "../../parser/msgpack/mod.ts";
import type { ClusterMessage } from "../cluster_message.ts";

const rooms = (requestId: string) => ({ type: "rooms", requestId }) as const;

Deno.test("ClassicBus hears others, and not itself", async () => {
  const { bus, driver, receiver } = await openBus();
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
  const { bus, driver, receiver } = await openBus();
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
  const { bus, driver, receiver } = await openBus();
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
    const { bus, driver, receiver } = await openBus({
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
  const { bus, driver } = await openBus({
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
  const { bus, driver } = await openBus({ maxPendingBytes: 100 });
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
  const { bus, driver } = await openBus();
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
