import { assertEquals } from "@std/assert";
import { target } from "../_support/target.ts";
import { PollingSession } from "../_support/wire.ts";
import {
  joinClient,
  openClient,
  readConnect,
} from "../_support/wire_socketio.ts";
import { suite } from "./cases.ts";

const claim = suite("socketio_packets");

type Message = string | Uint8Array<ArrayBuffer>;

/** What is sent, and what comes back. */
const EXCHANGES: Record<string, [sent: Message[], received: Message[]]> = {
  "an event": [['42["echo","hello"]'], ['42["echo","hello"]']],
  "an event without values": [['42["echo"]'], ['42["echo"]']],
  "an event with every kind of value": [
    ['42["echo",1,-2.5,"three",true,null,{"a":[{}]},[]]'],
    ['42["echo",1,-2.5,"three",true,null,{"a":[{}]},[]]'],
  ],
  "an event with spaces in its JSON": [
    ['42[ "echo" , { "a" : 1 } ]'],
    ['42["echo",{"a":1}]'],
  ],
  "text beyond ASCII": [['42["echo","你好 🦕"]'], ['42["echo","你好 🦕"]']],
  "text in the characters of the grammar": [
    ['42["echo","1-/nsp,7[\\"x\\"]"]'],
    ['42["echo","1-/nsp,7[\\"x\\"]"]'],
  ],
  "an acknowledgement": [['420["ask"]'], ["430[]"]],
  "an acknowledgement with values": [
    ['421["ask","a",{"b":1}]'],
    ['431["a",{"b":1}]'],
  ],
  "an acknowledgement of a large ID": [
    ['42123456789["ask",1]'],
    ["43123456789[1]"],
  ],
  "an ID with leading zeros": [['42007["ask",1]'], ["437[1]"]],
  "an acknowledgement that is sent twice": [
    ['423["ask twice"]', '42["echo","next"]'],
    ['433["first"]', '42["echo","next"]'],
  ],
  "two acknowledgements of the same ID": [
    ['425["ask",1]', '425["ask",2]'],
    ["435[1]", "435[2]"],
  ],
  "an attachment": [
    ['451-["echo",{"_placeholder":true,"num":0}]', Uint8Array.of(1, 2, 3)],
    ['451-["echo",{"_placeholder":true,"num":0}]', Uint8Array.of(1, 2, 3)],
  ],
  "an empty attachment": [
    ['451-["echo",{"_placeholder":true,"num":0}]', new Uint8Array()],
    ['451-["echo",{"_placeholder":true,"num":0}]', new Uint8Array()],
  ],
  "attachments within objects": [
    [
      '452-["echo",{"a":[{"_placeholder":true,"num":0},"b"]},{"_placeholder":true,"num":1}]',
      Uint8Array.of(1),
      Uint8Array.of(2),
    ],
    [
      '452-["echo",{"a":[{"_placeholder":true,"num":0},"b"]},{"_placeholder":true,"num":1}]',
      Uint8Array.of(1),
      Uint8Array.of(2),
    ],
  ],
  "attachments that are named in another order": [
    [
      '452-["echo",{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}]',
      Uint8Array.of(1),
      Uint8Array.of(2),
    ],
    [
      '452-["echo",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]',
      Uint8Array.of(2),
      Uint8Array.of(1),
    ],
  ],
  "an attachment that is named twice": [
    [
      '451-["echo",{"_placeholder":true,"num":0},{"_placeholder":true,"num":0}]',
      Uint8Array.of(1),
    ],
    [
      '452-["echo",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]',
      Uint8Array.of(1),
      Uint8Array.of(1),
    ],
  ],
  "an attachment that nothing names": [
    ['451-["echo","text"]', Uint8Array.of(1)],
    ['42["echo","text"]'],
  ],
  "a placeholder in a packet without attachments": [
    ['42["echo",{"_placeholder":true,"num":0}]'],
    ['42["echo",{"_placeholder":true,"num":0}]'],
  ],
  "a binary acknowledgement": [
    ['451-9["ask",{"_placeholder":true,"num":0}]', Uint8Array.of(4, 5)],
    ['461-9[{"_placeholder":true,"num":0}]', Uint8Array.of(4, 5)],
  ],
  "ten attachments": [
    [
      `4510-["echo",${placeholders(10)}]`,
      ...Array.from({ length: 10 }, (_, i) => Uint8Array.of(i)),
    ],
    [
      `4510-["echo",${placeholders(10)}]`,
      ...Array.from({ length: 10 }, (_, i) => Uint8Array.of(i)),
    ],
  ],
  "what follows an attachment": [
    [
      '451-["echo",{"_placeholder":true,"num":0}]',
      Uint8Array.of(1),
      '42["echo","after"]',
    ],
    [
      '451-["echo",{"_placeholder":true,"num":0}]',
      Uint8Array.of(1),
      '42["echo","after"]',
    ],
  ],
  "an event without a payload, which is nothing": [
    ["42", '42["echo","next"]'],
    ['42["echo","next"]'],
  ],
  "an acknowledgement that nobody waits for": [
    ["4399[]", "43[]", '42["echo","next"]'],
    ['42["echo","next"]'],
  ],
};

