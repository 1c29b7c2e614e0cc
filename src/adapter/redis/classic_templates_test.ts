import { assertEquals } from "@std/assert";
import { type Packet, PacketType } from "../../parser/mod.ts";
import type { BroadcastFlags, Target } from "../adapter.ts";
import type { ClusterMessage } from "../cluster_message.ts";
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
