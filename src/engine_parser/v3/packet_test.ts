import { assertEquals, assertNotStrictEquals, assertThrows } from "@std/assert";
import { PacketSyntaxError } from "../errors.ts";
import type { Packet } from "../packet.ts";
import { decodePacket, encodeBytes, toBase64 } from "./packet.ts";

Deno.test("encodeBytes() puts the type in front of a copy", () => {
  const data = Uint8Array.of(1, 2, 3);
  const packet = encodeBytes(data.subarray(1));
  data.fill(0);
  assertEquals(packet, Uint8Array.of(4, 2, 3));
  assertEquals(encodeBytes(new Uint8Array()), Uint8Array.of(4));
});

Deno.test("toBase64() leaves out the byte of the type", () => {
  assertEquals(toBase64(Uint8Array.of(4, 1, 2)), "b4AQI=");
  assertEquals(toBase64(Uint8Array.of(4)), "b4");
});

const decoded: Record<string, [frame: string | Uint8Array, packet: Packet]> = {
  "a text message": ["4hello", { type: "message", data: "hello" }],
  "a ping": ["2", { type: "ping" }],
  "a probe": ["2probe", { type: "ping", data: "probe" }],
  "bytes": [Uint8Array.of(4, 9), { type: "message", data: Uint8Array.of(9) }],
  "no bytes": [Uint8Array.of(4), { type: "message", data: new Uint8Array() }],
  "base64": ["b4AQI=", { type: "message", data: Uint8Array.of(1, 2) }],
  "no base64": ["b4", { type: "message", data: new Uint8Array() }],
};
for (const [name, [frame, packet]] of Object.entries(decoded)) {
  Deno.test(`decodePacket() of revision 3 reads ${name}`, () => {
    assertEquals(decodePacket(frame), packet);
  });
}

Deno.test("decodePacket() of revision 3 gives bytes in memory of their own", () => {
  const frame = Uint8Array.of(4, 1, 2);
  const { data } = decodePacket(frame);
  assertNotStrictEquals((data as Uint8Array).buffer, frame.buffer); // bytes went in
  assertEquals((data as Uint8Array).byteOffset, 0); // the same
});

const malformed: Record<string, string | Uint8Array> = {
  "nothing": "",
  "an unknown digit": "7",
  "a letter": "x",
  "bytes without a type": new Uint8Array(),
  "bytes of another type": Uint8Array.of(2),
  "bytes of an unknown type": Uint8Array.of(52, 1),
  "base64 without a type": "b",
  "base64 of another type": "b2AQI=",
  "base64 as in revision 4": "bAQI=",
  "base64 that is none": "b4?!",
};
for (const [name, frame] of Object.entries(malformed)) {
  Deno.test(`decodePacket() of revision 3 refuses ${name}`, () => {
    assertThrows(() => decodePacket(frame), PacketSyntaxError);
  });
}