function placeholders(count: number): string {
  return Array.from(
    { length: count },
    (_, num) => JSON.stringify({ _placeholder: true, num }),
  ).join();
}

for (const [name, [sent, received]] of Object.entries(EXCHANGES)) {
  claim(`a socket understands ${name}`, async () => {
    await using server = await target.startSocketIo("basic");
    await using client = await joinClient(server);
    client.send(...sent);
    assertEquals(await client.receiveMany(received.length), received);
  });

  claim(`a socket of a namespace understands ${name}`, async () => {
    await using server = await target.startSocketIo("basic");
    await using client = await openClient(server);
    await client.join("/custom");
    client.send(...sent.map(toCustom));
    assertEquals(
      await client.receiveMany(received.length),
      received.map(toCustom),
    );
  });

  claim(`a socket on polling understands ${name}`, async () => {
    await using server = await target.startSocketIo("basic");
    await using session = await PollingSession.start(server.url);
    await session.post("40");
    readConnect(await session.receive());
    await session.post(sent.map(toPolling).join("\x1e"));
    assertEquals(
      await session.receiveMany(received.length),
      received.map(toPolling),
    );
  });
}

/** The same packet in the namespace `/custom`. */
function toCustom<T extends Message>(message: T): T | string {
  if (typeof message !== "string") return message;
  return message.replace(/^(4[0-6])(\d+-)?/, "$1$2/custom,");
}

/** The same message as text. */
function toPolling(message: Message): string {
  return typeof message === "string" ? message : `b${message.toBase64()}`;
}

/** What a server sends for values that JSON does not simply carry. */
const SPECIALS: Record<string, Message[]> = {
  "nothing": ['42["special"]'],
  "no values": ['42["special",null,null,null]'],
  "date": ['42["special","2026-01-02T03:04:05.006Z"]'],
  "toJSON": ['42["special",{"seen":true}]'],
  "toJSON with bytes": [
    '451-["special",{"bytes":{"_placeholder":true,"num":0}}]',
    Uint8Array.of(1, 2),
  ],
  "nested": [
    '452-["special",{"a":[{"b":{"_placeholder":true,"num":0}},"c"],"d":{"_placeholder":true,"num":1}}]',
    Uint8Array.of(1),
    Uint8Array.of(2),
  ],
  "subarray": [
    '451-["special",{"_placeholder":true,"num":0}]',
    Uint8Array.of(1, 2),
  ],
  "array buffer": [
    '451-["special",{"_placeholder":true,"num":0}]',
    Uint8Array.of(7, 8),
  ],
  "data view": [
    '451-["special",{"_placeholder":true,"num":0}]',
    Uint8Array.of(6, 7),
  ],
  "no bytes": [
    '451-["special",{"_placeholder":true,"num":0}]',
    new Uint8Array(),
  ],
  "same bytes twice": [
    '452-["special",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]',
    Uint8Array.of(9),
    Uint8Array.of(9),
  ],
  "a lone surrogate": ['42["special","\\ud800"]'],
};

for (const [name, messages] of Object.entries(SPECIALS)) {
  claim(`a server sends ${name} as the protocol has it`, async () => {
    await using server = await target.startSocketIo("basic");
    await using client = await joinClient(server);
    client.send(`42["special",${JSON.stringify(name)}]`);
    assertEquals(await client.receiveMany(messages.length), messages);
  });
}

claim("the frames of a binary event are not separated", async () => {
  await using server = await target.startSocketIo("basic");
  await using client = await joinClient(server);
  client.send('42["burst"]');
  const expected = [0, 1, 2].flatMap((i) => [
    '452-["bytes",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]',
    Uint8Array.of(i),
    Uint8Array.of(i, i),
    `42["text",${i}]`,
  ]);
  assertEquals(await client.receiveMany(12), expected);
});

