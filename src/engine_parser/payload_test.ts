import { assertEquals, assertThrows } from "@std/assert";
import { PacketSyntaxError } from "./errors.ts";
import type { Packet } from "./packet.ts";
import { decodePayload, encodePayload } from "./payload.ts";

const payloads: Record<string, [payload: string, packets: Packet[]]> = {
  "one packet": ["4a", [{ type: "message", data: "a" }]],
  "several packets": ["4a\x1e6\x1e2probe", [
    { type: "message", data: "a" },
    { type: "noop" },
    { type: "ping", data: "probe" },
  ]],
  "bytes between texts": ["4a\x1ebAQI=\x1e4b", [
    { type: "message", data: "a" },
    { type: "message", data: Uint8Array.of(1, 2) },
    { type: "message", data: "b" },
  ]],
  "empty messages": ["4\x1e4", [{ type: "message" }, { type: "message" }]],
};

for (const [name, [payload, packets]] of Object.entries(payloads)) {
  Deno.test(`decodePayload() reads ${name}`, () => {
    assertEquals([...decodePayload(payload)], packets);
  });
  Deno.test(`encodePayload() writes ${name}`, () => {
    assertEquals(encodePayload(packets), payload);
  });
}

Deno.test("encodePayload() writes no packets as an empty body", () => {
  assertEquals(encodePayload([]), "");
});

const broken: Record<string, [payload: string, before: number]> = {
  "an empty body": ["", 0],
  "an unknown type": ["4a\x1ex\x1e4b", 1],
  "a separator at the start": ["\x1e4a", 0],
  "a separator at the end": ["4a\x1e", 1],
  "two separators in a row": ["4a\x1e\x1e4b", 1],
  "base64 that is none": ["4a\x1e4b\x1eb???\x1e4c", 2],
};

for (const [name, [payload, before]] of Object.entries(broken)) {
  Deno.test(`decodePayload() reads what is in front of ${name}`, () => {
    const packets: Packet[] = [];
    assertThrows(() => {
      for (const packet of decodePayload(payload)) packets.push(packet);
    }, PacketSyntaxError);
    assertEquals(packets.length, before);
  });
}
