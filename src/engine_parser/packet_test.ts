import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { PacketSyntaxError } from "./errors.ts";
import { decodePacket, encodePacket, type Packet } from "./packet.ts";

const bytes = Uint8Array.of(0, 1, 0xfe, 0xff);

/** What reads and writes the same either way. */
const frames: Record<string, [frame: string | Uint8Array, packet: Packet]> = {
  "an open packet": ['0{"sid":"x"}', { type: "open", data: '{"sid":"x"}' }],
  "a close packet": ["1", { type: "close" }],
  "a ping": ["2", { type: "ping" }],
  "a probe": ["2probe", { type: "ping", data: "probe" }],
  "a pong": ["3", { type: "pong" }],
  "a probe's answer": ["3probe", { type: "pong", data: "probe" }],
  "a text message": ["4hello", { type: "message", data: "hello" }],
  "an empty message": ["4", { type: "message" }],
  "a message beyond ASCII": ["4€ 🦕\0", { type: "message", data: "€ 🦕\0" }],
  "a message that looks like base64": [
    "4bAAA",
    { type: "message", data: "bAAA" },
  ],
  "an upgrade": ["5", { type: "upgrade" }],
  "a noop": ["6", { type: "noop" }],
  "a binary message": [bytes, { type: "message", data: bytes }],
  "an empty binary message": [
    new Uint8Array(),
    { type: "message", data: new Uint8Array() },
  ],
};

for (const [name, [frame, packet]] of Object.entries(frames)) {
  Deno.test(`decodePacket() reads ${name}`, () => {
    assertEquals(decodePacket(frame), packet);
  });
  Deno.test(`encodePacket() writes ${name}`, () => {
    assertEquals(encodePacket(packet), frame);
  });
}

const base64: Record<string, [frame: string, data: number[]]> = {
  "without padding needed": ["bAQID", [1, 2, 3]],
  "with padding": ["bAQI=", [1, 2]],
  "in the standard alphabet": ["b+/+/", [0xfb, 0xff, 0xbf]],
  "of nothing": ["b", []],
};

for (const [name, [frame, data]] of Object.entries(base64)) {
  const packet: Packet = { type: "message", data: Uint8Array.from(data) };
  Deno.test(`decodePacket() reads base64 ${name}`, () => {
    assertEquals(decodePacket(frame), packet);
  });
  Deno.test(`encodePacket() writes base64 ${name}`, () => {
    assertEquals(encodePacket(packet, { text: true }), frame);
  });
}

Deno.test("decodePacket() reads base64 whose padding is missing", () => {
  assertEquals(decodePacket("bAQI"), {
    type: "message",
    data: Uint8Array.of(1, 2),
  });
});

Deno.test("encodePacket() writes empty data as none", () => {
  assertEquals(encodePacket({ type: "message", data: "" }), "4");
});

Deno.test("encodePacket() and decodePacket() pass bytes on uncopied", () => {
  assertStrictEquals(encodePacket({ type: "message", data: bytes }), bytes);
  assertStrictEquals(decodePacket(bytes).data, bytes);
});

const invalid: Record<string, [frame: string, problem: string]> = {
  "an empty frame": ["", 'unknown type ""'],
  "a digit without a meaning": ["7", 'unknown type "7"'],
  "a letter": ["x", 'unknown type "x"'],
  "a capital B": ["BAQID", 'unknown type "B"'],
  "a sign": ["-1", 'unknown type "-"'],
  "a space before the type": [" 4a", 'unknown type " "'],
  "a digit of another script": ["٤hello", 'unknown type "٤"'],
  "a separator": ["\x1e", 'unknown type "\x1e"'],
  "base64 in the URL alphabet": ["b-_-_", "invalid base64"],
  "base64 with a stray character": ["bAQ!D", "invalid base64"],
  "base64 cut short": ["bA", "invalid base64"],
  "base64 with text behind its padding": ["bAQI=AQ", "invalid base64"],
};

for (const [name, [frame, problem]] of Object.entries(invalid)) {
  Deno.test(`decodePacket() refuses ${name}`, () => {
    const error = assertThrows(() => decodePacket(frame), PacketSyntaxError);
    assertEquals(error.message, `Cannot decode packet: ${problem}`);
    assertEquals(error.name, "PacketSyntaxError");
    assertEquals(error.frame, frame);
  });
}