claim("a client's acknowledgement reaches the one who asked", async () => {
  await using server = await target.startSocketIo("basic");
  await using client = await openClient(server);
  const id = await client.join();
  client.send('42["question","why?"]');
  assertEquals(await client.receive(), '420["question","why?"]');
  client.send('430["because",{"of":1}]');
  const { answers } = await server.reported("answer", { id });
  assertEquals(answers, ["because", { of: 1 }]);
});

claim("a client's acknowledgement may be binary", async () => {
  await using server = await target.startSocketIo("basic");
  await using client = await openClient(server);
  const id = await client.join();
  client.send('42["question"]');
  assertEquals(await client.receive(), '420["question"]');
  client.send(
    '461-0[{"a":{"_placeholder":true,"num":0}}]',
    Uint8Array.of(1, 2),
  );
  const { answers } = await server.reported("answer", { id });
  assertEquals(answers, [{ a: { bytes: [1, 2] } }]);
});

claim("a question may be binary", async () => {
  await using server = await target.startSocketIo("basic");
  await using client = await openClient(server);
  const id = await client.join();
  client.send(
    '451-["question",{"_placeholder":true,"num":0}]',
    Uint8Array.of(3),
  );
  assertEquals(await client.receiveMany(2), [
    '451-0["question",{"_placeholder":true,"num":0}]',
    Uint8Array.of(3),
  ]);
  client.send("430[]");
  assertEquals((await server.reported("answer", { id })).answers, []);
});

claim("an acknowledgement is taken once", async () => {
  await using server = await target.startSocketIo("basic");
  await using client = await joinClient(server);
  client.send('42["question"]', '42["question"]');
  assertEquals(await client.receiveMany(2), [
    '420["question"]',
    '421["question"]',
  ]);
  client.send('430["one"]', '430["again"]', '431["two"]');
  assertEquals((await server.reported("answer")).answers, ["one"]);
  assertEquals((await server.reported("answer")).answers, ["two"]);
});

claim("the IDs of acknowledgements are counted in each namespace", async () => {
  await using server = await target.startSocketIo("basic");
  await using one = await openClient(server);
  await using two = await openClient(server);
  await one.join();
  await one.join("/custom");
  await two.join();
  one.send('42["question"]');
  assertEquals(await one.receive(), '420["question"]');
  two.send('42["question"]');
  assertEquals(await two.receive(), '421["question"]');
  one.send('42/custom,["question"]');
  assertEquals(await one.receive(), '42/custom,0["question"]');
});

claim("an acknowledgement counts in its own namespace alone", async () => {
  await using server = await target.startSocketIo("basic");
  await using client = await openClient(server);
  const id = await client.join();
  await client.join("/custom");
  client.send('42["question"]');
  assertEquals(await client.receive(), '420["question"]');
  client.send('43/custom,0["stray"]', '430["mine"]');
  assertEquals((await server.reported("answer", { id })).answers, ["mine"]);
});

claim("an event name may be a number", async () => {
  await using server = await target.startSocketIo("basic");
  await using client = await openClient(server);
  const id = await client.join();
  client.send('42[7,"x"]', '42["echo","next"]');
  assertEquals(await client.receive(), '42["echo","next"]');
  const { name, args } = await server.reported("event", { id });
  assertEquals([name, args], [7, ["x"]]);
});

claim("binary data reaches a listener as bytes", async () => {
  await using server = await target.startSocketIo("basic");
  await using client = await openClient(server);
  const id = await client.join();
  client.send(
    '452-["unknown",{"a":{"_placeholder":true,"num":0}},{"_placeholder":true,"num":1}]',
    Uint8Array.of(1, 2),
    Uint8Array.of(),
  );
  const { args } = await server.reported("event", { id });
  assertEquals(args, [{ a: { bytes: [1, 2] } }, { bytes: [] }]);
});

