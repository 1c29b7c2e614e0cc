import { Reader } from "./reader.ts";

/**
 * Decodes msgpack: one value, and nothing behind it.
 *
 * Bytes (`bin`) are views of `bytes`: nothing is copied, and as long as one of them is
 * used all of `bytes` stays in memory, so keep a `slice()` of what you keep for long.
 * Text that is not UTF-8 has U+FFFD where it is not. Of the extension types that of dates is known
 * (−1), and that of notepack.io 2, which the official clients have (0): dates,
 * `undefined` and buffers.
 *
 * @example Usage
 * ```ts
 * import { decodeMsgpack } from "@deno-socketio/server/msgpack";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(decodeMsgpack(Uint8Array.of(0x92, 0x01, 0xa1, 0x61)), [1, "a"]);
 * ```
 *
 * @param bytes The bytes, which must not change as long as the result is used.
 * @returns The value. Integers beyond 2⁵³ lose precision.
 * @throws {MsgpackError} If it is not valid, or nested too deeply.
 */
export function decodeMsgpack(bytes: Uint8Array): unknown {
  return decode(new Reader(bytes, false));
}

/**
 * The same with bytes that are copies: for what is in memory of others.
 *
 * @param bytes The bytes.
 * @returns The value.
 * @throws {MsgpackError} If it is not valid, or nested too deeply.
 */
export function decodeMsgpackApart(bytes: Uint8Array): unknown {
  return decode(new Reader(bytes, true));
}

function decode(reader: Reader): unknown {
  const value = reader.read(0);
  reader.end();
  return value;
}
