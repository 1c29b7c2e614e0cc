import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import { encodeMsgpack } from "../../parser/msgpack/mod.ts";
import type { ClusterMessage, ClusterReply } from "../cluster_message.ts";
import {
  decodeClassicBroadcast,
  decodeClassicReply,
  decodeClassicRequest,
  isBroadcastOf,
} from "./classic_decode.ts";

function textBytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function target(
  rooms: string[] = [],
  except: string[] = [],
  flags: object = {},
) {
  return { rooms: new Set(rooms), except: new Set(except), flags };
}

/** `io.emit("hello", 1, "é")` of a server on Node. */
const HELLO = Uint8Array.fromHex(
  "93a62d3735576647" + "83a47479706502" + "a46461746193a568656c6c6f01a2c3a9" +
    "a36e7370a12f" + "83a5726f6f6d7390a665786365707490a5666c61677380",
);

Deno.test("decodeClassicBroadcast() reads what Node sends", () => {
  assertEquals(decodeClassicBroadcast(HELLO, "/"), {
    uid: "-75WfG",
    message: {
      type: "broadcast",
      packet: { type: 2, nsp: "/", data: ["hello", 1, "é"] },
      target: target(),
    },
    wantsIds: false,
  });
  assertEquals(decodeClassicBroadcast(HELLO, "/other"), undefined);
});

Deno.test("decodeClassicBroadcast() shares no memory with the client", () => {
  const sent = encodeMsgpack(["uid123", {
    type: 2,
    data: ["a", Uint8Array.of(1, 2)],
  }, {}]);
  const broadcast = decodeClassicBroadcast(sent, "/");
  sent.fill(0xff);
  assertEquals(broadcast?.message, {
    type: "broadcast",
    packet: { type: 2, nsp: "/", data: ["a", Uint8Array.of(1, 2)] },
    target: target(),
  });
});

Deno.test("isBroadcastOf() knows the sender by the first bytes", () => {
  assert(isBroadcastOf("-75WfG", HELLO));
  assertFalse(isBroadcastOf("-75WfH", HELLO));
  assertFalse(isBroadcastOf("-75Wf", HELLO));
  assertFalse(isBroadcastOf("-75WfG", HELLO.subarray(0, 4)));
  assertFalse(isBroadcastOf("-75WfG", textBytes("{}")));
});

const packet = { type: 2, nsp: "/", data: ["a"] };
const read: Record<string, [sent: unknown, packet: object, target: object]> = {
  "rooms, exceptions and flags": [
    ["emitter", packet, {
      rooms: ["r"],
      except: ["s"],
      flags: { volatile: true, compress: false, timeout: 5, broadcast: true },
    }],
    packet,
    target(["r"], ["s"], { volatile: true, compress: false, timeout: 5 }),
  ],
  "no exceptions, as of older emitters": [
    ["emitter", packet, { rooms: ["r"], flags: {} }],
    packet,
    target(["r"]),
  ],
  "no namespace": [
    ["emitter", { type: 2, data: ["a"] }, { rooms: [] }],
    packet,
    target(),
  ],
  "an event with bytes, as older senders number it": [
    ["emitter", { type: 5, nsp: "/", data: ["a", Uint8Array.of(1)] }, {}],
    { ...packet, data: ["a", Uint8Array.of(1)] },
    target(),
  ],
  "rooms that are numbers": [
    ["uid123", packet, { rooms: [1, "2"], except: [3] }],
    packet,
    target(["1", "2"], ["3"]),
  ],
  "flags that are none": [
    ["uid123", packet, {
      flags: { volatile: "yes", timeout: -1, local: true, compress: null },
    }],
    packet,
    target(),
  ],
};
for (const [name, [sent, packet, target]] of Object.entries(read)) {
  Deno.test(`decodeClassicBroadcast() reads ${name}`, () => {
    assertEquals(
      decodeClassicBroadcast(encodeMsgpack(sent), "/")?.message,
      { type: "broadcast", packet, target } as ClusterMessage, // as the table says
    );
  });
}

const foreign: Record<string, unknown> = {
  "a map, as the streams adapter sends": {
    uid: "x",
    nsp: "/",
    type: 3,
    data: { packet, opts: { rooms: [], except: [], flags: {} } },
  },
  "an empty array": [],
  "a short array": ["uid123", packet],
  "a number for a sender": [1, packet, {}],
  "no packet": ["uid123", null, {}],
  "another namespace": ["uid123", { ...packet, nsp: "/b" }, {}],
  "an acknowledgement": ["uid123", { ...packet, type: 3 }, {}],
  "a packet that connects": ["uid123", { type: 0, nsp: "/", data: {} }, {}],
  "data that is no array": ["uid123", { ...packet, data: { 0: "a" } }, {}],
  "an event without a name": ["uid123", { ...packet, data: [] }, {}],
  "a reserved event": ["uid123", { ...packet, data: ["disconnect"] }, {}],
  "rooms that are a text": ["uid123", packet, { rooms: "room" }],
  "a room that is no name": ["uid123", packet, { rooms: ["a", {}] }],
  "exceptions that are a map": ["uid123", packet, { except: { 0: "a" } }],
};
for (const [name, value] of Object.entries(foreign)) {
  Deno.test(`decodeClassicBroadcast() ignores ${name}`, () => {
    const bytes = encodeMsgpack(value);
    assertEquals(decodeClassicBroadcast(bytes, "/"), undefined);
  });
}

