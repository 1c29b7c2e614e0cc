import { assertEquals, assertThrows } from "@std/assert";
import { PacketSyntaxError } from "../errors.ts";
import { decodePayload, joinBytes, joinText } from "./payload.ts";

Deno.test("joinText() counts UTF-16 units", () => {
  assertEquals(joinText(["4a", "2", "4€🦕"]), "2:4a1:24:4€🦕");
});

Deno.test("joinBytes() counts bytes, and writes text as UTF-8", () => {
  assertEquals(
    joinBytes(["4é", Uint8Array.of(4, 1)]),
    Uint8Array.of(0, 3, 255, 0x34, 0xc3, 0xa9, 1, 2, 255, 4, 1),
  );
  const long = joinBytes([new Uint8Array(120)]);
  assertEquals(long.slice(0, 5), Uint8Array.of(1, 1, 2, 0, 255));
  assertEquals(long.length, 125);
});

Deno.test("decodePayload() of revision 3 reads text", () => {
  assertEquals([...decodePayload("2:4a0:1:205:4€🦕x")], [
    { type: "message", data: "a" },
    { type: "ping" },
    { type: "message", data: "€🦕x" },
  ]);
});

Deno.test("decodePayload() of revision 3 reads bytes", () => {
  const payload = joinBytes(["4é\ufeff", Uint8Array.of(4, 1), "b4AQ==", "3"]);
  assertEquals([...decodePayload(payload)], [
    { type: "message", data: "é\ufeff" },
    { type: "message", data: Uint8Array.of(1) },
    { type: "message", data: Uint8Array.of(1) },
    { type: "pong" },
  ]);
  assertEquals([...decodePayload(new Uint8Array())], []);
});

Deno.test("decodePayload() of revision 3 yields what stands before an error", () => {
  for (const payload of ["1:2x", Uint8Array.of(0, 1, 255, 0x32, 7)]) {
    const packets = decodePayload(payload);
    assertEquals(packets.next().value, { type: "ping" });
    assertThrows(() => packets.next(), PacketSyntaxError);
  }
});

const malformed: Record<string, string | Uint8Array> = {
  "nothing": "",
  "no length": "hello",
  "a length without a colon": "2",
  "an empty length": ":4",
  "a length beyond the end": "3:4a",
  "a length that is no safe number": "9".repeat(400) + ":4a",
  "a negative length": "-2:4a",
  "a fractional length": "1.0:4a",
  "a signed length": "+2:4a",
  "a length in hexadecimal": "0x2:4a",
  "a length with blanks": "2 :4a",
  "NaN": "NaN:4a",
  "Infinity": "Infinity:4a",
  "digits that are not ASCII": "\u0662:4a",
  "an unknown type": "1:x",
  "an unknown kind": Uint8Array.of(2, 1, 255, 4),
  "a kind alone": Uint8Array.of(0),
  "bytes without a length": Uint8Array.of(0, 255, 0x34),
  "bytes without the end of a length": Uint8Array.of(0, 1),
  "a digit above nine": Uint8Array.of(0, 10, 255, 0x34),
  "a length without end": new Uint8Array(1_000),
  "bytes that are cut off": Uint8Array.of(1, 2, 255, 4),
  "text that is cut off": Uint8Array.of(0, 2, 255, 0x34),
  "text that is not UTF-8": Uint8Array.of(0, 2, 255, 0x34, 0xff),
  "a lone surrogate as UTF-8": Uint8Array.of(0, 4, 255, 0x34, 0xed, 0xa0, 0x80),
  "empty text": Uint8Array.of(0, 0, 255),
  "empty bytes": Uint8Array.of(1, 0, 255),
};
for (const [name, payload] of Object.entries(malformed)) {
  Deno.test(`decodePayload() of revision 3 refuses ${name}`, () => {
    assertThrows(() => [...decodePayload(payload)], PacketSyntaxError);
  });
}
