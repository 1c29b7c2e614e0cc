import { assertEquals, assertRejects } from "@std/assert";
import { PacketSyntaxError } from "./errors.ts";
import type { Packet } from "./packet.ts";
import {
  PacketDecoderStream,
  type PacketDecoderStreamOptions,
  PacketEncoderStream,
} from "./stream.ts";

function encode(packets: Packet[]): Promise<Uint8Array[]> {
  return Array.fromAsync(
    ReadableStream.from(packets).pipeThrough(new PacketEncoderStream()),
  );
}

function decode(
  chunks: Uint8Array[],
  options?: PacketDecoderStreamOptions,
): Promise<Packet[]> {
  return Array.fromAsync(
    ReadableStream.from(chunks).pipeThrough(new PacketDecoderStream(options)),
  );
}

function concat(chunks: Uint8Array[]): Uint8Array {
  return Uint8Array.from(chunks.flatMap((chunk) => [...chunk]));
}

const text = (length: number): Packet => ({
  type: "message",
  data: "x".repeat(length - 1),
});
const binary = (length: number): Packet => ({
  type: "message",
  data: new Uint8Array(length).fill(7),
});

const headers: [packet: Packet, header: number[]][] = [
  [{ type: "ping" }, [1]],
  [{ type: "message", data: "€" }, [4]],
  [text(125), [125]],
  [text(126), [126, 0, 126]],
  [text(65_535), [126, 0xff, 0xff]],
  [text(65_536), [127, 0, 0, 0, 0, 0, 1, 0, 0]],
  [binary(1), [0x81]],
  [binary(125), [0xfd]],
  [binary(126), [0xfe, 0, 126]],
  [binary(65_535), [0xfe, 0xff, 0xff]],
  [binary(65_536), [0xff, 0, 0, 0, 0, 0, 1, 0, 0]],
];

for (const [packet, header] of headers) {
  const kind = typeof packet.data === "object" ? "bytes" : "text";
  Deno.test(`PacketEncoderStream writes the header ${header} for ${kind}`, async () => {
    const [frame] = await encode([packet]);
    assertEquals([...frame!.subarray(0, header.length)], header);
    assertEquals(await decode([frame!]), [packet]);
  });
}

const packets: Packet[] = [
  { type: "open", data: '{"sid":"x"}' },
  { type: "message", data: "€ 🦕" },
  binary(3),
  { type: "noop" },
  text(200),
  binary(130),
  { type: "close" },
];

Deno.test("PacketDecoderStream reads packets cut at any two places", async () => {
  const all = concat(await encode(packets.slice(0, 4)));
  for (let first = 0; first <= all.length; first++) {
    for (let second = first; second <= all.length; second++) {
      const chunks = [
        all.slice(0, first),
        all.slice(first, second),
        all.slice(second),
      ];
      assertEquals(await decode(chunks), packets.slice(0, 4));
    }
  }
});

for (const size of [1, 2, 3, 7, 100, 10_000]) {
  Deno.test(`PacketDecoderStream reads packets in chunks of ${size}`, async () => {
    const all = concat(await encode(packets));
    const chunks: Uint8Array[] = [];
    for (let at = 0; at < all.length; at += size) {
      chunks.push(all.slice(at, at + size));
    }
    assertEquals(await decode(chunks), packets);
  });
}

Deno.test("PacketDecoderStream hands out bytes in memory of their own", async () => {
  const [frame] = await encode([binary(3)]);
  const [packet] = await decode([frame!]);
  frame!.fill(0);
  assertEquals(packet, binary(3));
});

Deno.test("PacketDecoderStream yields what is complete before the rest arrives", async () => {
  const stream = new PacketDecoderStream();
  const writer = stream.writable.getWriter();
  const reader = stream.readable.getReader();
  const written = writer.write(Uint8Array.of(1, 0x36, 2, 0x34));
  assertEquals((await reader.read()).value, { type: "noop" });
  await written;
  writer.write(Uint8Array.of(0x61));
  assertEquals((await reader.read()).value, { type: "message", data: "a" });
  const closed = writer.close();
  assertEquals((await reader.read()).done, true);
  await closed;
});

const refused: Record<string, [chunk: number[], problem: string]> = {
  "a text of length 0": [[0], "length 0 is out of range"],
  "bytes of length 0": [[0x80], "length 0 is out of range"],
  "a length above the limit": [[101], "length 101 is out of range"],
  "a 16-bit length above the limit": [
    [126, 0x10, 0],
    "length 4096 is out of range",
  ],
  "a 64-bit length above the limit": [
    [127, 0, 0, 0, 1, 0, 0, 0, 0],
    "length 4294967296 is out of range",
  ],
  "the longest length": [
    [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    "length 18446744073709551615 is out of range",
  ],
  "a 16-bit length of 0": [[126, 0, 0], "length 0 is out of range"],
  "a 64-bit length of 0": [
    [127, 0, 0, 0, 0, 0, 0, 0, 0],
    "length 0 is out of range",
  ],
  "an unknown type": [[1, 0x39], 'unknown type "9"'],
  "invalid base64": [[2, 0x62, 0x21], "invalid base64"],
  "an end within a header": [[126, 0], "stream ends in a packet"],
  "an end within a packet's content": [[3, 0x34], "stream ends in a packet"],
  "an end behind a header": [[3], "stream ends in a packet"],
};

for (const [name, [chunk, problem]] of Object.entries(refused)) {
  Deno.test(`PacketDecoderStream refuses ${name}`, async () => {
    const error = await assertRejects(
      () => decode([Uint8Array.from(chunk)], { maxPayload: 100 }),
      PacketSyntaxError,
    );
    assertEquals(error.message, `Cannot decode packet: ${problem}`);
  });
}

Deno.test("PacketDecoderStream accepts a packet of maxPayload", async () => {
  const [frame] = await encode([binary(100)]);
  assertEquals(await decode([frame!], { maxPayload: 100 }), [binary(100)]);
});

Deno.test("PacketDecoderStream accepts a length that is written longer than need be", async () => {
  const frame = Uint8Array.of(127, 0, 0, 0, 0, 0, 0, 0, 2, 0x34, 0x61);
  assertEquals(await decode([frame]), [{ type: "message", data: "a" }]);
});

Deno.test("PacketDecoderStream refuses a length before its content arrives", async () => {
  const stream = new PacketDecoderStream();
  const writer = stream.writable.getWriter();
  writer.closed.catch(() => {});
  writer.write(Uint8Array.of(127, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff))
    .catch(() => {});
  await assertRejects(
    () => stream.readable.getReader().read(),
    PacketSyntaxError,
  );
});
