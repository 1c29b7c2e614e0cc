import { assertEquals } from "@std/assert";
import { Random } from "../../../tests/_support/random.ts";
import { type Packet, PacketType } from "../../parser/mod.ts";
import { encodeMsgpack } from "../../parser/msgpack/mod.ts";
import type { BroadcastFlags, Target } from "../adapter.ts";
import type { ClusterMessage } from "../cluster_message.ts";
import { decodeClassicBroadcast } from "./classic_decode.ts";
import { encodeClassicMessage } from "./classic_encode.ts";
import { ClassicTemplates } from "./classic_templates.ts";
import { classicChannels } from "./classic_wire.ts";

const UID = "-75WfG";
const NSP = "/é";
const CHANNELS = classicChannels("socket.io", NSP);
const templates = new ClassicTemplates(UID, NSP);

const event: Packet = {
  type: PacketType.EVENT,
  nsp: NSP,
  data: ["news", 1, "é", Uint8Array.of(7), { a: [null] }],
};

function to(
  rooms: string[],
  except: string[] = [],
  flags?: BroadcastFlags,
): Target {
  return {
    rooms: new Set(rooms),
    except: new Set(except),
    ...(flags === undefined ? {} : { flags }),
  };
}

const fitting: Record<string, Target> = {
  "to all": to([]),
  "to one room": to(["a room, é"]),
  "without a flag that is set": to(["a"], [], { local: false }),
};
for (const [claim, target] of Object.entries(fitting)) {
  Deno.test(`ClassicTemplates writes a broadcast ${claim} as it is without them`, () => {
    const message: ClusterMessage = {
      type: "broadcast",
      packet: event,
      target,
    };
    const [, bytes] = encodeClassicMessage(message, UID, CHANNELS);
    assertEquals(templates.encode(event, target), bytes as Uint8Array);
    assertEquals(
      encodeClassicMessage(message, UID, CHANNELS, templates)[1],
      bytes,
    );
  });
}

const others: Record<string, [packet: Packet, target: Target]> = {
  "to two rooms": [event, to(["a", "b"])],
  "with an exception": [event, to(["a"], ["b"])],
  "with a flag": [event, to([], [], { volatile: false })],
  "for another namespace": [{ ...event, nsp: "/" }, to([])],
  "of another packet": [
    { type: PacketType.DISCONNECT, nsp: NSP },
    to([]),
  ],
};
for (const [claim, [packet, target]] of Object.entries(others)) {
  Deno.test(`ClassicTemplates leaves alone a broadcast ${claim}`, () => {
    assertEquals(templates.encode(packet, target), undefined);
  });
}

const sent: Record<string, [message: unknown, isLikely: boolean]> = {
  "to all": [["u", event, { rooms: [], except: [], flags: {} }], true],
  "to rooms": [
    ["u", event, { rooms: ["a", 1, "é"], except: [], flags: {} }],
    true,
  ],
  "of an emitter": [
    ["emitter", event, { rooms: ["a"], flags: {}, except: [] }],
    false,
  ],
  "with an exception": [
    ["u", event, { rooms: [], except: ["b"], flags: {} }],
    false,
  ],
  "with a flag": [
    ["u", event, { rooms: [], except: [], flags: { volatile: true } }],
    false,
  ],
  "with an old number": [
    ["u", { ...event, type: 5 }, { rooms: [], except: [], flags: {} }],
    false,
  ],
  "for another namespace": [
    ["u", { ...event, nsp: "/" }, { rooms: [], except: [], flags: {} }],
    false,
  ],
  "of an event that there is none of": [
    ["u", { ...event, data: ["disconnect"] }, {
      rooms: [],
      except: [],
      flags: {},
    }],
    false,
  ],
  "of nobody": [[1, event, { rooms: [], except: [], flags: {} }], false],
  "to a room without a name": [
    ["u", event, { rooms: [null], except: [], flags: {} }],
    false,
  ],
};
for (const [claim, [message, isLikely]] of Object.entries(sent)) {
  Deno.test(`ClassicTemplates reads a broadcast ${claim} as it is read without them`, () => {
    const [uid, packet, opts] = message as [unknown, Packet, unknown]; // see above
    const { type, data, nsp } = packet as Packet & { data: unknown }; // an event
    const bytes = encodeMsgpack([uid, { type, data, nsp }, opts]);
    const received = decodeClassicBroadcast(bytes, NSP);
    assertEquals(decodeClassicBroadcast(bytes, NSP, templates), received);
    assertEquals(templates.decode(bytes), isLikely ? received : undefined);
  });
}

Deno.test("ClassicTemplates reads damaged broadcasts as they are read without them", () => {
  const random = new Random(20_261_126);
  const whole = templates.encode(event, to(["a room"]))!; // it fits
  for (let i = 0; i < 3_000; i++) {
    const bytes = whole.slice(
      0,
      random.below(4) > 0 ? whole.length : random.below(whole.length),
    );
    if (bytes.length > 0) bytes[random.below(bytes.length)] = random.below(256);
    assertEquals(
      outcome(() => decodeClassicBroadcast(bytes, NSP, templates)),
      outcome(() => decodeClassicBroadcast(bytes, NSP)),
    );
  }
});

function outcome(read: () => unknown): unknown {
  try {
    return { value: read() };
  } catch (error) {
    return (error as Error).name; // where it is found differs
  }
}
