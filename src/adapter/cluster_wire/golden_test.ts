/** What `socket.io-adapter` 2.5.8 sends on Node, to the letter. */

import { assertEquals } from "@std/assert";
import { decodeMsgpack } from "../../parser/msgpack/mod.ts";
import type { Target } from "../adapter.ts";
import {
  decodeWire,
  encodeWire,
  fromWire,
  toWire,
  type WireContent,
} from "./mod.ts";

const SENDER = { uid: "0123456789abcdef", nsp: "/" };

function target(
  rooms: string[] = [],
  except: string[] = [],
  flags: Target["flags"] = {},
): Target {
  return { rooms: new Set(rooms), except: new Set(except), flags };
}

function event(...data: unknown[]) {
  return { type: 2, nsp: "/", data } as const;
}

const GOLDEN: Record<string, [content: WireContent, json: string]> = {
  "a broadcast": [
    { type: "broadcast", packet: event("hello", 1, {}), target: target() },
    `{"type":3,"data":{"packet":{"type":2,"data":["hello",1,{}]},"opts":{"rooms":[],"except":[],"flags":{}}},"uid":"0123456789abcdef","nsp":"/"}`,
  ],
  "a broadcast with rooms and flags": [
    {
      type: "broadcast",
      packet: event("x"),
      target: target(["a", "b"], ["c"], { volatile: true, compress: true }),
    },
    `{"type":3,"data":{"packet":{"type":2,"data":["x"]},"opts":{"rooms":["a","b"],"except":["c"],"flags":{"volatile":true,"compress":true}}},"uid":"0123456789abcdef","nsp":"/"}`,
  ],
  "a broadcast that wants answers": [
    {
      type: "broadcast_with_ack",
      requestId: "f5fd39cd37450cfc",
      packet: event("ask", 1),
      target: target([], [], { timeout: 500 }),
    },
    `{"type":3,"data":{"packet":{"type":2,"data":["ask",1]},"requestId":"f5fd39cd37450cfc","opts":{"rooms":[],"except":[],"flags":{"timeout":500}}},"uid":"0123456789abcdef","nsp":"/"}`,
  ],
  "socketsJoin()": [
    { type: "join", target: target(["a"]), rooms: ["r"] },
    `{"type":4,"data":{"opts":{"rooms":["a"],"except":[],"flags":{}},"rooms":["r"]},"uid":"0123456789abcdef","nsp":"/"}`,
  ],
  "socketsLeave()": [
    { type: "leave", target: target(["a"]), rooms: ["r"] },
    `{"type":5,"data":{"opts":{"rooms":["a"],"except":[],"flags":{}},"rooms":["r"]},"uid":"0123456789abcdef","nsp":"/"}`,
  ],
  "disconnectSockets()": [
    { type: "disconnect", target: target(["zz"]), close: true },
    `{"type":6,"data":{"opts":{"rooms":["zz"],"except":[],"flags":{}},"close":true},"uid":"0123456789abcdef","nsp":"/"}`,
  ],
  "fetchSockets()": [
    {
      type: "fetch",
      requestId: "f102550607acf9d1",
      target: target(["a"], [], { timeout: 300 }),
    },
    `{"type":7,"data":{"opts":{"rooms":["a"],"except":[],"flags":{"timeout":300}},"requestId":"f102550607acf9d1"},"uid":"0123456789abcdef","nsp":"/"}`,
  ],
  "the answer to fetchSockets()": [
    {
      type: "sockets",
      requestId: "q1",
      sockets: [{
        id: "oiNVjFkIICBUVJdvAAAA",
        handshake: { url: "/socket.io/", auth: {} },
        rooms: new Set(["oiNVjFkIICBUVJdvAAAA", "a"]),
        data: { n: 1 },
      }],
    },
    `{"type":8,"data":{"requestId":"q1","sockets":[{"id":"oiNVjFkIICBUVJdvAAAA","handshake":{"url":"/socket.io/","auth":{}},"rooms":["oiNVjFkIICBUVJdvAAAA","a"],"data":{"n":1}}]},"uid":"0123456789abcdef","nsp":"/"}`,
  ],
  "serverSideEmit()": [
    { type: "server_side_emit", requestId: undefined, args: ["tell", 1] },
    `{"type":9,"data":{"packet":["tell",1]},"uid":"0123456789abcdef","nsp":"/"}`,
  ],
  "serverSideEmit() that wants answers": [
    {
      type: "server_side_emit",
      requestId: "b6c6672576283e28",
      args: ["askServers", 1],
    },
    `{"type":9,"data":{"requestId":"b6c6672576283e28","packet":["askServers",1]},"uid":"0123456789abcdef","nsp":"/"}`,
  ],
  "the answer to serverSideEmit()": [
    { type: "server_side_answer", requestId: "q2", answer: { r: 1 } },
    `{"type":10,"data":{"requestId":"q2","packet":{"r":1}},"uid":"0123456789abcdef","nsp":"/"}`,
  ],
  "a number of clients": [
    { type: "client_count", requestId: "q3", count: 1 },
    `{"type":11,"data":{"requestId":"q3","clientCount":1},"uid":"0123456789abcdef","nsp":"/"}`,
  ],
  "a client's answer": [
    { type: "ack", requestId: "q3", answer: "yes" },
    `{"type":12,"data":{"requestId":"q3","packet":"yes"},"uid":"0123456789abcdef","nsp":"/"}`,
  ],
  "that a member has come": [
    { type: "joined" },
    `{"type":1,"uid":"0123456789abcdef","nsp":"/"}`,
  ],
  "that a member is there": [
    { type: "alive" },
    `{"type":2,"uid":"0123456789abcdef","nsp":"/"}`,
  ],
  "that a member leaves": [
    { type: "left" },
    `{"type":13,"uid":"0123456789abcdef","nsp":"/"}`,
  ],
};

for (const [what, [content, json]] of Object.entries(GOLDEN)) {
  Deno.test(`toWire() says ${what} as Node does`, () => {
    const text = encodeWire(toWire(content, SENDER));
    assertEquals(typeof text, "string");
    assertEquals(JSON.parse(text as string), JSON.parse(json)); // seen above
  });

  Deno.test(`fromWire() understands ${what} of Node's`, () => {
    const message = decodeWire(json);
    assertEquals([message.uid, message.nsp], [SENDER.uid, "/"]);
    const received = fromWire(message);
    assertEquals(
      received.kind === "message"
        ? received.message
        : received.kind === "reply"
        ? received.reply
        : received.presence,
      content,
    );
  });
}

Deno.test("encodeWire() writes bytes as @msgpack/msgpack does", () => {
  // What it writes on Node for io.emit("bin", Buffer.from([1, 2])).
  const golden = Uint8Array.fromHex(
    "84a47479706503a46461746182a67061636b657482a47479706502a46461746192a362696ec4020102a46f70747383a5726f6f6d7390a665786365707490a5666c61677380a3756964b030313233343536373839616263646566a36e7370a12f",
  );
  const content = {
    type: "broadcast",
    packet: event("bin", Uint8Array.of(1, 2)),
    target: target(),
  } as const;
  const received = fromWire(decodeWire(golden));
  assertEquals(received, { kind: "message", message: content });
  const bytes = encodeWire(toWire(content, SENDER)) as Uint8Array; // there are bytes in it
  assertEquals(decodeMsgpack(bytes), decodeMsgpack(golden));
});
