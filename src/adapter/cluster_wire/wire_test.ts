import { assert, assertEquals, assertThrows } from "@std/assert";
import { encodeMsgpack } from "../../parser/msgpack/mod.ts";
import {
  ClusterWireError,
  createUid,
  decodeWire,
  encodeWire,
  fromWire,
  readEnvelope,
  toWire,
} from "./mod.ts";

const SENDER = { uid: "0123456789abcdef", nsp: "/chat" };
const OPTS = { rooms: [], except: [], flags: {} };

Deno.test("createUid() makes 16 hexadecimal digits, others each time", () => {
  const uids = new Set(Array.from({ length: 100 }, createUid));
  assertEquals(uids.size, 100);
  for (const uid of uids) assert(/^[0-9a-f]{16}$/.test(uid));
});

const UNREADABLE: Record<string, string | Uint8Array> = {
  "nothing": "",
  "no bytes": new Uint8Array(),
  "broken JSON": "{",
  "broken JSON as bytes": new TextEncoder().encode(`{"uid":`),
  "broken MessagePack": Uint8Array.of(0x84, 0xa3),
  "MessagePack with more behind": Uint8Array.of(0x80, 0x80),
  "a number": "1",
  "null": "null",
  "an array, as the classic adapter has": encodeMsgpack(["uid", {}, {}]),
  "no uid": `{"nsp":"/","type":1}`,
  "an empty uid": `{"uid":"","nsp":"/","type":1}`,
  "a uid that is no text": `{"uid":1,"nsp":"/","type":1}`,
  "no namespace": `{"uid":"a","type":1}`,
  "no type": `{"uid":"a","nsp":"/"}`,
  "a type that is no number": `{"uid":"a","nsp":"/","type":"1"}`,
};
for (const [what, bytes] of Object.entries(UNREADABLE)) {
  Deno.test(`decodeWire() refuses ${what}`, () => {
    const error = assertThrows(() => decodeWire(bytes), ClusterWireError);
    assert(error.message.startsWith("Cannot read a message of another server"));
  });
}

const BROADCAST = { packet: { type: 2, data: ["x"] }, opts: OPTS };
const MALFORMED: Record<string, [type: number, data: unknown]> = {
  "an unknown type": [14, {}],
  "a type that is a fraction": [3.5, {}],
  "no data": [3, undefined],
  "data that is null": [7, null],
  "data that is text": [9, "data"],
  "an empty packet": [3, { ...BROADCAST, packet: {} }],
  "an event without data": [3, { ...BROADCAST, packet: { type: 2 } }],
  "an event without a name": [3, {
    ...BROADCAST,
    packet: { type: 2, data: [] },
  }],
  "an event of a reserved name": [3, {
    ...BROADCAST,
    packet: { type: 2, data: ["disconnect"] },
  }],
  "a packet that is no event": [3, {
    ...BROADCAST,
    packet: { type: 0, data: {} },
  }],
  "an event for another namespace": [3, {
    ...BROADCAST,
    packet: { type: 2, nsp: "/", data: ["x"] },
  }],
  "a broadcast without a target": [3, { packet: BROADCAST.packet }],
  "rooms that are text": [3, { ...BROADCAST, opts: { ...OPTS, rooms: "a" } }],
  "rooms that are objects": [3, {
    ...BROADCAST,
    opts: { ...OPTS, except: [{}] },
  }],
  "a request whose id is a number": [3, { ...BROADCAST, requestId: 7 }],
  "rooms to join that are missing": [4, { opts: OPTS }],
  "a target to leave that is missing": [5, { rooms: ["a"] }],
  "nobody to disconnect": [6, { close: true }],
  "a question for sockets without an id": [7, { opts: OPTS }],
  "sockets that are no list": [8, { requestId: "q", sockets: {} }],
  "an answer without an id": [8, { sockets: [] }],
  "a server's event without a name": [9, { packet: [] }],
  "a server's event that is text": [9, { packet: "tell" }],
  "a server's event whose id is an object": [9, {
    packet: ["tell"],
    requestId: {},
  }],
  "a negative number of clients": [11, { requestId: "q", clientCount: -1 }],
  "a number of clients that is none": [11, { requestId: "q" }],
  "a client's answer without an id": [12, { packet: 1 }],
};
for (const [what, [type, data]] of Object.entries(MALFORMED)) {
  Deno.test(`fromWire() refuses ${what}`, () => {
    assertThrows(() => fromWire({ ...SENDER, type, data }), ClusterWireError);
  });
}

