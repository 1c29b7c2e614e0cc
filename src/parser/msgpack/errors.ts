/**
 * Thrown for a value that msgpack cannot hold, and for bytes that are not msgpack.
 *
 * @example Usage
 * ```ts
 * import { decodeMsgpack, MsgpackError } from "@deno-socketio/server/msgpack";
 * import { assertThrows } from "@std/assert";
 *
 * assertThrows(() => decodeMsgpack(Uint8Array.of(0xc1)), MsgpackError);
 * ```
 */
export class MsgpackError extends Error {
  /** Reports `problem`: a sentence without a period. */
  constructor(problem: string, options?: ErrorOptions) {
    super(problem, options);
    this.name = "MsgpackError";
  }
}

/** How deep arrays and maps may be nested, in either direction. */
export const MAX_DEPTH = 512;
