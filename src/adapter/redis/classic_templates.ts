import { type Packet, PacketType } from "../../parser/mod.ts";
import { encodeMsgpack } from "../../parser/msgpack/mod.ts";
import { MsgpackTemplate } from "../../parser/msgpack/template.ts";
import type { BroadcastFlags, Target } from "../adapter.ts";

/** How deep the data of a packet is: in a field of the packet, which is in a list. */
const DATA_DEPTH = 2;

/**
 * Most broadcasts of one member: those of its namespace to all, or to one room, which
 * nobody is excepted from.
 */
export class ClassicTemplates {
  readonly #nsp: string;
  readonly #toAll: MsgpackTemplate;
  readonly #toRoom: MsgpackTemplate;

  /** Serves the member `uid` of the namespace `nsp`. */
  constructor(uid: string, nsp: string) {
    this.#nsp = nsp;
    const begin = [
      [0x93], // [uid, packet, opts]
      encodeMsgpack(uid),
      [0x83], // { type, data, nsp }
      ...["type", PacketType.EVENT, "data"].map((each) => encodeMsgpack(each)),
    ];
    const middle = [
      ...["nsp", nsp].map((each) => encodeMsgpack(each)),
      [0x83], // { rooms, except, flags }
      encodeMsgpack("rooms"),
    ];
    const end = ["except", [], "flags", {}].map((each) => encodeMsgpack(each));
    this.#toAll = new MsgpackTemplate(
      DATA_DEPTH,
      join(begin),
      join([...middle, encodeMsgpack([]), ...end]),
    );
    this.#toRoom = new MsgpackTemplate(
      DATA_DEPTH,
      join(begin),
      join([...middle, [0x91]]), // [room]
      join(end),
    );
  }

  /** Encodes a broadcast, unless it is another than those. */
  encode(
    { type, data, nsp }: Packet,
    { rooms, except, flags }: Target,
  ): Uint8Array | undefined {
    if (type !== PacketType.EVENT || nsp !== this.#nsp) return;
    if (rooms.size > 1 || except.size > 0 || hasFlags(flags)) return;
    if (rooms.size === 0) return this.#toAll.encode([data]);
    const [room] = rooms;
    return this.#toRoom.encode([data, room]);
  }
}

function hasFlags({ volatile, compress, timeout }: BroadcastFlags = {}) {
  return volatile !== undefined || compress !== undefined ||
    timeout !== undefined;
}

function join(parts: readonly Iterable<number>[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}
