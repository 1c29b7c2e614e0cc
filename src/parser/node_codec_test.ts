import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertThrows,
} from "@std/assert";
import { Buffer } from "node:buffer";
import { EventEmitter } from "node:events";
import { DecodeError } from "./errors.ts";
import { NodeCodec, type NodePacket } from "./node_codec.ts";
import { type Packet, PacketType } from "./packet.ts";

/** A parser whose decoder does what a test tells it to. */
function createCodec(
  add: (decoder: EventEmitter, frame: string | Uint8Array) => void,
  encode: (packet: NodePacket) => unknown = JSON.stringify,
) {
  const destroyed: unknown[] = [];
  class Encoder {
    encode(packet: NodePacket): unknown {
      return encode(packet);
    }
  }
  class Decoder extends EventEmitter {
    add(frame: string | Uint8Array): void {
      add(this, frame);
    }
    destroy(): void {
      destroyed.push(this);
    }
  }
  return { codec: new NodeCodec({ Encoder, Decoder }), destroyed };
}

/** A decoder that emits what it is fed with, as JSON. */
function emitJson(decoder: EventEmitter, frame: string | Uint8Array): void {
  decoder.emit("decoded", JSON.parse(String(frame)));
}

const EVENT: Packet = { type: PacketType.EVENT, nsp: "/", data: ["a", 1] };

Deno.test("NodeCodec gives the encoder a packet without what is not there", () => {
  const { codec } = createCodec(emitJson);
  const frames = (packet: Packet) => codec.encode(packet).frames;
  assertEquals(frames({ ...EVENT, id: undefined }), [
    '{"type":2,"nsp":"/","data":["a",1]}',
  ]);
  assertEquals(frames({ ...EVENT, id: 0 }), [
    '{"type":2,"nsp":"/","data":["a",1],"id":0}',
  ]);
  assertEquals(frames({ type: PacketType.DISCONNECT, nsp: "/x" }), [
    '{"type":1,"nsp":"/x"}',
  ]);
});

const made: Record<string, [made: unknown, frames: unknown]> = {
  "a list": [["a", Buffer.from([1])], ["a", Uint8Array.of(1)]],
  "text alone": ["a", ["a"]],
  "bytes alone": [Uint8Array.of(1), [Uint8Array.of(1)]],
  "an ArrayBuffer": [[Uint8Array.of(1).buffer], [Uint8Array.of(1)]],
  "a view": [
    [new DataView(Uint8Array.of(1, 2, 3).buffer, 1, 1)],
    [Uint8Array.of(2)],
  ],
};
for (const [name, [result, frames]] of Object.entries(made)) {
  Deno.test(`NodeCodec takes ${name} from the encoder`, () => {
    const { codec } = createCodec(emitJson, () => result);
    const got = codec.encode(EVENT).frames.map((frame) =>
      typeof frame === "string" ? frame : new Uint8Array(frame)
    );
    assertEquals<unknown>(got, frames);
  });
}

for (const result of [[], [1], undefined, null, {}, [undefined]]) {
  Deno.test(`NodeCodec refuses ${JSON.stringify(result)} from the encoder`, () => {
    const { codec } = createCodec(emitJson, () => result);
    assertThrows(() => codec.encode(EVENT), TypeError, "Cannot encode packet");
  });
}

Deno.test("NodeCodec throws what the encoder throws", () => {
  const { codec } = createCodec(emitJson, () => {
    throw new RangeError("too much");
  });
  assertThrows(() => codec.encode(EVENT), RangeError, "too much");
});

