import { assertEquals, assertStrictEquals } from "@std/assert";
import { control, type EncodedMessage, toPayload, toWire } from "./message.ts";

const bytes = Uint8Array.of(1, 2);

Deno.test("toWire() puts the type before text and leaves bytes", () => {
  assertEquals(toWire({ frames: ["a", bytes, ""] }), ["4a", bytes, "4"]);
});

Deno.test("toPayload() joins all frames, bytes as base64", () => {
  assertEquals(
    toPayload({ frames: ["a", bytes, ""] }),
    "4a\x1ebAQI=\x1e4",
  );
});

Deno.test("toWire() and toPayload() prepare a message once", () => {
  const message: EncodedMessage = { frames: ["a"] };
  assertStrictEquals(toWire(message), toWire(message));
  assertEquals(toPayload(message), "4a");
  message.payload = "kept";
  assertEquals(toPayload(message), "kept");
});

Deno.test("control() is a packet as it is", () => {
  assertEquals(toWire(control("3probe")), ["3probe"]);
  assertEquals(toPayload(control("6")), "6");
});
