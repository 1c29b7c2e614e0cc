import { assertEquals, assertStrictEquals } from "@std/assert";
import { control, toWire } from "../message.ts";
import {
  BASE64_POLLING_FORMAT,
  BASE64_WEBSOCKET_FORMAT,
  POLLING_FORMAT,
  WEBSOCKET_FORMAT,
} from "./format.ts";

const BYTES = Uint8Array.of(1, 2);

Deno.test("WEBSOCKET_FORMAT of revision 3 shares text with revision 4", () => {
  const message = { frames: ["a", "b"] };
  assertStrictEquals(WEBSOCKET_FORMAT.encode(message), toWire(message));
  assertEquals(WEBSOCKET_FORMAT.encode(control("3probe")), ["3probe"]);
});

Deno.test("WEBSOCKET_FORMAT of revision 3 does not touch the bytes of revision 4", () => {
  const message = { frames: ["a", BYTES] };
  assertEquals(WEBSOCKET_FORMAT.encode(message), [
    "4a",
    Uint8Array.of(4, 1, 2),
  ]);
  assertEquals(toWire(message), ["4a", BYTES]);
});

Deno.test("WEBSOCKET_FORMAT of revision 3 copies bytes once for all clients of a broadcast", () => {
  const message = { frames: ["a", BYTES] };
  const packets = WEBSOCKET_FORMAT.encode(message);
  assertStrictEquals(WEBSOCKET_FORMAT.encode(message), packets);
  assertStrictEquals(POLLING_FORMAT.keep(message).wire, packets);
  assertEquals(WEBSOCKET_FORMAT.encode({ frames: [BYTES] }), [
    Uint8Array.of(4, 1, 2),
  ]);
  assertEquals(BASE64_WEBSOCKET_FORMAT.encode(message), ["4a", "b4AQI="]);
});

Deno.test("WEBSOCKET_FORMAT of revision 3 holds no message beyond its turn", async () => {
  const bytes = BYTES.slice();
  const message = { frames: [bytes] };
  WEBSOCKET_FORMAT.encode(message);
  await Promise.resolve();
  bytes.fill(9);
  assertEquals(WEBSOCKET_FORMAT.encode(message), [Uint8Array.of(4, 9, 9)]);
});

for (
  const [name, format, expected] of [
    ["POLLING_FORMAT", POLLING_FORMAT, Uint8Array.of(1, 3, 255, 4, 1, 2)],
    ["BASE64_POLLING_FORMAT", BASE64_POLLING_FORMAT, "6:b4AQI="],
  ] as const
) {
  Deno.test(`${name} of revision 3 keeps bytes as they were`, () => {
    const bytes = BYTES.slice();
    const kept = format.keep({ frames: [bytes] });
    assertEquals(format.measure(kept), 3);
    bytes.fill(0);
    assertEquals(format.encode([kept]), expected);
    // Whichever transport they leave over.
    assertEquals(WEBSOCKET_FORMAT.encode(kept), [Uint8Array.of(4, 1, 2)]);
    assertEquals(BASE64_WEBSOCKET_FORMAT.encode(kept), ["b4AQI="]);
  });

  Deno.test(`${name} of revision 3 joins text as text`, () => {
    const messages = [{ frames: ["a", "b"] }, control("6")];
    assertEquals(format.encode(messages), "2:4a2:4b1:6");
  });
}

Deno.test("POLLING_FORMAT of revision 3 tells bytes from text by the content type", () => {
  const typeOf = (body: string | Uint8Array<ArrayBuffer>) =>
    POLLING_FORMAT.respond(body).headers.get("content-type");
  assertEquals(typeOf(Uint8Array.of(1)), "application/octet-stream");
  assertEquals(typeOf("1:6"), "text/plain;charset=UTF-8");
});

Deno.test("POLLING_FORMAT of revision 3 goes on with bytes, even if all is text", () => {
  const { headers } = POLLING_FORMAT.begin(new ReadableStream());
  assertEquals(headers.get("content-type"), "application/octet-stream");
  const rest = POLLING_FORMAT.encodeRest([{ frames: ["a"] }, control("6")]);
  assertEquals(rest, Uint8Array.of(0, 2, 255, 0x34, 0x61, 0, 1, 255, 0x36));
});

Deno.test("BASE64_POLLING_FORMAT of revision 3 goes on with text", () => {
  const { headers } = BASE64_POLLING_FORMAT.begin(new ReadableStream());
  assertEquals(headers.get("content-type"), "text/plain;charset=UTF-8");
  const kept = BASE64_POLLING_FORMAT.keep({ frames: [BYTES] });
  const rest = BASE64_POLLING_FORMAT.encodeRest([kept]);
  assertEquals(new TextDecoder().decode(rest), "6:b4AQI=");
});
