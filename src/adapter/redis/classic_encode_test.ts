import { assertEquals, assertThrows } from "@std/assert";
import { PacketType } from "../../parser/mod.ts";
import { decodeMsgpack } from "../../parser/msgpack/mod.ts";
import type { Target } from "../adapter.ts";
import type { ClusterMessage, ClusterReply } from "../cluster_message.ts";
import { encodeClassicMessage, encodeClassicReply } from "./classic_encode.ts";
import { type ClassicBytes, classicChannels } from "./classic_wire.ts";

const UID = "-75WfG";
const CHANNELS = classicChannels("socket.io", "/");

const everybody: Target = { rooms: new Set(), except: new Set() };

function event(...data: unknown[]) {
  return { type: PacketType.EVENT, nsp: "/", data };
}

function read(bytes: ClassicBytes): unknown {
  return typeof bytes === "string" ? JSON.parse(bytes) : decodeMsgpack(bytes);
}

Deno.test("classicChannels() names what Node's servers listen to", () => {
  assertEquals(CHANNELS, {
    broadcast: "socket.io#/#",
    broadcastPattern: "socket.io#/#*",
    request: "socket.io-request#/#",
    response: "socket.io-response#/#",
  });
});

Deno.test("classicChannels() has no wildcards but the last in the pattern", () => {
  assertEquals(
    classicChannels("a*", "/b?[c]\\").broadcastPattern,
    "a\\*#/b\\?\\[c\\]\\\\#*",
  );
});

Deno.test("encodeClassicMessage() writes a broadcast as Node does", () => {
  const [channel, bytes] = encodeClassicMessage(
    { type: "broadcast", packet: event("hello", 1, "é"), target: everybody },
    UID,
    CHANNELS,
  );
  assertEquals(channel, "socket.io#/#");
  assertEquals(
    (bytes as Uint8Array).toHex(), // a broadcast is never text
    "93a62d3735576647" + "83a47479706502" + "a46461746193a568656c6c6f01a2c3a9" +
      "a36e7370a12f" + "83a5726f6f6d7390a665786365707490a5666c61677380",
  );
});

Deno.test("encodeClassicMessage() sends what is for one room to its channel", () => {
  const channelOf = (...rooms: string[]) =>
    encodeClassicMessage(
      {
        type: "broadcast",
        packet: event("a"),
        target: { rooms: new Set(rooms), except: new Set(["x"]) },
      },
      UID,
      CHANNELS,
    )[0];
  assertEquals(channelOf("room1"), "socket.io#/#room1#");
  assertEquals(channelOf("room1", "room2"), "socket.io#/#");
});

Deno.test("encodeClassicMessage() leaves bytes in the data, and the type", () => {
  const bytes = Uint8Array.of(7, 8);
  const [, encoded] = encodeClassicMessage(
    {
      type: "broadcast",
      packet: event("a", bytes, { deep: [bytes.buffer] }),
      target: {
        rooms: new Set(["r"]),
        except: new Set(["s"]),
        flags: { volatile: true, compress: false, local: false },
      },
    },
    UID,
    CHANNELS,
  );
  assertEquals(read(encoded), [
    UID,
    { type: 2, data: ["a", bytes, { deep: [bytes] }], nsp: "/" },
    { rooms: ["r"], except: ["s"], flags: { volatile: true, compress: false } },
  ]);
});

Deno.test("encodeClassicMessage() asks for acknowledgements in MessagePack", () => {
  const [channel, bytes] = encodeClassicMessage(
    {
      type: "broadcast_with_ack",
      requestId: "id",
      packet: { ...event("a", 1), id: 3 },
      target: { ...everybody, flags: { timeout: 500 } },
    },
    UID,
    CHANNELS,
  );
  assertEquals(channel, "socket.io-request#/#");
  assertEquals(typeof bytes, "object");
  assertEquals(read(bytes), {
    uid: UID,
    requestId: "id",
    type: 7,
    packet: { type: 2, data: ["a", 1], nsp: "/" },
    opts: { rooms: [], except: [], flags: { timeout: 500 } },
  });
});

