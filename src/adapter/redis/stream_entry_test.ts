import { assertEquals, assertThrows } from "@std/assert";
import { ClusterWireError, toWire } from "../cluster_wire/mod.ts";
import type { ClusterMessage } from "../cluster_message.ts";
import {
  decodeEntry,
  encodeEntry,
  readEntries,
  readStreams,
  type StreamEntry,
  streamNameOf,
} from "./stream_entry.ts";

const SENDER = { uid: "91b281789076cb8e", nsp: "/" };

function broadcast(
  data: unknown[],
  rooms: string[],
  except: string[],
): ClusterMessage {
  return {
    type: "broadcast",
    packet: { type: 2, nsp: "/", data },
    target: { rooms: new Set(rooms), except: new Set(except), flags: {} },
  };
}

// What `@socket.io/redis-streams-adapter` 0.3.1 adds for the same on Node.
const GOLDEN: Record<
  string,
  [message: ClusterMessage, type: string, data: string]
> = {
  "an event": [
    broadcast(["hello", 1, "é"], [], []),
    "3",
    '{"packet":{"type":2,"data":["hello",1,"é"]},"opts":{"rooms":[],"except":[],"flags":{}}}',
  ],
  "an event with bytes": [
    broadcast(["bin", Uint8Array.of(1, 2)], ["a"], ["b"]),
    "3",
    "gqZwYWNrZXSCpHR5cGUCpGRhdGGSo2JpbsQCAQKkb3B0c4Olcm9vbXORoWGmZXhjZXB0kaFipWZsYWdzgA==",
  ],
  "socketsJoin()": [
    {
      type: "join",
      target: { rooms: new Set(["a"]), except: new Set(), flags: {} },
      rooms: ["r"],
    },
    "4",
    '{"opts":{"rooms":["a"],"except":[],"flags":{}},"rooms":["r"]}',
  ],
};
for (const [what, [message, type, data]] of Object.entries(GOLDEN)) {
  Deno.test(`encodeEntry() writes ${what} as Node does`, () => {
    const entry = encodeEntry(message, toWire(message, SENDER), false);
    const [room] = "target" in message ? message.target.rooms : [];
    assertEquals(entry, {
      ...{ ...SENDER, type, data },
      ...room === undefined ? {} : { room },
    });
  });

  Deno.test(`decodeEntry() reads ${what} of Node's`, () => {
    const entry = { id: "1-0", ...SENDER, type, data };
    assertEquals(decodeEntry(entry), { kind: "message", message });
  });
}

Deno.test("encodeEntry() looks for no bytes if there are none", () => {
  const message = broadcast(["bin", Uint8Array.of(1)], [], []);
  const { data } = encodeEntry(message, toWire(message, SENDER), true);
  assertEquals(JSON.parse(data!).packet.data, ["bin", { "0": 1 }]);
});

const MALFORMED: Record<string, Partial<StreamEntry>> = {
  "nothing": {},
  "no type": { ...SENDER, data: "{}" },
  "a type that is a word": { ...SENDER, type: "three", data: "{}" },
  "no data": { ...SENDER, type: "3" },
  "broken JSON": { ...SENDER, type: "3", data: "{" },
  "what is no base64": { ...SENDER, type: "3", data: "%" },
  "broken MessagePack": { ...SENDER, type: "3", data: "gg==" },
  "MessagePack that is no object": { ...SENDER, type: "3", data: "AQ==" },
};
for (const [what, fields] of Object.entries(MALFORMED)) {
  Deno.test(`decodeEntry() refuses ${what}`, () => {
    assertThrows(() => decodeEntry({ id: "1-0", ...fields }), ClusterWireError);
  });
}

const ENTRIES = [["1-0", ["uid", "a", "type", "3"]], ["1-1", ["uid", "b"]]];
const READ = [{ id: "1-0", uid: "a", type: "3" }, { id: "1-1", uid: "b" }];
const REPLIES: Record<string, unknown> = {
  "RESP2": [["socket.io", ENTRIES]],
  "RESP3 as an object": { "socket.io": ENTRIES },
  "RESP3 as a map": new Map([["socket.io", ENTRIES]]),
};
for (const [what, reply] of Object.entries(REPLIES)) {
  Deno.test(`readStreams() reads an answer of ${what}`, () => {
    assertEquals(readStreams(reply), READ);
  });
}

Deno.test("readStreams() reads that there is nothing, and refuses other things", () => {
  assertEquals(readStreams(null), []);
  for (const reply of ["OK", 1, [], [[]], [["socket.io"]], {}]) {
    assertThrows(() => readStreams(reply), TypeError);
  }
});

Deno.test("readEntries() reads texts that are bytes, and entries without fields", () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  assertEquals(
    readEntries([
      [bytes("1-0"), [bytes("uid"), bytes("é"), "id", "another"]],
      ["1-1", null],
    ]),
    [{ id: "1-0", uid: "é" }, { id: "1-1" }],
  );
});

Deno.test("streamNameOf() chooses streams as Node does", () => {
  assertEquals(streamNameOf("/chat", "s", 1), "s");
  const names = ["/", "/other", "/chat", "/a-long-namespace", "/admin"];
  assertEquals(
    names.map((name) => streamNameOf(name, "s", 4)),
    ["s-3", "s-1", "s-3", "s-1", "s-0"],
  );
});