/** Each is sent on a connection that has joined `/`, and must end it. */
const INVALID: Record<string, Message[]> = {
  "an unknown type": ["49"],
  "a type that is no digit": ["4x"],
  "a message without a packet": ["4"],
  "an event that is an object": ['42{"a":1}'],
  "an event that is a text": ['42"echo"'],
  "an event that is null": ["42null"],
  "an event without a name": ["42[]"],
  "an event of broken JSON": ['42["echo"'],
  "an event with text after its JSON": ['42["echo"]x'],
  "an event named by an object": ['42[{"toString":"x"}]'],
  "an event named by a list": ['42[["echo"]]'],
  "an event named by null": ["42[null]"],
  "an event named by true": ["42[true]"],
  "the reserved name connect": ['42["connect"]'],
  "the reserved name connect_error": ['42["connect_error"]'],
  "the reserved name disconnect": ['42["disconnect","x"]'],
  "the reserved name disconnecting": ['42["disconnecting","x"]'],
  "the reserved name newListener": ['42["newListener","a","b"]'],
  "the reserved name removeListener": ['42["removeListener"]'],
  "a reserved name in a binary event": ['451-["disconnect"]'],
  "an acknowledgement that is an object": ["430{}"],
  "a DISCONNECT with a payload": ['41{"a":1}'],
  "a CONNECT_ERROR with a number": ["44[1]"],
  "a negative ID": ['42-1["ask"]'],
  "an ID with a fraction": ['421.5["ask"]'],
  "binary data that was not announced": [Uint8Array.of(1)],
  "an attachment too many": [
    '451-["echo",{"_placeholder":true,"num":0}]',
    Uint8Array.of(1),
    Uint8Array.of(2),
  ],
  "text while attachments are missing": [
    '452-["echo",{"_placeholder":true,"num":0}]',
    Uint8Array.of(1),
    '42["echo"]',
  ],
  "a binary event without a count": ['45["echo"]'],
  "a binary event with an empty count": ['45-["echo"]'],
  "a binary event whose count is a text": ['45x-["echo"]'],
  "a binary event whose count is a fraction": ['451.5-["echo"]'],
  "a binary event whose count is negative": ['45-1-["echo"]'],
  "a binary event whose count is zero": ['450-["echo"]'],
  "a binary event with eleven attachments": [
    `4511-["echo",${placeholders(11)}]`,
  ],
  "a binary event with millions of attachments": ['459999999-["echo"]'],
  "a binary acknowledgement whose count is zero": ["460-0[]"],
  "a placeholder without a number": [
    '451-["echo",{"_placeholder":true}]',
    Uint8Array.of(1),
  ],
  "a placeholder whose number is a text": [
    '451-["echo",{"_placeholder":true,"num":"0"}]',
    Uint8Array.of(1),
  ],
  "a placeholder whose number is a method": [
    '451-["echo",{"_placeholder":true,"num":"splice"}]',
    Uint8Array.of(1),
  ],
  "a placeholder whose number is an object": [
    '451-["echo",{"_placeholder":true,"num":{}}]',
    Uint8Array.of(1),
  ],
  "a placeholder whose number is negative": [
    '451-["echo",{"_placeholder":true,"num":-1}]',
    Uint8Array.of(1),
  ],
  "a placeholder whose number is beyond the attachments": [
    '451-["echo",{"_placeholder":true,"num":1}]',
    Uint8Array.of(1),
  ],
};

for (const [name, messages] of Object.entries(INVALID)) {
  claim(`a connection ends at ${name}`, async () => {
    await using server = await target.startSocketIo("basic");
    await using client = await openClient(server);
    const id = await client.join();
    client.send(...messages);
    // An event that was whole before may be answered.
    const left = await client.drain();
    assertEquals(left.includes('42["echo"]'), false);
    await server.reported("disconnect", { id, reason: "forced close" });
    await server.reported("close", {
      sid: client.engineSid,
      reason: "forced close",
    });
    assertEquals(await server.sessions(), 0);
  });
}

claim(
  "a placeholder whose number is a fraction ends the connection",
  async () => {
    await using server = await target.startSocketIo("basic");
    await using client = await openClient(server);
    await client.join();
    client.send(
      '452-["echo",{"_placeholder":true,"num":0.5}]',
      Uint8Array.of(1),
      Uint8Array.of(2),
    );
    assertEquals(await client.drain(), []);
    assertEquals(await server.sessions(), 0);
  },
);

claim("an invalid packet on polling ends the session", async () => {
  await using server = await target.startSocketIo("basic");
  await using session = await PollingSession.start(server.url);
  await session.post("40");
  const id = readConnect(await session.receive());
  await session.post('42["disconnect"]');
  assertEquals((await session.get()).body.split("\x1e").at(-1), "1");
  await server.reported("disconnect", { id });
  await server.reported("close", { sid: session.sid });
  assertEquals(await server.sessions(), 0);
});
