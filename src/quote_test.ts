import { assertEquals } from "@std/assert";
import { indent, quote } from "./quote.ts";

const texts: Record<string, string> = {
  "plain": '"plain"',
  'a "b"\n': String.raw`"a \"b\"\n"`,
  "\x1b[2J\x9b\x7f\u202e\u2028": String
    .raw`"\u001b[2J\u009b\u007f\u202e\u2028"`,
  ["x".repeat(201)]: `"${"x".repeat(200)}…"`,
};
for (const [text, expected] of Object.entries(texts)) {
  Deno.test(`quote() writes ${expected}`, () => {
    assertEquals(quote(text), expected);
  });
}

Deno.test("indent() keeps lines and nothing else that a terminal obeys", () => {
  assertEquals(
    indent("Error: a\r\n\tat \x1b[2J\x9b"),
    String.raw`    Error: a\u000d` + "\n" +
      String.raw`    \u0009at \u001b[2J\u009b`,
  );
});
