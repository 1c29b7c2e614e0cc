import { assertEquals, assertInstanceOf } from "@std/assert";
import { PacketSyntaxError } from "../../src/engine_parser/mod.ts";
import type { Body, PollingFormat } from "../../src/engine/format.ts";
import { POLLING_FORMAT as REVISION_4 } from "../../src/engine/format.ts";
import { JsonpFormat } from "../../src/engine/jsonp.ts";
import {
  BASE64_POLLING_FORMAT,
  POLLING_FORMAT,
} from "../../src/engine/v3/format.ts";
import type { Random } from "../_support/random.ts";
import type { Fuzzer } from "./fuzzer.ts";

const SNIPPETS = [
  ":",
  "0:",
  "1:4",
  "-1:4",
  "9999999999:",
  "b4",
  "\xff",
  "d=",
  "&",
  "%",
];

/** What is in a body. A body of so many characters cannot hold more packets. */
function read(format: PollingFormat, body: Body): unknown[] {
  const data: unknown[] = [];
  try {
    for (const packet of format.decode(body)) {
      data.push(packet.data ?? "");
      if (data.length > body.length) throw new Error("packets out of nothing");
    }
  } catch (error) {
    assertInstanceOf(error, PacketSyntaxError);
  }
  return data;
}

function randomMessages(random: Random): (string | Uint8Array)[] {
  // What separates packets in revision 4 cannot be in one.
  const text = () => random.text(20).toWellFormed().replaceAll("\x1e", "");
  return [
    text(),
    ...random.list(4, () => random.oneIn(3) ? random.bytes(60) : text()),
  ];
}

function mutate(random: Random, body: Body): Body {
  return typeof body === "string"
    ? random.mutate(body, SNIPPETS)
    : random.mutateBytes(body);
}

/** Payloads of revision 3, in text and in bytes, as they are and changed. */
export const payload3Fuzzer: Fuzzer = {
  name: "engine payloads of revision 3",
  run(random) {
    for (const format of [POLLING_FORMAT, BASE64_POLLING_FORMAT]) {
      const data = randomMessages(random);
      const body = format.encode(data.map((frame) => ({ frames: [frame] })));
      assertEquals(read(format, body), data);
      read(format, mutate(random, body));
      read(format, random.text(40));
      read(format, random.bytes(40));
    }
  },
};

/** What comes and goes by `<script>` and `<form>`. */
export const jsonpFuzzer: Fuzzer = {
  name: "JSONP",
  run(random) {
    for (const inner of [REVISION_4, BASE64_POLLING_FORMAT]) {
      const index = random.oneIn(2) ? String(random.below(9)) : random.text(9);
      const format = new JsonpFormat(index, inner);
      const data = randomMessages(random);
      const script = format.encode(data.map((frame) => ({ frames: [frame] })));
      // What runs is the call of one function, with one text.
      const call = /^___eio\[(\d*)\]\((.*)\);$/.exec(script);
      assertEquals(call?.[1], index.replace(/[^0-9]/g, ""));
      assertEquals(read(inner, JSON.parse(call?.[2] ?? "")), data);
      const form = `d=${encodeURIComponent(random.text(30).toWellFormed())}`;
      read(format, form);
      read(format, mutate(random, form));
    }
  },
};
