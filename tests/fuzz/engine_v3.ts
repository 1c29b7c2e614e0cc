import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertMatch,
} from "@std/assert";
import { type Packet, PacketSyntaxError } from "../../src/engine_parser/mod.ts";
import {
  decodePacket,
  encodeBytes,
  toBase64,
} from "../../src/engine_parser/v3/packet.ts";
import {
  decodePayload,
  joinBytes,
  joinText,
} from "../../src/engine_parser/v3/payload.ts";
import { POLLING_FORMAT } from "../../src/engine/format.ts";
import { JsonpFormat } from "../../src/engine/jsonp.ts";
import { BASE64_POLLING_FORMAT } from "../../src/engine/v3/format.ts";
import { DIALECT_4 } from "../../src/core/v2/dialect.ts";
import { DecodeError, JsonCodec } from "../../src/parser/mod.ts";
import type { Random } from "../_support/random.ts";
import type { Fuzzer } from "./fuzzer.ts";

/** What payloads stumble over. */
const SNIPPETS = [
  ":",
  "0:",
  "1:",
  "2:4",
  "-1:",
  "1e1:",
  "0x1:",
  " ",
  "NaN:",
  "Infinity:",
  "99999999999999999999:",
  "b",
  "b4",
  "b2AQ==",
  "\ud800",
  "\u0661:",
];

/** A packet, and what it is on the wire in either kind of payload. */
interface Sample {
  readonly packet: Packet;
  readonly frame: string | Uint8Array;
  readonly text: string;
}

function randomSample(random: Random): Sample {
  if (random.oneIn(3)) {
    const data = random.bytes(200);
    const frame = encodeBytes(data);
    return {
      packet: { type: "message", data },
      frame,
      text: toBase64(frame),
    };
  }
  const data = random.text(random.pick([0, 8, 300])).toWellFormed();
  const frame = `4${data}`;
  const packet = { type: "message", ...data === "" ? {} : { data } } as const;
  return { packet, frame, text: frame };
}

function attempt(decode: () => Iterable<Packet>): void {
  try {
    for (const { type, data } of decode()) {
      assert(
        data === undefined || typeof data === "string" ||
          data instanceof Uint8Array && type === "message",
      );
      // Nobody else can write to the bytes of a message.
      if (data instanceof Uint8Array) {
        assertEquals(data.byteLength, data.buffer.byteLength);
      }
    }
  } catch (error) {
    assertInstanceOf(error, PacketSyntaxError);
  }
}

/** Packets and payloads of revision 3, as they are and changed. */
export const oldPacketFuzzer: Fuzzer = {
  name: "engine packets and payloads of revision 3",
  run(random) {
    const samples = [
      randomSample(random),
      ...random.list(4, () => randomSample(random)),
    ];
    const packets = samples.map(({ packet }) => packet);
    for (const { packet, frame, text } of samples) {
      assertEquals(decodePacket(frame), packet);
      assertEquals(decodePacket(text), packet);
      attempt(() => [decodePacket(random.mutate(text, SNIPPETS))]);
    }
    const text = joinText(samples.map(({ text }) => text));
    const bytes = joinBytes(samples.map(({ frame }) => frame));
    assertEquals([...decodePayload(text)], packets);
    assertEquals([...decodePayload(bytes)], packets);
    for (
      const broken of [
        random.mutate(text, SNIPPETS),
        random.mutateBytes(bytes),
        random.text(40),
        random.bytes(40),
      ]
    ) {
      attempt(() => decodePayload(broken));
    }
  },
};

/** Scripts and forms: what goes into them, and what does not. */
export const jsonpFuzzer: Fuzzer = {
  name: "JsonpFormat",
  run(random) {
    const inner = random.oneIn(2) ? POLLING_FORMAT : BASE64_POLLING_FORMAT;
    const format = new JsonpFormat(random.text(6), inner);
    const frames = [
      random.text(20),
      ...random.list(
        3,
        () => random.oneIn(2) ? random.text(20) : random.bytes(9),
      ),
    ];
    const messages = [format.keep({ frames })];
    const script = format.encode(messages);
    assertMatch(
      script,
      /^___eio\[[0-9]*\]\("(?:[^"\\\u2028\u2029\n]|\\.)*"\);$/,
    );
    const payload: unknown = JSON.parse(script.slice(script.indexOf('"'), -2));
    assertEquals(payload, inner.encode(messages));

    const text = `4${random.text(30).replaceAll("\x1e", "").toWellFormed()}`;
    const d = text.replace(/\\n/g, "\\\n").replace(/\n/g, "\\n");
    const form = String(new URLSearchParams({ x: random.text(4), d }));
    // What the client cannot tell apart itself is left out.
    if (!text.includes("\\\n")) {
      const packets = new JsonpFormat("", POLLING_FORMAT).decode(form);
      assertEquals([...packets], [decodePacket(text)]);
    }
    attempt(() => format.decode(form));
    attempt(() => format.decode(random.mutate(form)));
    attempt(() => format.decode(random.bytes(20)));
  },
};

/** Packets of Socket.IO 2, with parameters in the names of namespaces. */
export const oldDialectFuzzer: Fuzzer = {
  name: "the decoder of Socket.IO 2",
  run(random) {
    const decoder = DIALECT_4.translate(new JsonCodec().createDecoder());
    const name = `/${random.text(6).replaceAll(/[,?]/g, "")}`;
    const query = random.text(12).replaceAll(",", "");
    const packet = decoder.add(`0${name}?${query},`);
    assertEquals(packet?.nsp, name);
    for (const [key, value] of Object.entries(packet?.data ?? {})) {
      assertEquals([typeof key, typeof value], ["string", "string"]);
    }
    assertEquals(Object.getPrototypeOf(packet?.data), Object.prototype);
    try {
      const read = decoder.add(random.mutate(`2${name}?${query},1["a"]`));
      assert(!read?.nsp.includes("?"));
    } catch (error) {
      assertInstanceOf(error, DecodeError);
    }
  },
};
