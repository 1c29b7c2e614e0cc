/** Packets as msgpack: ours, npm's, and JSON for comparison. */

import { Buffer } from "node:buffer";
import { MsgpackCodec } from "@deno-socketio/server/msgpack";
import {
  JsonCodec,
  type Packet,
  PacketType,
} from "@deno-socketio/server/parser";
import { Decoder, Encoder } from "socket.io-msgpack-parser";

const msgpack = new MsgpackCodec();
const json = new JsonCodec();
const npm = new Encoder();

const person = { id: 7, name: "Ada", tags: ["a", "b"], score: 0.5, ok: true };
const account = {
  displayName: "Ada Lovelace",
  createdAt: "2026-01-01T10:00",
  permissions: ["read:all", "write:own-things"],
  isActive: true,
};
const payloads: [name: string, data: unknown[]][] = [
  ["text, 100 B", ["echo", "x".repeat(100)]],
  ["object, 100 B", ["echo", person]],
  ["objects, 1 KiB", ["echo", new Array(14).fill(person)]],
  ["objects with longer names, 1 KiB", ["echo", new Array(8).fill(account)]],
  ["bytes, 1 KiB", ["echo", new Uint8Array(1_024).fill(7)]],
  ["bytes, 64 KiB", ["echo", new Uint8Array(65_536).fill(7)]],
];

for (const [name, data] of payloads) {
  const packet: Packet = { type: PacketType.EVENT, nsp: "/", data };
  const codecs = [["ours", msgpack], ["JSON", json]] as const;
  for (
    const [codec, { encode, createDecoder }] of codecs.map(([name, codec]) =>
      [name, {
        encode: () => codec.encode(packet),
        createDecoder: () => codec.createDecoder(),
      }] as const
    )
  ) {
    Deno.bench(`encode ${name}: ${codec}`, {
      group: `encode ${name}`,
      baseline: codec === "ours",
    }, () => {
      encode();
    });
    const { frames } = encode();
    const decoder = createDecoder();
    Deno.bench(`decode ${name}: ${codec}`, {
      group: `decode ${name}`,
      baseline: codec === "ours",
    }, () => {
      for (const frame of frames) decoder.add(frame);
    });
  }
  Deno.bench(`encode ${name}: npm`, { group: `encode ${name}` }, () => {
    npm.encode(packet);
  });
  const frame = Buffer.from(msgpack.encode(packet).frames[0] as Uint8Array);
  const decoder = new Decoder();
  Deno.bench(`decode ${name}: npm`, { group: `decode ${name}` }, () => {
    decoder.add(frame);
  });
}