Deno.test("decodeClassicBroadcast() ignores text, and nothing at all", () => {
  const json = textBytes('{"uid":"a","nsp":"/","type":3}');
  assertEquals(decodeClassicBroadcast(json, "/"), undefined);
  assertEquals(decodeClassicBroadcast(new Uint8Array(), "/"), undefined);
});

Deno.test("decodeClassicBroadcast() throws for an array that breaks off", () => {
  for (let end = 1; end < HELLO.length; end++) {
    assertThrows(() => decodeClassicBroadcast(HELLO.subarray(0, end), "/"));
  }
});

const requests: Record<string, [sent: string, message: ClusterMessage]> = {
  "SOCKETS": [
    '{"uid":"a","requestId":"id","type":0,"rooms":["r"]}',
    { type: "fetch", requestId: "id", target: target(["r"]) },
  ],
  "ALL_ROOMS": [
    '{"uid":"a","requestId":"id","type":1}',
    { type: "rooms", requestId: "id" },
  ],
  "REMOTE_JOIN": [
    '{"uid":"a","type":2,"opts":{"rooms":["r"],"except":["s"]},"rooms":["x"]}',
    { type: "join", target: target(["r"], ["s"]), rooms: ["x"] },
  ],
  "REMOTE_JOIN of an emitter": [
    '{"type":2,"opts":{"rooms":[],"except":[]},"rooms":["x","y"]}',
    { type: "join", target: target(), rooms: ["x", "y"] },
  ],
  "REMOTE_JOIN of one socket": [
    '{"type":2,"requestId":"id","sid":"s1","room":"x"}',
    { type: "join", target: target(["s1"]), rooms: ["x"] },
  ],
  "REMOTE_LEAVE": [
    '{"uid":"a","type":3,"opts":{"rooms":["r"],"except":[]},"rooms":["x"]}',
    { type: "leave", target: target(["r"]), rooms: ["x"] },
  ],
  "REMOTE_LEAVE of one socket": [
    '{"type":3,"requestId":"id","sid":"s1","room":"x"}',
    { type: "leave", target: target(["s1"]), rooms: ["x"] },
  ],
  "REMOTE_DISCONNECT": [
    '{"uid":"a","type":4,"opts":{"rooms":["r"],"except":[]},"close":true}',
    { type: "disconnect", target: target(["r"]), close: true },
  ],
  "REMOTE_DISCONNECT of one socket": [
    '{"type":4,"requestId":"id","sid":"s1"}',
    { type: "disconnect", target: target(["s1"]), close: false },
  ],
  "REMOTE_FETCH": [
    '{"uid":"a","requestId":"id","type":5,"opts":{"rooms":["r"],"except":[]}}',
    { type: "fetch", requestId: "id", target: target(["r"]) },
  ],
  "SERVER_SIDE_EMIT": [
    '{"uid":"emitter","type":6,"data":["ev",1]}',
    { type: "server_side_emit", requestId: undefined, args: ["ev", 1] },
  ],
  "SERVER_SIDE_EMIT that wants an answer": [
    '{"uid":"a","requestId":"id","type":6,"data":["ev"]}',
    { type: "server_side_emit", requestId: "id", args: ["ev"] },
  ],
};
for (const [name, [sent, message]] of Object.entries(requests)) {
  Deno.test(`decodeClassicRequest() reads ${name}`, () => {
    const request = decodeClassicRequest(textBytes(sent), "/");
    assertEquals(request?.message, message);
    assertEquals(request?.uid, JSON.parse(sent).uid);
    assertEquals(request?.wantsIds, name === "SOCKETS");
    const inMsgpack = encodeMsgpack(JSON.parse(sent));
    assertEquals(decodeClassicRequest(inMsgpack, "/"), request);
  });
}

Deno.test("decodeClassicRequest() reads BROADCAST", () => {
  const sent = encodeMsgpack({
    uid: "a",
    requestId: "id",
    type: 7,
    packet,
    opts: { rooms: ["r"], except: [], flags: { timeout: 7 } },
  });
  assertEquals(decodeClassicRequest(sent, "/")?.message, {
    type: "broadcast_with_ack",
    requestId: "id",
    packet: { type: 2, nsp: "/", data: ["a"] },
    target: target(["r"], [], { timeout: 7 }),
  });
  assertEquals(decodeClassicRequest(sent, "/other"), undefined);
});

