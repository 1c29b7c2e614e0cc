/**
 * Thrown when a frame is not valid Socket.IO.
 *
 * @example Usage
 * ```ts
 * import { DecodeError, JsonCodec } from "@deno-socketio/server/parser";
 * import { assertThrows } from "@std/assert";
 *
 * const decoder = new JsonCodec().createDecoder();
 * assertThrows(() => decoder.add("9"), DecodeError);
 * ```
 */
export class DecodeError extends SyntaxError {
  /** The offending input, for diagnostics. */
  readonly frame: unknown;

  /** Reports `problem`: lower case, no final period. */
  constructor(problem: string, frame: unknown, options?: ErrorOptions) {
    super(`Cannot decode packet: ${problem}`, options);
    this.name = "DecodeError";
    this.frame = frame;
  }
}
