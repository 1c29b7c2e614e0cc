import { assertEquals } from "@std/assert";
import { isPacketValid, isReservedEvent, PacketType } from "./packet.ts";

const { CONNECT, DISCONNECT, EVENT, ACK, CONNECT_ERROR } = PacketType;
const nsp = "/";

const valid: [packet: object, name: string][] = [
  [{ type: CONNECT, nsp }, "CONNECT without data"],
  [{ type: CONNECT, nsp, data: {} }, "CONNECT with an object"],
  [{ type: CONNECT, nsp: "/a", data: { token: 1 } }, "CONNECT with a token"],
  [{ type: DISCONNECT, nsp }, "DISCONNECT"],
  [{ type: EVENT, nsp, data: ["a"] }, "EVENT"],
  [{ type: EVENT, nsp, data: ["a", 1, null], id: 0 }, "EVENT with id 0"],
  [{ type: EVENT, nsp, data: [1] }, "EVENT with a number as its name"],
  [{ type: EVENT, nsp, data: [""] }, "EVENT with an empty name"],
  [{ type: EVENT, nsp, data: ["error"] }, "EVENT named error"],
  [{ type: EVENT, nsp, data: ["__proto__"] }, "EVENT named __proto__"],
  [{ type: ACK, nsp, data: [], id: 1 }, "ACK"],
  [{ type: ACK, nsp, data: [{}] }, "ACK without an id"],
  [{ type: CONNECT_ERROR, nsp, data: "text" }, "CONNECT_ERROR with text"],
  [{ type: CONNECT_ERROR, nsp, data: {} }, "CONNECT_ERROR with an object"],
];

const invalid: [packet: unknown, name: string][] = [
  [undefined, "nothing"],
  [null, "null"],
  ["2", "a string"],
  [[], "an array"],
  [{}, "an empty object"],
  [{ type: EVENT, data: ["a"] }, "a packet without a namespace"],
  [{ type: EVENT, nsp: 1, data: ["a"] }, "a namespace that is a number"],
  [{ type: "2", nsp, data: ["a"] }, "a type that is a string"],
  [{ type: 5, nsp, data: ["a"] }, "type 5"],
  [{ type: -1, nsp }, "type -1"],
  [{ type: EVENT, nsp, data: ["a"], id: "1" }, "an id that is a string"],
  [{ type: EVENT, nsp, data: ["a"], id: 1.5 }, "an id with a fraction"],
  [{ type: EVENT, nsp, data: ["a"], id: NaN }, "an id that is no number"],
  [{ type: EVENT, nsp, data: ["a"], id: Infinity }, "an infinite id"],
  [{ type: EVENT, nsp, data: ["a"], id: null }, "an id that is null"],
  [{ type: CONNECT, nsp, data: [] }, "CONNECT with an array"],
  [{ type: CONNECT, nsp, data: "x" }, "CONNECT with text"],
  [{ type: CONNECT, nsp, data: null }, "CONNECT with null"],
  [{ type: DISCONNECT, nsp, data: {} }, "DISCONNECT with data"],
  [{ type: EVENT, nsp }, "EVENT without data"],
  [{ type: EVENT, nsp, data: [] }, "EVENT without a name"],
  [{ type: EVENT, nsp, data: {} }, "EVENT with an object"],
  [{ type: EVENT, nsp, data: "a" }, "EVENT with text"],
  ...[null, true, {}, { toString: "x" }, [], ["a"], undefined].map((
    name,
  ): [unknown, string] => [
    { type: EVENT, nsp, data: [name] },
    `EVENT named ${JSON.stringify(name)}`,
  ]),
  [{ type: ACK, nsp }, "ACK without data"],
  [{ type: ACK, nsp, data: {} }, "ACK with an object"],
  [{ type: CONNECT_ERROR, nsp }, "CONNECT_ERROR without data"],
  [{ type: CONNECT_ERROR, nsp, data: 1 }, "CONNECT_ERROR with a number"],
  [{ type: CONNECT_ERROR, nsp, data: [] }, "CONNECT_ERROR with an array"],
];

const RESERVED = [
  "connect",
  "connect_error",
  "disconnect",
  "disconnecting",
  "newListener",
  "removeListener",
];

for (const [packet, name] of valid) {
  Deno.test(`isPacketValid() accepts ${name}`, () => {
    assertEquals(isPacketValid(packet), true);
  });
}

for (const [packet, name] of invalid) {
  Deno.test(`isPacketValid() refuses ${name}`, () => {
    assertEquals(isPacketValid(packet), false);
  });
}

for (const name of RESERVED) {
  Deno.test(`isPacketValid() refuses EVENT named ${name}, which is reserved`, () => {
    assertEquals(isPacketValid({ type: EVENT, nsp, data: [name] }), false);
    assertEquals(isReservedEvent(name), true);
  });
}

Deno.test("isReservedEvent() leaves other names alone", () => {
  for (const name of ["message", "error", "Connect", "", 1, null, undefined]) {
    assertEquals(isReservedEvent(name), false);
  }
});
