/**
 * Payloads of revision 3: packets, each behind its length.
 *
 * @module
 */

import { PacketSyntaxError } from "../errors.ts";
import type { Packet } from "../packet.ts";
import { decodePacket } from "./packet.ts";

/** What stands between a length and its packet: in text, and in bytes. */
const COLON = ":";
const END_OF_LENGTH = 0xff;
/** Digits of the longest length that is read: 10 GB. */
const MAX_DIGITS = 10;
/** The kinds of a packet among bytes. */
const TEXT = 0;
const BYTES = 1;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Joins packets which are all text: `2:40` has two UTF-16 units. */
export function joinText(frames: readonly string[]): string {
  let payload = "";
  for (const frame of frames) payload += frame.length + COLON + frame;
  return payload;
}

/**
 * Joins packets of which some are bytes: a kind, the decimal digits of the length
 * as bytes from 0 to 9, 255, and the packet, text in UTF-8.
 */
export function joinBytes(
  frames: readonly (string | Uint8Array)[],
): Uint8Array<ArrayBuffer> {
  const parts = frames.flatMap((frame) => {
    const content = typeof frame === "string" ? encoder.encode(frame) : frame;
    const kind = typeof frame === "string" ? TEXT : BYTES;
    const digits = Array.from(String(content.length), Number);
    return [Uint8Array.of(kind, ...digits, END_OF_LENGTH), content];
  });
  const payload = new Uint8Array(
    parts.reduce((length, part) => length + part.length, 0),
  );
  let at = 0;
  for (const part of parts) {
    payload.set(part, at);
    at += part.length;
  }
  return payload;
}

/**
 * Decodes an HTTP long-polling body, a packet at a time: those in front of an
 * invalid one count.
 *
 * @param payload The body: text, or bytes.
 * @returns The packets, in order.
 * @throws {PacketSyntaxError} On reaching what is no packet, or where a length lies.
 */
export function decodePayload(
  payload: string | Uint8Array,
): Generator<Packet, void> {
  return typeof payload === "string"
    ? decodeText(payload)
    : decodeBytes(payload);
}

function* decodeText(payload: string): Generator<Packet, void> {
  if (payload === "") throw new PacketSyntaxError("nothing", payload);
  let at = 0;
  while (at < payload.length) {
    const colon = payload.indexOf(COLON, at);
    const digits = payload.slice(at, Math.max(colon, at));
    if (!/^\d{1,10}$/.test(digits)) {
      throw new PacketSyntaxError("no length", payload);
    }
    const start = colon + 1;
    at = start + Number(digits);
    if (at > payload.length) {
      throw new PacketSyntaxError(`length ${digits} is too large`, payload);
    }
    // "0:" is what clients write for no packet at all.
    if (at > start) yield decodePacket(payload.slice(start, at));
  }
}

function* decodeBytes(payload: Uint8Array): Generator<Packet, void> {
  let at = 0;
  while (at < payload.length) {
    const kind = payload[at++];
    let length = 0;
    let digits = 0;
    for (; payload[at] !== END_OF_LENGTH; at++) {
      const digit = payload[at] ?? END_OF_LENGTH;
      if (digit > 9 || ++digits > MAX_DIGITS) {
        throw new PacketSyntaxError("no length", payload);
      }
      length = length * 10 + digit;
    }
    const start = at + 1;
    at = start + length;
    if (digits === 0 || at > payload.length) {
      throw new PacketSyntaxError(`length ${length} is wrong`, payload);
    }
    const content = payload.subarray(start, at);
    if (kind === BYTES) yield decodePacket(content);
    else if (kind === TEXT) yield decodePacket(toText(content));
    else throw new PacketSyntaxError(`unknown kind ${kind}`, payload);
  }
}

function toText(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new PacketSyntaxError("invalid UTF-8", bytes, { cause });
  }
}