const some: Target = { rooms: new Set(["a", "b"]), except: new Set(["c"]) };
const requests: Record<string, [message: ClusterMessage, text: string]> = {
  "join": [
    { type: "join", target: some, rooms: ["room2"] },
    '{"uid":"-75WfG","type":2,"opts":{"rooms":["a","b"],"except":["c"]},"rooms":["room2"]}',
  ],
  "leave": [
    { type: "leave", target: some, rooms: ["room2"] },
    '{"uid":"-75WfG","type":3,"opts":{"rooms":["a","b"],"except":["c"]},"rooms":["room2"]}',
  ],
  "disconnect": [
    { type: "disconnect", target: some, close: true },
    '{"uid":"-75WfG","type":4,"opts":{"rooms":["a","b"],"except":["c"]},"close":true}',
  ],
  "fetch": [
    { type: "fetch", requestId: "id", target: some },
    '{"uid":"-75WfG","requestId":"id","type":5,"opts":{"rooms":["a","b"],"except":["c"]}}',
  ],
  "rooms": [
    { type: "rooms", requestId: "id" },
    '{"uid":"-75WfG","requestId":"id","type":1}',
  ],
  "server_side_emit": [
    { type: "server_side_emit", requestId: undefined, args: ["ev", null] },
    '{"uid":"-75WfG","type":6,"data":["ev",null]}',
  ],
  "server_side_emit that wants an answer": [
    { type: "server_side_emit", requestId: "id", args: ["ev"] },
    '{"uid":"-75WfG","requestId":"id","type":6,"data":["ev"]}',
  ],
};
for (const [name, [message, text]] of Object.entries(requests)) {
  Deno.test(`encodeClassicMessage() writes ${name}`, () => {
    assertEquals(
      encodeClassicMessage(message, UID, CHANNELS),
      ["socket.io-request#/#", text],
    );
  });
}

Deno.test("encodeClassicMessage() writes bytes for the servers in MessagePack", () => {
  const [, bytes] = encodeClassicMessage(
    {
      type: "server_side_emit",
      requestId: undefined,
      args: ["ev", { deep: Uint8Array.of(1) }],
    },
    UID,
    CHANNELS,
  );
  assertEquals(typeof bytes, "object");
  assertEquals(read(bytes), {
    uid: UID,
    type: 6,
    data: ["ev", { deep: Uint8Array.of(1) }],
  });
});

Deno.test("encodeClassicMessage() throws what has no form", () => {
  for (const packet of [event("a", 1n)]) {
    assertThrows(() =>
      encodeClassicMessage(
        { type: "broadcast", packet, target: everybody },
        UID,
        CHANNELS,
      )
    );
  }
});

const details = {
  id: "socket",
  handshake: { query: { EIO: "4" } },
  rooms: new Set(["socket", "room"]),
  data: { name: "x" },
};
const replies: Record<
  string,
  [reply: ClusterReply, wantsIds: boolean, text: string]
> = {
  "sockets": [
    { type: "sockets", requestId: "id", sockets: [details] },
    false,
    '{"requestId":"id","sockets":[{"id":"socket","handshake":{"query":{"EIO":"4"}},"rooms":["socket","room"],"data":{"name":"x"}}]}',
  ],
  "ids of sockets": [
    { type: "sockets", requestId: "id", sockets: [details] },
    true,
    '{"requestId":"id","sockets":["socket"]}',
  ],
  "rooms": [
    { type: "room_list", requestId: "id", rooms: ["a", "b"] },
    false,
    '{"requestId":"id","rooms":["a","b"]}',
  ],
  "an answer of a server": [
    { type: "server_side_answer", requestId: "id", answer: [1] },
    false,
    '{"type":6,"requestId":"id","data":[1]}',
  ],
  "a number of clients": [
    { type: "client_count", requestId: "id", count: 2 },
    false,
    '{"type":8,"requestId":"id","clientCount":2}',
  ],
};
for (const [name, [reply, wantsIds, text]] of Object.entries(replies)) {
  Deno.test(`encodeClassicReply() writes ${name}`, () => {
    assertEquals(encodeClassicReply(reply, wantsIds), text);
  });
}

Deno.test("encodeClassicReply() writes acknowledgements, and bytes, in MessagePack", () => {
  const bytes = Uint8Array.of(1, 2);
  const ack = encodeClassicReply(
    { type: "ack", requestId: "id", answer: "yes" },
    false,
  );
  assertEquals(typeof ack, "object");
  assertEquals(read(ack), { type: 9, requestId: "id", packet: "yes" });
  const answer = encodeClassicReply(
    { type: "server_side_answer", requestId: "id", answer: { bytes } },
    false,
  );
  assertEquals(read(answer), { type: 6, requestId: "id", data: { bytes } });
  const sockets = encodeClassicReply({
    type: "sockets",
    requestId: "id",
    sockets: [{ ...details, data: bytes }],
  }, false);
  assertEquals(read(sockets), {
    requestId: "id",
    sockets: [{ ...details, rooms: ["socket", "room"], data: bytes }],
  });
});
