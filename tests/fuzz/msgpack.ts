import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { DecodeError, isPacketValid } from "../../src/parser/mod.ts";
import {
  decodeMsgpack,
  encodeMsgpack,
  MsgpackCodec,
  MsgpackError,
} from "../../src/parser/msgpack/mod.ts";
import { type Random, wellFormed } from "../_support/random.ts";
import type { Fuzzer } from "./fuzzer.ts";

/** A value with bytes and dates in it. */
function randomValue(random: Random): unknown {
  switch (random.below(4)) {
    case 0:
      return random.bytes(300);
    case 1:
      return new Date(random.below(2 ** 40) - 2 ** 38);
    case 2:
      return random.list(20, () => random.json());
    default:
      return random.record(() => [random.json(), random.bytes(4)]);
  }
}

/** Values there and back, and bytes that are changed and made up. */
export const msgpackFuzzer: Fuzzer = {
  name: "msgpack",
  run(random) {
    const value = wellFormed(randomValue(random));
    const bytes = encodeMsgpack(value);
    assertEquals(decodeMsgpack(bytes), value);
    for (const broken of [random.mutateBytes(bytes), random.bytes(40)]) {
      try {
        decodeMsgpack(broken);
      } catch (error) {
        assertInstanceOf(error, MsgpackError);
      }
    }
    assert(Reflect.get({}, "polluted") === undefined);
  },
};

/** What is a packet at times, and nearly one otherwise. */
function randomPacket(random: Random): unknown {
  const name = () => random.pick(["a", "disconnect", 7, null, random.json()]);
  const packet: Record<string, unknown> = {
    type: random.pick([0, 1, 2, 2, 2, 3, 4, 5, -1, "2", 0.5]),
    nsp: random.pick(["/", "/", "/", "", "admin", "/" + random.text(4), 1]),
    data: random.pick([
      undefined,
      [name(), randomValue(random)],
      [],
      randomValue(random),
      random.record(() => random.json()),
    ]),
    id: random.pick([undefined, 0, random.below(1_000), -1, 0.5, 2 ** 53, "1"]),
  };
  if (random.oneIn(8)) delete packet[random.pick(Object.keys(packet))];
  if (random.oneIn(8)) packet[random.text(4)] = random.json();
  return packet;
}

/** Frames that are packets, nearly packets, changed, and made up. */
export const msgpackCodecFuzzer: Fuzzer = {
  name: "MsgpackCodec",
  run(random) {
    const codec = new MsgpackCodec();
    const dates = random.pick(["timestamp", "notepack"] as const);
    const frame = encodeMsgpack(randomPacket(random), { dates });
    for (const each of [frame, random.mutateBytes(frame), random.bytes(40)]) {
      let packet;
      try {
        packet = codec.createDecoder().add(each);
      } catch (error) {
        assertInstanceOf(error, DecodeError);
        continue;
      }
      assert(isPacketValid(packet));
      assert(packet.nsp.startsWith("/"));
      const id = "id" in packet ? packet.id : undefined;
      assert(id === undefined || Number.isSafeInteger(id) && id >= 0);
      const again = codec.encode(packet).frames[0] as Uint8Array; // its one frame
      assertEquals(codec.encode(codec.createDecoder().add(again)!).frames, [
        again,
      ]);
    }
    assert(Reflect.get({}, "polluted") === undefined);
  },
};