const emitted: [emitted: unknown, packet: unknown][] = [
  [EVENT, { ...EVENT, id: undefined }],
  [{ ...EVENT, id: 7 }, { ...EVENT, id: 7 }],
  [{ ...EVENT, id: null }, { ...EVENT, id: undefined }],
  [{ ...EVENT, type: 5, attachments: 1 }, { ...EVENT, id: undefined }],
  [{ type: 6, nsp: "/x", id: 1, data: [] }, {
    type: 3,
    nsp: "/x",
    id: 1,
    data: [],
  }],
  [{ type: 0, nsp: "/", data: null }, {
    type: 0,
    nsp: "/",
    id: undefined,
    data: undefined,
  }],
];
for (const [packet, expected] of emitted) {
  Deno.test(`NodeCodec reads ${JSON.stringify(packet)}`, () => {
    const { codec } = createCodec(emitJson);
    const decoder = codec.createDecoder();
    assertEquals<unknown>(decoder.add(JSON.stringify(packet)), expected);
  });
}

const invalid: unknown[] = [
  null,
  1,
  "text",
  [],
  {},
  { ...EVENT, type: 7 },
  { ...EVENT, type: "5" },
  { ...EVENT, type: "__proto__" },
  { ...EVENT, nsp: 1 },
  { ...EVENT, id: 1.5 },
  { ...EVENT, id: "1" },
  { ...EVENT, data: "a" },
  { ...EVENT, data: ["disconnect"] },
  { ...EVENT, data: [{ toString: "x" }] },
  { type: 0, nsp: "/", data: "a" },
  { type: 1, nsp: "/", data: {} },
];
for (const packet of invalid) {
  Deno.test(`NodeCodec refuses ${JSON.stringify(packet)} from the decoder`, () => {
    const { codec } = createCodec(emitJson);
    const decoder = codec.createDecoder();
    assertThrows(() => decoder.add(JSON.stringify(packet)), DecodeError);
    // It goes on with the next frame.
    assertEquals(decoder.add(JSON.stringify(EVENT))?.data, ["a", 1]);
  });
}

Deno.test("NodeCodec feeds bytes as a Buffer, and waits for more", () => {
  const fed: unknown[] = [];
  const { codec } = createCodec((_decoder, frame) => fed.push(frame));
  const decoder = codec.createDecoder();
  const frame = Uint8Array.of(1, 2, 3).subarray(1);
  assertEquals(decoder.add(frame), undefined);
  const [bytes] = fed;
  assertInstanceOf(bytes, Buffer);
  assertEquals([...bytes], [2, 3]);
});

Deno.test("NodeCodec tells what the decoder threw", () => {
  const cause = new Error("bad magic");
  const { codec } = createCodec(() => {
    throw cause;
  });
  const error = assertThrows(
    () => codec.createDecoder().add("x"),
    DecodeError,
    "Cannot decode packet: bad magic",
  );
  assertEquals(error.cause, cause);
});

Deno.test("NodeCodec refuses two packets for one frame", () => {
  const { codec } = createCodec((decoder) => {
    decoder.emit("decoded", EVENT);
    decoder.emit("decoded", EVENT);
  });
  assertThrows(
    () => codec.createDecoder().add("x"),
    DecodeError,
    "more than one packet",
  );
});

Deno.test("NodeCodec warns once of packets that are emitted too late", () => {
  let late: EventEmitter | undefined;
  const { codec } = createCodec((decoder) => late = decoder);
  assertEquals(codec.createDecoder().add("x"), undefined);
  const warnings: unknown[] = [];
  const { warn } = console;
  console.warn = (text) => warnings.push(text);
  try {
    late?.emit("decoded", EVENT);
    late?.emit("decoded", EVENT);
  } finally {
    console.warn = warn;
  }
  assertEquals(warnings, [
    "Packets are lost: the parser's decoder emits them outside of add()",
  ]);
});

Deno.test("NodeCodec has a decoder for each client, and lets go of it", () => {
  const { codec, destroyed } = createCodec(emitJson);
  const [one, two] = [codec.createDecoder(), codec.createDecoder()];
  one.destroy?.();
  assertEquals(destroyed.length, 1);
  assert(two.add(JSON.stringify(EVENT)) !== undefined);
});
