import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import {
  ClusterWireError,
  decodeWire,
  encodeWire,
  fromWire,
  type ReceivedContent,
  toWire,
  type WireMessage,
} from "../../src/adapter/cluster_wire/mod.ts";
import { decodeEntry } from "../../src/adapter/redis/stream_entry.ts";
import type { Random } from "../_support/random.ts";
import type { Fuzzer } from "./fuzzer.ts";

const SENDER = { uid: "0123456789abcdef", nsp: "/" };

/** What is a message at times, and nearly one otherwise. */
function randomMessage(random: Random): WireMessage {
  const rooms = () =>
    random.pick([
      [],
      ["a"],
      random.list(3, () => random.text(3)),
      [1],
      "a",
      {},
    ]);
  const opts = () =>
    random.pick([
      { rooms: rooms(), except: rooms(), flags: random.json() },
      { rooms: rooms() },
      random.json(),
    ]);
  const data: Record<string, unknown> = {
    opts: opts(),
    rooms: rooms(),
    requestId: random.pick(["q", "rooms:q", undefined, null, 7]),
    packet: random.pick([
      { type: 2, data: ["x", random.json()] },
      { type: random.pick([0, 2, 3, 5]), data: random.json() },
      ["x", random.bytes(4)],
      random.json(),
    ]),
    sockets: random.pick([
      [{ id: "1", handshake: {}, rooms: rooms(), data: random.json() }],
      random.json(),
    ]),
    clientCount: random.pick([0, 3, -1, "1"]),
    close: random.pick([true, undefined, 1]),
  };
  if (random.oneIn(4)) delete data[random.pick(Object.keys(data))];
  const type = random.pick([random.below(16), random.below(16), 0.5]);
  return { ...SENDER, type, data: random.oneIn(8) ? random.json() : data };
}

/** What is said, whatever kind it is of. */
function contentOf(received: ReceivedContent) {
  switch (received.kind) {
    case "message":
      return received.message;
    case "reply":
      return received.reply;
    case "presence":
      return received.presence;
  }
}

/** Reads something, and lets it throw one error alone. */
function attempt<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    assertInstanceOf(error, ClusterWireError);
  }
}

/** Messages that other servers send, nearly send, changed, and made up. */
export const clusterWireFuzzer: Fuzzer = {
  name: "cluster wire",
  run(random) {
    const message = randomMessage(random);
    const received = attempt(() => fromWire(message));
    if (received !== undefined) {
      // What is understood is understood when it is passed on, too.
      const encoded = encodeWire(toWire(contentOf(received), SENDER));
      const again = fromWire(decodeWire(encoded));
      assertEquals(again.kind, received.kind);
      assertEquals(contentOf(again).type, contentOf(received).type);
    }
    const bytes = encodeWire(message);
    const broken = typeof bytes === "string"
      ? new TextEncoder().encode(bytes)
      : bytes;
    for (const each of [random.mutateBytes(broken), random.bytes(40)]) {
      attempt(() => fromWire(decodeWire(each)));
    }
    assert(Reflect.get({}, "polluted") === undefined);
  },
};

/** Entries of a stream that others have added. */
export const streamEntryFuzzer: Fuzzer = {
  name: "stream entry",
  run(random) {
    const { data } = randomMessage(random);
    const text = new TextEncoder().encode(JSON.stringify(data) ?? "");
    const fields = {
      ...SENDER,
      type: random.pick([`${random.below(16)}`, random.text(3), ""]),
      data: random.pick([
        new TextDecoder().decode(random.mutateBytes(text)),
        random.bytes(40).toBase64(),
        random.text(20),
      ]),
    };
    attempt(() => decodeEntry(fields));
  },
};