Deno.test("fromWire() takes nothing for a message to all", () => {
  const targets = [null, 1, "all", { rooms: { length: 0 } }, { except: 1 }];
  for (const opts of targets) {
    for (const type of [3, 4, 5, 6, 7]) {
      const data = { ...BROADCAST, requestId: "q", rooms: [], opts };
      assertThrows(() => fromWire({ ...SENDER, type, data }), ClusterWireError);
    }
  }
});

Deno.test("fromWire() takes null for an id that is not there", () => {
  // So @msgpack/msgpack writes what is undefined.
  const broadcast = fromWire({
    ...SENDER,
    type: 3,
    data: { ...BROADCAST, requestId: null },
  });
  assert(broadcast.kind === "message");
  assertEquals(broadcast.message.type, "broadcast");
  const event = fromWire({
    ...SENDER,
    type: 9,
    data: { packet: ["tell"], requestId: null },
  });
  assertEquals(event, {
    kind: "message",
    message: { type: "server_side_emit", requestId: undefined, args: ["tell"] },
  });
});

Deno.test("fromWire() leaves out sockets that are none", () => {
  const socket = { id: "1", handshake: {}, rooms: ["1", 2], data: null };
  const sockets = [socket, null, {}, { ...socket, rooms: "1" }];
  const data = { requestId: "q", sockets };
  assertEquals(fromWire({ ...SENDER, type: 8, data }), {
    kind: "reply",
    reply: {
      type: "sockets",
      requestId: "q",
      sockets: [{ ...socket, rooms: new Set(["1", "2"]) }],
    },
  });
});

Deno.test("fromWire() reads a flag only if it can be one", () => {
  const flags = { volatile: 1, compress: false, timeout: -1, local: true };
  const data = { ...BROADCAST, opts: { ...OPTS, flags } };
  const received = fromWire({ ...SENDER, type: 3, data });
  assert(received.kind === "message" && received.message.type === "broadcast");
  assertEquals(received.message.target.flags, { compress: false });
});

Deno.test("a request for rooms asks Node's servers for sockets", () => {
  const asked = toWire({ type: "rooms", requestId: "q" }, SENDER);
  const data = { opts: OPTS, requestId: "rooms:q" };
  assertEquals(asked, { ...SENDER, type: 7, data });
  // As one on Node answers it.
  const socket = { handshake: {}, data: {} };
  const answer = fromWire({
    ...SENDER,
    type: 8,
    data: {
      requestId: data.requestId,
      sockets: [
        { id: "1", ...socket, rooms: ["1", "a"] },
        { id: "2", ...socket, rooms: ["2", "a"] },
      ],
    },
  });
  assertEquals(answer, {
    kind: "reply",
    reply: { type: "room_list", requestId: "q", rooms: ["1", "a", "2"] },
  });
});

Deno.test("a request for rooms is one to ours, which say no more than that", () => {
  const asked = toWire({ type: "rooms", requestId: "q" }, SENDER);
  const message = { type: "rooms", requestId: "q" } as const;
  assertEquals(fromWire(asked), { kind: "message", message });
  const reply = {
    type: "room_list",
    requestId: "q",
    rooms: ["a", "b"],
  } as const;
  const answer = decodeWire(encodeWire(toWire(reply, SENDER)));
  assertEquals(fromWire(answer), { kind: "reply", reply });
});

Deno.test("toWire() names neither the namespace of a packet twice, nor what is local", () => {
  const message = toWire({
    type: "broadcast",
    packet: { type: 2, nsp: "/chat", data: ["x"], id: 7 },
    target: {
      rooms: new Set(),
      except: new Set(),
      flags: { local: false, timeout: undefined },
    },
  }, SENDER);
  assertEquals(message.data, BROADCAST);
});

Deno.test("decodeWire() gives bytes of their own", () => {
  const content = {
    type: "server_side_emit",
    requestId: undefined,
    args: ["tell", Uint8Array.of(1, 2)],
  } as const;
  const bytes = encodeWire(toWire(content, SENDER)) as Uint8Array; // there are bytes in it
  const received = fromWire(decodeWire(bytes));
  bytes.fill(0);
  assertEquals(received, { kind: "message", message: content });
});

Deno.test("readEnvelope() reads what is an object already", () => {
  const message = { ...SENDER, type: 2 };
  assertEquals(readEnvelope({ ...message, more: 1 }), {
    ...message,
    data: undefined,
  });
  assertThrows(() => readEnvelope([]), ClusterWireError);
});
