/** In a file of its own, since it changes what all bigints are. */

import { assertEquals, assertThrows } from "@std/assert";
import { encode as encodeNotepack } from "notepack.io";
import { encodeMsgpack } from "./encode.ts";
import { MsgpackError } from "./errors.ts";

/** Gives bigints a `toJSON()` for as long as the result is not disposed of. */
function giveToJson(toJSON: (this: bigint) => unknown): Disposable {
  Object.defineProperty(BigInt.prototype, "toJSON", {
    configurable: true,
    value: toJSON,
  });
  return {
    [Symbol.dispose]() {
      Reflect.deleteProperty(BigInt.prototype, "toJSON");
    },
  };
}

Deno.test("encodeMsgpack() writes a bigint by its toJSON(), as notepack.io does", () => {
  using _ = giveToJson(function () {
    return [String(this), this < 10n];
  });
  const value = { list: [1n, 2n ** 70n] };
  assertEquals(encodeMsgpack(value), new Uint8Array(encodeNotepack(value)));
});

Deno.test("encodeMsgpack() refuses a bigint whose toJSON() returns one", () => {
  using _ = giveToJson(function () {
    return this;
  });
  assertThrows(() => encodeMsgpack([1n]), MsgpackError, "bigint");
});
