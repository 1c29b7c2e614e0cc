import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import {
  DecodeError,
  isPacketValid,
  isReservedEvent,
  JsonCodec,
  type Packet,
  PacketType,
} from "../../src/parser/mod.ts";
import type { Random } from "../_support/random.ts";
import type { Fuzzer } from "./fuzzer.ts";

type Frames = (string | Uint8Array)[];

const codec = new JsonCodec();

function randomNamespace(random: Random): string {
  if (random.oneIn(2)) return "/";
  // All up to a comma is the namespace.
  return "/" + random.text(6).replaceAll(",", "");
}

/** JSON with bytes in it, some nine at most. */
function randomData(random: Random, bytes: { left: number }): unknown {
  switch (random.below(6)) {
    case 0:
      if (bytes.left === 0) return null;
      bytes.left--;
      return random.bytes(40);
    case 1:
      return random.list(3, () => randomData(random, bytes));
    case 2: {
      const record = random.record(() => randomData(random, bytes));
      delete record._placeholder; // the protocol knows no other way to write one
      delete record.toJSON;
      return record;
    }
    default:
      return withoutPlaceholders(random.json());
  }
}

function withoutPlaceholders(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value),
    (key, value) => key === "_placeholder" ? undefined : value,
  );
}

function randomPacket(random: Random): Packet {
  const nsp = randomNamespace(random);
  const bytes = { left: 9 };
  const args = () => random.list(3, () => randomData(random, bytes));
  const id = random.pick([
    undefined,
    0,
    random.below(1_000),
    Number.MAX_SAFE_INTEGER,
  ]);
  switch (random.below(8)) {
    case 0:
      return { type: PacketType.CONNECT, nsp };
    case 1: {
      const data = random.record(() => withoutPlaceholders(random.json()));
      return { type: PacketType.CONNECT, nsp, data };
    }
    case 2:
      return { type: PacketType.DISCONNECT, nsp };
    case 3: {
      const data = random.oneIn(2)
        ? random.text(8)
        : { message: random.text(8) };
      return { type: PacketType.CONNECT_ERROR, nsp, data };
    }
    case 4:
    case 5:
      return { type: PacketType.ACK, nsp, data: args(), id };
    default: {
      const name = random.oneIn(8) ? random.below(9) : `e${random.text(4)}`;
      return { type: PacketType.EVENT, nsp, data: [name, ...args()], id };
    }
  }
}

/** A packet as JSON leaves it: without a sign of zero. */
function normalize(packet: Packet): unknown {
  const copy = (value: unknown): unknown => {
    if (value instanceof Uint8Array) return value;
    if (Array.isArray(value)) return value.map(copy);
    if (typeof value !== "object" || value === null) {
      return value === 0 ? 0 : value;
    }
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [key, copy(each)]),
    );
  };
  const { type, nsp, data } = packet;
  const id = "id" in packet ? packet.id : undefined;
  return { type, nsp, id, data: copy(data) };
}

/** Decodes frames, checks what comes out and that nothing else is thrown. */
function decode(frames: Frames): Packet[] {
  const decoder = codec.createDecoder();
  const packets: Packet[] = [];
  for (const frame of frames) {
    try {
      const packet = decoder.add(frame);
      if (packet !== undefined) packets.push(packet);
    } catch (error) {
      assertInstanceOf(error, DecodeError);
      break;
    }
  }
  packets.forEach(assertPacket);
  return packets;
}

function assertPacket(packet: Packet): void {
  const { type, nsp, data } = packet;
  assert(nsp.startsWith("/"));
  const isEmpty = (type === PacketType.EVENT || type === PacketType.ACK) &&
    data.length === 0;
  const hasHugeId = "id" in packet && packet.id === Infinity;
  assert(isEmpty || hasHugeId || isPacketValid(packet));
  if (type === PacketType.EVENT) assert(!isReservedEvent(data[0]));
  assertEquals(Reflect.get({}, "polluted"), undefined);
}

const SNIPPETS = [
  '"disconnect"',
  '"newListener"',
  '{"_placeholder":true,"num":',
  '{"_placeholder":true}',
  '"num":"splice"',
  '{"__proto__":{"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  "/admin,",
  "51-",
  "50-",
  "510-",
  "5999999999999999999999-",
  "61-",
  "9".repeat(400),
  "[".repeat(2_000),
  "[[",
  "1e999",
  "\\u0000",
  "null",
  ",",
  "-",
  "/",
];

function randomFrame(random: Random): string | Uint8Array {
  switch (random.below(6)) {
    case 0:
      return random.bytes(8);
    case 1:
      return random.text(12);
    case 2:
      return random.below(9) + random.text(12);
    case 3:
      return random.list(5, () => random.pick(SNIPPETS)).join("");
    case 4:
      return `${random.below(8)}${random.pick(["", "1-", "2-"])}${
        JSON.stringify(random.json())
      }`;
    default: {
      const [frame = ""] = codec.encode(randomPacket(random)).frames;
      return typeof frame === "string" ? random.mutate(frame, SNIPPETS) : frame;
    }
  }
}

/** Packets as they are, and frames that are changed, left out, doubled and made up. */
export const jsonCodecFuzzer: Fuzzer = {
  name: "JsonCodec",
  run(random) {
    const packet = randomPacket(random);
    const before = structuredClone(packet);
    const frames = [...codec.encode(packet).frames];
    assertEquals(packet, before, "encode() changed the data");
    const [read] = decode(frames);
    assert(read !== undefined, `unreadable: ${JSON.stringify(frames[0])}`);
    assertEquals(normalize(read), normalize(packet));

    const broken: Frames = [...frames];
    for (let left = 1 + random.below(3); left > 0; left--) {
      const at = random.below(broken.length + 1);
      broken.splice(at, random.below(2), randomFrame(random));
    }
    decode(broken);
    decode(random.list(4, () => randomFrame(random)));
  },
};
