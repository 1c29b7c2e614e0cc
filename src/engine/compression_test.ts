import { assertEquals, assertStrictEquals } from "@std/assert";
import { isDenoAtLeast } from "../deno_version.ts";
import { compressFrom } from "./compression.ts";

const body = "4" + "0123456789".repeat(10);

function respond(accept: string | undefined, threshold: number | undefined) {
  const headers: Record<string, string> = accept === undefined
    ? {}
    : { "accept-encoding": accept };
  const request = new Request("http://localhost/", { headers });
  return compressFrom(threshold, new Response(body), body, request);
}

async function decompress(response: Response): Promise<string> {
  const encoding = response.headers.get("content-encoding");
  if (encoding === null) return await response.text();
  const format = encoding === "br" ? "brotli" : encoding as "gzip" | "deflate"; // the third that is offered
  const stream = response.body!.pipeThrough(
    new DecompressionStream(format as CompressionFormat), // Deno knows brotli
  );
  return await new Response(stream).text();
}

const chosen: [accept: string | undefined, encoding: string | null][] = [
  [undefined, null],
  ["", null],
  ["identity", null],
  ["gzip", "gzip"],
  ["GZIP", "gzip"],
  ["deflate", "deflate"],
  ["br", isDenoAtLeast("2.7") ? "br" : null],
  ["deflate, gzip", "gzip"],
  ["gzip, deflate, br", "gzip"],
  ["gzip;q=1, br;q=0", "gzip"],
  ["gzip;q=0", null],
  ["gzip; q=0.000", null],
  ["gzip;q=0.001", "gzip"],
  ["br;q=0,gzip;q=0,deflate", "deflate"],
  ["zstd, x-gzip", null],
];

Deno.test("compressFrom() reads no list of encodings that goes on and on", () => {
  const headers = { "accept-encoding": "gzip" + ", br;q=0".repeat(200) };
  const request = new Request("http://localhost/", { headers });
  const plain = new Response("x");
  assertStrictEquals(compressFrom(0, plain, "x", request), plain);
});

for (const [accept, encoding] of chosen) {
  Deno.test(`compressFrom() answers "${accept}" with ${encoding ?? "no encoding"}`, async () => {
    const response = respond(accept, 1);
    assertEquals(response.headers.get("content-encoding"), encoding);
    assertEquals(
      response.headers.get("content-type")?.toLowerCase(),
      "text/plain;charset=utf-8",
    );
    assertEquals(await decompress(response), body);
  });
}

Deno.test("compressFrom() compresses from the threshold on", async () => {
  for (
    const [threshold, encoding] of [
      [body.length, "gzip"],
      [body.length + 1, null],
      [undefined, null],
      [0, "gzip"],
    ] as const
  ) {
    const response = respond("gzip", threshold);
    assertEquals(response.headers.get("content-encoding"), encoding);
    assertEquals(await decompress(response), body);
  }
});

Deno.test("compressFrom() measures the threshold in bytes", async () => {
  const request = new Request("http://localhost/", {
    headers: { "accept-encoding": "gzip" },
  });
  const text = "€".repeat(400);
  const response = compressFrom(1_024, new Response(text), text, request);
  assertEquals(response.headers.get("content-encoding"), "gzip");
  assertEquals(await decompress(response), "€".repeat(400));
});
