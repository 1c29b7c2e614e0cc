import { assertEquals, assertThrows } from "@std/assert";
import { Buffer } from "node:buffer";
import {
  Decoder as NpmDecoder,
  Encoder as NpmEncoder,
} from "socket.io-msgpack-parser";
import { plain } from "../../../tests/_support/clients.ts";
import { DecodeError } from "../errors.ts";
import { type Packet, PacketType } from "../packet.ts";
import { MsgpackCodec } from "./codec.ts";
import { encodeMsgpack } from "./encode.ts";

const codec = new MsgpackCodec();

const packets: [claim: string, packet: Packet][] = [
  ["CONNECT", { type: PacketType.CONNECT, nsp: "/", data: { sid: "a" } }],
  ["DISCONNECT", { type: PacketType.DISCONNECT, nsp: "/admin" }],
  ["EVENT", { type: PacketType.EVENT, nsp: "/", data: ["a", 1, null] }],
  ["EVENT with bytes and an id", {
    type: PacketType.EVENT,
    nsp: "/",
    data: ["a", { deep: [Uint8Array.of(1, 2), new Date(-12_345)] }],
    id: 12,
  }],
  ["ACK", { type: PacketType.ACK, nsp: "/é", data: [], id: 0 }],
  ["CONNECT_ERROR", {
    type: PacketType.CONNECT_ERROR,
    nsp: "/",
    data: { message: "no", data: { code: 1 } },
  }],
];
for (const [claim, packet] of packets) {
  Deno.test(`MsgpackCodec writes ${claim} so that npm's parser reads it`, () => {
    const { frames } = codec.encode(packet);
    assertEquals(frames.length, 1);
    const decoder = new NpmDecoder();
    let read: unknown;
    decoder.on("decoded", (packet: unknown) => read = plain(packet));
    decoder.add(Buffer.from(frames[0] as Uint8Array));
    assertEquals(read, packet);
  });

  Deno.test(`MsgpackCodec reads ${claim} as npm's parser writes it`, () => {
    const [frame] = new NpmEncoder().encode(packet) as unknown as [Uint8Array]; // its types say a buffer
    const { type, nsp, data } = packet;
    const id = "id" in packet ? packet.id : undefined;
    assertEquals(
      codec.createDecoder().add(new Uint8Array(frame)),
      { type, nsp, data, id } as Packet,
    );
  });
}

const refused: [claim: string, packet: unknown][] = [
  ["nothing at all", null],
  ["a list", [2, "/", ["a"]]],
  ["an unknown type", { type: 5, nsp: "/", data: ["a"] }],
  ["a type of text", { type: "2", nsp: "/", data: ["a"] }],
  ["no namespace", { type: 2, data: ["a"] }],
  ["a namespace that is a number", { type: 2, nsp: 1, data: ["a"] }],
  ["an event without a name", { type: 2, nsp: "/", data: [] }],
  ["an event whose name is an object", { type: 2, nsp: "/", data: [{}] }],
  ["a reserved event", { type: 2, nsp: "/", data: ["disconnect"] }],
  ["data that is no list", { type: 2, nsp: "/", data: { 0: "a", length: 1 } }],
  ["an id of text", { type: 2, nsp: "/", data: ["a"], id: "1" }],
  ["an id that is a fraction", { type: 2, nsp: "/", data: ["a"], id: 1.5 }],
  ["a negative id", { type: 2, nsp: "/", data: ["a"], id: -1 }],
  ["an id beyond 2⁵³", { type: 3, nsp: "/", data: [], id: 2 ** 53 }],
  ["an empty namespace", { type: 0, nsp: "" }],
  ["a namespace without a slash", { type: 0, nsp: "admin" }],
  ["CONNECT with a text", { type: 0, nsp: "/", data: "a" }],
  ["CONNECT with a list", { type: 0, nsp: "/", data: [] }],
  ["CONNECT with a date", { type: 0, nsp: "/", data: new Date(0) }],
  ["DISCONNECT with data", { type: 1, nsp: "/", data: {} }],
];
for (const [claim, packet] of refused) {
  Deno.test(`MsgpackCodec refuses ${claim}`, () => {
    const frame = encodeMsgpack(packet);
    assertThrows(() => codec.createDecoder().add(frame), DecodeError);
  });
}

Deno.test("MsgpackCodec refuses text, and bytes that are not msgpack", () => {
  const decoder = codec.createDecoder();
  assertThrows(() => decoder.add('2["a"]'), DecodeError);
  assertThrows(() => decoder.add(Uint8Array.of(0xc1)), DecodeError);
});

Deno.test("MsgpackCodec keeps to the fields of a packet", () => {
  const frame = encodeMsgpack({ type: 2, nsp: "/", data: ["a"], extra: 1 });
  assertEquals(
    codec.createDecoder().add(frame),
    { type: 2, nsp: "/", data: ["a"], id: undefined },
  );
});
