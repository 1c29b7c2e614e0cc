import { type Packet, PacketType } from "../../parser/mod.ts";
import { encodeMsgpack } from "../../parser/msgpack/mod.ts";
import { MsgpackTemplate } from "../../parser/msgpack/template.ts";
import type { BroadcastFlags, Target } from "../adapter.ts";
import { hasFlags } from "../cluster_wire/flags.ts";
import { readPacket, readRooms } from "../cluster_wire/read.ts";
import type { ClassicMessage } from "./classic_wire.ts";

/** How deep the data of a packet is: in a field of the packet, which is in a list. */
const DATA_DEPTH = 2;

const NOBODY: ReadonlySet<string> = new Set();
const NO_FLAGS: BroadcastFlags = {};

/**
 * What most broadcasts look like: those of a namespace to all, or to one room, with
 * nobody excepted. Node's servers write the same bytes.
 */
export class ClassicTemplates {
  readonly #nsp: string;
  readonly #toAll: MsgpackTemplate;
  readonly #toRoom: MsgpackTemplate;
  /** Of any member, to any rooms. */
  readonly #received: MsgpackTemplate;

  /** Serves the member `uid` of the namespace `nsp`. */
  constructor(uid: string, nsp: string) {
    this.#nsp = nsp;
    const list = [0x93]; // [uid, packet, opts]
    const packet = [
      [0x83], // { type, data, nsp }
      ...["type", PacketType.EVENT, "data"].map((each) => encodeMsgpack(each)),
    ];
    const begin = [list, encodeMsgpack(uid), ...packet];
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
    this.#received = new MsgpackTemplate(
      DATA_DEPTH,
      join([list]),
      join(packet),
      join(middle),
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

  /**
   * Decodes a broadcast of any member, unless it is another than those.
   *
   * @throws {Error} If it is not MessagePack.
   */
  decode(bytes: Uint8Array): ClassicMessage | undefined {
    const values = this.#received.decode(bytes);
    if (values === undefined) return;
    const [uid, data, names] = values;
    const packet = readPacket({ type: PacketType.EVENT, data }, this.#nsp);
    const rooms = readRooms(names);
    if (typeof uid !== "string" || !packet || !rooms) return;
    const target = {
      rooms: new Set(rooms),
      except: NOBODY,
      flags: NO_FLAGS,
    };
    return {
      uid,
      message: { type: "broadcast", packet, target },
      wantsIds: false,
    };
  }
}

function join(parts: readonly Iterable<number>[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}
