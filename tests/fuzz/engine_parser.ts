import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import {
  decodePacket,
  decodePayload,
  encodePacket,
  encodePayload,
  type Packet,
  PacketDecoderStream,
  PacketEncoderStream,
  PacketSyntaxError,
  type PacketType,
} from "../../src/engine_parser/mod.ts";
import type { Random } from "../_support/random.ts";
import type { Fuzzer } from "./fuzzer.ts";

const TYPES: PacketType[] = [
  "open",
  "close",
  "ping",
  "pong",
  "message",
  "upgrade",
  "noop",
];

/** A packet that reads as it was written. */
function randomPacket(random: Random): Packet {
  if (random.oneIn(3)) {
    // Stream transports have no form for no bytes.
    return {
      type: "message",
      data: Uint8Array.of(random.next(), ...random.bytes(200)),
    };
  }
  const type = random.pick(TYPES);
  const data = random.text(random.pick([0, 8, 300]))
    .replaceAll("\x1e", "")
    .toWellFormed();
  return data === "" ? { type } : { type, data };
}

/** Calls `decode`, which may throw its own error alone. */
function attempt(decode: () => unknown): void {
  try {
    decode();
  } catch (error) {
    assertInstanceOf(error, PacketSyntaxError);
  }
}

function assertPacket(packet: Packet): void {
  assert(TYPES.includes(packet.type));
  const { data } = packet;
  assert(
    data === undefined || typeof data === "string" ||
      data instanceof Uint8Array && packet.type === "message",
  );
}

/** One packet and one payload, as they are and changed. */
export const packetFuzzer: Fuzzer = {
  name: "engine packets and payloads",
  run(random) {
    const packets = [
      randomPacket(random),
      ...random.list(4, () => randomPacket(random)),
    ];
    for (const packet of packets) {
      assertEquals(decodePacket(encodePacket(packet)), packet);
      const text = encodePacket(packet, { text: true });
      assertEquals(decodePacket(text), packet);
      attempt(() => assertPacket(decodePacket(random.mutate(text))));
    }
    const payload = encodePayload(packets);
    assertEquals([...decodePayload(payload)], packets);
    for (const broken of [random.mutate(payload), random.text(40)]) {
      attempt(() => {
        for (const packet of decodePayload(broken)) assertPacket(packet);
      });
    }
  },
};

async function decode(
  chunks: Uint8Array[],
  maxPayload: number,
): Promise<Packet[]> {
  const stream = ReadableStream.from(chunks)
    .pipeThrough(new PacketDecoderStream({ maxPayload }));
  return await Array.fromAsync(stream);
}

/** A stream of packets, cut anywhere, as it is and changed. */
export const streamFuzzer: Fuzzer = {
  name: "engine packet streams",
  async run(random) {
    const packets = random.list(4, () => randomPacket(random));
    const frames = await Array.fromAsync(
      ReadableStream.from(packets).pipeThrough(new PacketEncoderStream()),
    );
    const bytes = Uint8Array.from(frames.flatMap((frame) => [...frame]));
    const whole = await decode(random.cut(bytes), 10_000);
    assertEquals(whole, packets);
    await checkEnd(bytes, frames, random.below(bytes.length + 1));

    const broken = random.mutateBytes(bytes);
    const read = await outcome(random.cut(broken));
    // How the bytes are cut makes no difference.
    assertEquals(read, await outcome([broken]));
  },
};

/** A stream may end behind a frame, and nowhere else. */
async function checkEnd(
  bytes: Uint8Array,
  frames: Uint8Array[],
  end: number,
): Promise<void> {
  let at = 0;
  let complete = 0;
  for (const { length } of frames) {
    if (at + length > end) break;
    at += length;
    complete++;
  }
  const read = await outcome([bytes.slice(0, end)]);
  if (at === end) assertEquals(read.length, complete);
  else assertEquals(read, "Cannot decode packet: stream ends in a packet");
}

/** What becomes of a stream: its packets, or the message of its error. */
async function outcome(chunks: Uint8Array[]): Promise<Packet[] | string> {
  try {
    const packets = await decode(chunks, 10_000);
    packets.forEach(assertPacket);
    return packets;
  } catch (error) {
    assertInstanceOf(error, PacketSyntaxError);
    return error.message;
  }
}
