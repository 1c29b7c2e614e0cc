/** `httpCompression` through real requests: what is on the wire, and what it unpacks to. */

import { assert, assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { get } from "node:http";
import { brotliDecompressSync, gunzipSync, inflateSync } from "node:zlib";
import { isDenoAtLeast } from "../src/deno_version.ts";
import { EngineBed } from "./_support/engine_bed.ts";
import { PollingSession, within } from "./_support/wire.ts";

const UNPACK: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
  br: brotliDecompressSync,
  gzip: gunzipSync,
  deflate: inflateSync,
  none: (bytes) => bytes,
};

interface Poll {
  encoding: string;
  vary: string | undefined;
  size: number;
  text: string;
}

/** Polls without unpacking, which `fetch` would do. */
function poll(url: string, acceptEncoding: string): Promise<Poll> {
  const headers = { "accept-encoding": acceptEncoding, connection: "close" };
  const answer = new Promise<Poll>((resolve, reject) => {
    const request = get(url, { headers, agent: false }, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk);
      const bytes = Buffer.concat(chunks);
      const encoding = response.headers["content-encoding"] ?? "none";
      resolve({
        encoding,
        vary: response.headers.vary,
        size: bytes.length,
        text: new TextDecoder().decode(UNPACK[encoding]?.(bytes)),
      });
    });
    request.on("error", reject);
  });
  return within(answer, `a poll of ${url}`);
}

const message = "x".repeat(2_000);

const accepted: [header: string, encoding: string][] = [
  ["gzip", "gzip"],
  ["deflate", "deflate"],
  ["br", isDenoAtLeast("2.7") ? "br" : "none"],
  ["gzip, deflate, br", "gzip"],
  ["br;q=0, gzip", "gzip"],
  ["zstd", "none"],
];

for (const [header, encoding] of accepted) {
  Deno.test(`httpCompression answers a poll that accepts ${header} in ${encoding}`, async () => {
    await using bed = new EngineBed();
    bed.engine.on("connection", (socket) => socket.send(message));
    await using session = await PollingSession.start(bed.url);
    const answer = await poll(session.url(), header);
    assertEquals(answer.encoding, encoding);
    assertEquals(answer.text, `4${message}`);
    assertEquals(answer.size < 200, encoding !== "none");
    // Before 2.9 Deno says so of each answer.
    if (isDenoAtLeast("2.9")) {
      assertEquals(
        answer.vary,
        encoding === "none" ? undefined : "Accept-Encoding",
      );
    }
  });
}

Deno.test("httpCompression compresses the answer of a held poll too", async () => {
  await using bed = new EngineBed();
  const opening = bed.session();
  await using session = await PollingSession.start(bed.url);
  const socket = await opening;
  const answer = poll(session.url(), "gzip");
  await untilWritable(() => socket.writable);
  socket.send(message);
  const { encoding, text } = await answer;
  assertEquals([encoding, text], ["gzip", `4${message}`]);
});

async function untilWritable(isWritable: () => boolean): Promise<void> {
  while (!isWritable()) await new Promise((go) => setTimeout(go, 0));
}

// One byte of each answer is the packet's type.
const thresholds: [
  name: string,
  option: boolean | { threshold?: number } | undefined,
  length: number,
  encoding: string,
][] = [
  ["by default from 1,024 bytes on", undefined, 1_023, "gzip"],
  ["by default not below 1,024 bytes", undefined, 1_022, "none"],
  ["as true from 1,024 bytes on", true, 1_023, "gzip"],
  ["as {} from 1,024 bytes on", {}, 1_023, "gzip"],
  ["with a threshold from there on", { threshold: 50 }, 49, "gzip"],
  ["with a threshold not below it", { threshold: 50 }, 48, "none"],
  ["with threshold 0 anything", { threshold: 0 }, 1, "gzip"],
  ["as false nothing", false, 5_000, "none"],
];

for (const [name, option, length, encoding] of thresholds) {
  Deno.test(`httpCompression compresses ${name}`, async () => {
    await using bed = new EngineBed(
      option === undefined ? {} : { httpCompression: option },
    );
    bed.engine.on("connection", (socket) => socket.send("x".repeat(length)));
    await using session = await PollingSession.start(bed.url);
    const answer = await poll(session.url(), "gzip");
    assertEquals(answer.encoding, encoding);
    assert(answer.text === "4" + "x".repeat(length));
  });
}
