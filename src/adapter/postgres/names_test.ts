import { assertEquals, assertThrows } from "@std/assert";
import { checkTableName, quoteIdentifier, toChannel } from "./names.ts";

Deno.test("toChannel() names channels as the official adapter does", () => {
  assertEquals(toChannel("socket.io", "/"), "socket.io#/");
  assertEquals(toChannel('a"b', "/x y"), 'a"b#/x y');
  assertEquals(toChannel("p", `/${"x".repeat(60)}`).length, 63);
});

const channels: [claim: string, nsp: string][] = [
  ["64 bytes", `/${"x".repeat(53)}`],
  ["fewer characters, but more bytes", `/${"é".repeat(30)}`],
  ["a line break", "/a\nb"],
  ["a zero", "/a\0b"],
];
for (const [claim, nsp] of channels) {
  Deno.test(`toChannel() refuses ${claim}`, () => {
    assertThrows(() => toChannel("socket.io", nsp), RangeError);
  });
}

Deno.test("quoteIdentifier() lets no name out of its quotes", () => {
  assertEquals(
    quoteIdentifier('a"; DROP TABLE b; --'),
    '"a""; DROP TABLE b; --"',
  );
});

const tables = [
  ...["socket_io_attachments", "Mixed", "_x$1", "tàble", "app.attachments"],
  ...["a.b.c", '"any ""thing""; --"', 'app."My Table"'],
];
for (const name of tables) {
  Deno.test(`checkTableName() lets ${name} pass`, () => checkTableName(name));
}

const refused = [
  ...["", "1a", "a b", "a;b", "a--", "a.", ".a", "a.b.c.d", "a'b", "$a"],
  ...['"', '""', '"a"b"', '"a', "a\n", "a(b)", "a/**/", '"a\0"'],
];
for (const name of refused) {
  Deno.test(`checkTableName() refuses ${JSON.stringify(name)}`, () => {
    assertThrows(() => checkTableName(name), TypeError);
  });
}
