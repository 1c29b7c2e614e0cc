import {
  JsonCodec,
  type Packet,
  PacketType,
} from "@deno-socketio/server/parser";

const codec = new JsonCodec();
const decoder = codec.createDecoder();

function event(...data: unknown[]): Packet {
  return { type: PacketType.EVENT, nsp: "/", data: ["message", ...data] };
}

/** 100 objects of three fields: what an application might send as a list. */
const objects = Array.from(
  { length: 100 },
  (_, id) => ({ id, name: `item ${id}`, tags: ["a", "b"] }),
);

const packets: Record<string, Packet> = {
  "text, 20 B": event("x".repeat(20)),
  "text, 1 KiB": event("x".repeat(1_024)),
  "text, 64 KiB": event("x".repeat(65_536)),
  "100 objects": event(objects),
  "bytes, 1 KiB": event(new Uint8Array(1_024)),
  "bytes in 100 objects": event(objects, new Uint8Array(16)),
};

for (const [name, packet] of Object.entries(packets)) {
  Deno.bench(`encode ${name}`, { group: "encode" }, () => {
    codec.encode(packet);
  });
  const { frames } = codec.encode(packet);
  Deno.bench(`decode ${name}`, { group: "decode" }, () => {
    for (const frame of frames) decoder.add(frame);
  });
}
