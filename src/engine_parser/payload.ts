import { decodePacket, encodePacket, type Packet } from "./packet.ts";

/** Stands between the packets of a payload: ASCII's record separator. */
export const SEPARATOR = "\x1e";

/**
 * Encodes packets into one HTTP long-polling body.
 *
 * @example Usage
 * ```ts
 * import { encodePayload } from "@deno-socketio/server/engine-parser";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(
 *   encodePayload([{ type: "message", data: "a" }, { type: "noop" }]),
 *   "4a\x1e6",
 * );
 * ```
 *
 * @param packets The packets, in order.
 * @returns The body.
 */
export function encodePayload(packets: Iterable<Packet>): string {
  return Array.from(packets, (packet) => encodePacket(packet, { text: true }))
    .join(SEPARATOR);
}

/**
 * Decodes an HTTP long-polling body, a packet at a time: those in front of an
 * invalid one count.
 *
 * @example Usage
 * ```ts
 * import { decodePayload } from "@deno-socketio/server/engine-parser";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([...decodePayload("4a\x1e6")], [
 *   { type: "message", data: "a" },
 *   { type: "noop" },
 * ]);
 * ```
 *
 * @param payload The body.
 * @returns The packets, in order.
 * @throws {PacketSyntaxError} On reaching an invalid packet.
 */
export function* decodePayload(payload: string): Generator<Packet, void> {
  let start = 0;
  for (
    let end = payload.indexOf(SEPARATOR);
    end >= 0;
    end = payload.indexOf(SEPARATOR, start)
  ) {
    yield decodePacket(payload.slice(start, end));
    start = end + 1;
  }
  yield decodePacket(payload.slice(start));
}
