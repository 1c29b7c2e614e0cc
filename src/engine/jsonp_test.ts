import { assertEquals, assertThrows } from "@std/assert";
import { PacketSyntaxError } from "../engine_parser/mod.ts";
import { POLLING_FORMAT } from "./format.ts";
import { JsonpFormat } from "./jsonp.ts";

const format = new JsonpFormat("3", POLLING_FORMAT);

Deno.test("JsonpFormat calls the page's function with the payload", () => {
  assertEquals(
    format.encode([{ frames: ['a"\u2028\u2029\n\ud800'] }, { frames: ["b"] }]),
    '___eio[3]("4a\\"\\u2028\\u2029\\n\\ud800\\u001e4b");',
  );
});

Deno.test("JsonpFormat takes nothing but digits from the request", () => {
  const hostile = new JsonpFormat("0];alert(1)//\u0661", POLLING_FORMAT);
  assertEquals(hostile.encode([{ frames: ["a"] }]), '___eio[01]("4a");');
});

Deno.test("JsonpFormat answers with scripts, begun early or not", () => {
  for (const body of ["x", new ReadableStream<Uint8Array>()]) {
    const { headers } = format.respond(body);
    assertEquals(headers.get("content-type"), "text/javascript;charset=UTF-8");
    assertEquals(headers.get("x-content-type-options"), "nosniff");
  }
});

const forms: Record<string, [body: string, data: string]> = {
  "plain text": ["d=4hello", "hello"],
  "what is escaped": ["d=4a%20b%2Bc+%26%E2%82%AC", "a b+c &€"],
  "the first of two": ["x=1&d=4a&d=4b", "a"],
  "a line break": ["d=4a%5Cnb", "a\nb"],
  "what was no line break": ["d=4a%5C%5Cnb", "a\\nb"],
  "a backslash": ["d=4a%5Cb", "a\\b"],
};
for (const [name, [body, data]] of Object.entries(forms)) {
  Deno.test(`JsonpFormat reads ${name} of a form`, () => {
    assertEquals([...format.decode(body)], [{ type: "message", data }]);
  });
}

Deno.test("JsonpFormat reads nothing where there is no field", () => {
  for (const body of ["", "x=1", "ad=4a", Uint8Array.of(1)]) {
    assertEquals([...format.decode(body)], []);
  }
});

Deno.test("JsonpFormat refuses a field that is no payload", () => {
  assertThrows(() => [...format.decode("d=")], PacketSyntaxError);
});
