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

  /** The limit that it exceeds, as its option is named, if that is the problem. */
  readonly limit: string | undefined;

  /**
   * Reports `problem`: lower case, no final period.
   *
   * @param problem What is wrong.
   * @param frame The offending input.
   * @param options The error behind it, and the limit that was exceeded.
   */
  constructor(
    problem: string,
    frame: unknown,
    options?: ErrorOptions & { readonly limit?: string },
  ) {
    super(`Cannot decode packet: ${problem}`, options);
    this.name = "DecodeError";
    this.frame = frame;
    this.limit = options?.limit;
  }
}
