import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import {
  decodeMsgpack,
  encodeMsgpack,
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