const badRequests: Record<string, string> = {
  "an unknown type": '{"uid":"a","requestId":"id","type":42}',
  "no type": "{}",
  "a type in text": '{"uid":"a","requestId":"id","type":"1"}',
  "no id where an answer is wanted": '{"uid":"a","type":1}',
  "an id that is no text": '{"uid":"a","requestId":{},"type":1}',
  "a join of nobody in particular": '{"uid":"a","type":2,"rooms":["x"]}',
  "a join without rooms": '{"uid":"a","type":2,"opts":{"rooms":[]}}',
  "a disconnect of nobody in particular": '{"uid":"a","type":4,"close":true}',
  "a disconnect with rooms that are none":
    '{"uid":"a","type":4,"opts":{"rooms":"all"},"close":true}',
  "a fetch without a target": '{"uid":"a","requestId":"id","type":5}',
  "an event that is no array": '{"uid":"a","type":6,"data":"ev"}',
  "an event without a name": '{"uid":"a","type":6,"data":[{}]}',
  "a broadcast without a packet":
    '{"uid":"a","requestId":"id","type":7,"opts":{}}',
};
for (const [name, sent] of Object.entries(badRequests)) {
  Deno.test(`decodeClassicRequest() ignores ${name}`, () => {
    assertEquals(decodeClassicRequest(textBytes(sent), "/"), undefined);
  });
}

Deno.test("decodeClassicRequest() ignores values that are no requests", () => {
  for (const value of [null, 1, "text", [], [1, 2], Uint8Array.of(1)]) {
    const bytes = encodeMsgpack(value);
    assertEquals(decodeClassicRequest(bytes, "/"), undefined);
  }
});

Deno.test("decodeClassicRequest() throws for what is neither JSON nor MessagePack", () => {
  for (const bytes of [textBytes('{"type":'), Uint8Array.of(0xc1)]) {
    assertThrows(() => decodeClassicRequest(bytes, "/"));
    assertThrows(() => decodeClassicReply(bytes));
  }
  assertThrows(() => decodeClassicRequest(new Uint8Array(), "/"));
});

Deno.test("decodeClassicRequest() lets no name of a prototype through", () => {
  const sent =
    '{"__proto__":{"type":1,"requestId":"id"},"constructor":1,"uid":"a"}';
  assertEquals(decodeClassicRequest(textBytes(sent), "/"), undefined);
  const nested = decodeClassicRequest(
    textBytes(
      '{"uid":"a","type":6,"data":["ev",{"__proto__":{"polluted":true}}]}',
    ),
    "/",
  );
  assertEquals(nested?.message.type, "server_side_emit");
  assertEquals(({} as { polluted?: boolean }).polluted, undefined); // nobody has set it
});

const replies: Record<string, [sent: unknown, reply: ClusterReply]> = {
  "sockets": [
    {
      requestId: "id",
      sockets: [
        { id: "s", handshake: { time: "t" }, rooms: ["s", 1], data: null },
        { id: "without a handshake", rooms: [], data: {} },
        { id: 1, handshake: {}, rooms: [], data: {} },
        { id: "without rooms", handshake: {}, data: {} },
        "a text",
        null,
      ],
    },
    {
      type: "sockets",
      requestId: "id",
      sockets: [{
        id: "s",
        handshake: { time: "t" },
        rooms: new Set(["s", "1"]),
        data: null,
      }],
    },
  ],
  "rooms": [
    { requestId: "id", rooms: ["a", 1] },
    { type: "room_list", requestId: "id", rooms: ["a", "1"] },
  ],
  "an answer of a server": [
    { type: 6, requestId: "id", data: { a: 1 } },
    { type: "server_side_answer", requestId: "id", answer: { a: 1 } },
  ],
  "an answer of a server which is nothing": [
    { type: 6, requestId: "id" },
    { type: "server_side_answer", requestId: "id", answer: undefined },
  ],
  "a number of clients": [
    { type: 8, requestId: "id", clientCount: 3 },
    { type: "client_count", requestId: "id", count: 3 },
  ],
  "an acknowledgement": [
    { type: 9, requestId: "id", packet: [null] },
    { type: "ack", requestId: "id", answer: [null] },
  ],
};
for (const [name, [sent, reply]] of Object.entries(replies)) {
  Deno.test(`decodeClassicReply() reads ${name}`, () => {
    assertEquals(decodeClassicReply(encodeMsgpack(sent)), reply);
    assertEquals(decodeClassicReply(textBytes(JSON.stringify(sent))), reply);
  });
}

const badReplies: Record<string, unknown> = {
  "what has no id": { type: 8, clientCount: 1 },
  "an id alone": { requestId: "id" },
  "a negative number": { type: 8, requestId: "id", clientCount: -1 },
  "half a client": { type: 8, requestId: "id", clientCount: 0.5 },
  "no number": { type: 8, requestId: "id", clientCount: "1" },
  "rooms that are none": { requestId: "id", rooms: [{}] },
  "nothing": null,
  "a list": ["id"],
};
for (const [name, sent] of Object.entries(badReplies)) {
  Deno.test(`decodeClassicReply() ignores ${name}`, () => {
    assertEquals(decodeClassicReply(encodeMsgpack(sent)), undefined);
  });
}
