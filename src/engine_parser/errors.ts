/**
 * Thrown when a frame or a payload is not valid Engine.IO.
 *
 * @example Usage
 * ```ts
 * import { decodePacket, PacketSyntaxError } from "@deno-socketio/server/engine-parser";
 * import { assertThrows } from "@std/assert";
 *
 * assertThrows(() => decodePacket("9"), PacketSyntaxError);
 * ```
 */
export class PacketSyntaxError extends SyntaxError {
  /** The offending input, for diagnostics. */
  readonly frame: string | Uint8Array;

  /** Reports `problem`: lower case, no final period. */
  constructor(
    problem: string,
    frame: string | Uint8Array,
    options?: ErrorOptions,
  ) {
    super(`Cannot decode packet: ${problem}`, options);
    this.name = "PacketSyntaxError";
    this.frame = frame;
  }
}
