import { giveBack, takeWriter } from "./writer.ts";

/**
 * Encodes a value as msgpack, as notepack.io does, which the official packages use.
 *
 * What JSON would change is changed alike: `toJSON()` is called, fields that are
 * undefined or functions are left out, in arrays they are nil. Unlike in JSON, dates
 * stay dates (extension −1) and bytes stay bytes: any `ArrayBuffer` or view of one
 * becomes `bin`.
 *
 * @example Usage
 * ```ts
 * import { decodeMsgpack, encodeMsgpack } from "@deno-socketio/server/msgpack";
 * import { assertEquals } from "@std/assert";
 *
 * const bytes = encodeMsgpack({ name: "photo", data: Uint8Array.of(1, 2) });
 * assertEquals(decodeMsgpack(bytes), {
 *   name: "photo",
 *   data: Uint8Array.of(1, 2),
 * });
 * ```
 *
 * @param value The value.
 * @param options How to write it.
 * @returns Its bytes, in memory of their own.
 * @throws {MsgpackError} If it has a `Blob` in it or a bigint without `toJSON()`, or is
 * nested too deeply, as a circle is.
 */
export function encodeMsgpack(
  value: unknown,
  options: MsgpackOptions = {},
): Uint8Array<ArrayBuffer> {
  const writer = takeWriter(options.dates ?? "timestamp");
  try {
    writer.write(value, 0);
    return writer.take();
  } finally {
    giveBack(writer);
  }
}

/** Options of {@linkcode encodeMsgpack}. */
export interface MsgpackOptions {
  /**
   * How dates are written: as the standard's timestamps, or as notepack.io 2 does it,
   * which the official clients have.
   *
   * @default {"timestamp"}
   */
  readonly dates?: "timestamp" | "notepack";
}
