import { assertEquals } from "@std/assert";
import { hasPath, queryOf, readParameter, readQuery } from "./query.ts";

const queries: [
  url: string,
  EIO?: string | undefined,
  transport?: string | undefined,
  sid?: string | undefined,
][] = [
  ["http://h/engine.io/"],
  ["http://h/engine.io/?"],
  ["http://h/engine.io/?EIO=4&transport=polling", "4", "polling"],
  ["http://h/?transport=polling&EIO=4&sid=x", "4", "polling", "x"],
  [
    "http://h/?EIO=4&transport=polling&t=abc&b64=1&sid=x",
    "4",
    "polling",
    "x",
  ],
  ["http://h/?sid=&EIO=&transport=", "", "", ""],
  ["http://h/?sid=a&sid=b", undefined, undefined, "a"],
  ["http://h/?&&sid=a&&", undefined, undefined, "a"],
  ["http://h/?sid", undefined, undefined, undefined],
  ["http://h/?xsid=a&EIOx=4&mytransport=polling"],
  ["http://h/?a=sid=b"],
  ["http://h/?sid=a=b", undefined, undefined, "a=b"],
  ["http://h/?sid=a?sid=b", undefined, undefined, "a?sid=b"],
  ["http://h/?sid=%61%2B%26", undefined, undefined, "a+&"],
  ["http://h/?sid=%", undefined, undefined, "%"],
  ["http://h/?sid=%E2%82%AC&EIO=%34", "4", undefined, "€"],
  ["http://h/?sid=%FF", undefined, undefined, "\ufffd"],
  [
    "http://h/?sid=__proto__&transport=constructor",
    undefined,
    "constructor",
    "__proto__",
  ],
  ["http://h/?SID=a&eio=4"],
];

for (const [url, EIO, transport, sid] of queries) {
  Deno.test(`readQuery() reads ${url}`, () => {
    assertEquals(readQuery(url), { EIO, transport, sid });
  });
}

Deno.test("readQuery() reads what URLSearchParams does", () => {
  for (const value of ["a+b", "a%20b", "a%2Bb", "a+%20b", "%F0%9F%A6%95"]) {
    const url = `http://h/?EIO=4&sid=${value}&transport=polling`;
    assertEquals(readQuery(url).sid, new URL(url).searchParams.get("sid")!);
  }
});

const paths: [url: string, prefix: string, expected: boolean][] = [
  ["http://h/engine.io/", "/engine.io/", true],
  ["http://h:80/engine.io/?a=/", "/engine.io/", true],
  ["http://h/engine.io/more", "/engine.io/", true],
  ["http://h/engine.io", "/engine.io/", false],
  ["http://h/engine.io", "/engine.io", true],
  ["http://h/engine.iox", "/engine.io", true],
  ["http://h/x/engine.io/", "/engine.io/", false],
  ["http://h/?/engine.io/", "/engine.io/", false],
  ["http://h//engine.io/", "/engine.io/", false],
  ["http://engine.io/", "/engine.io/", false],
  ["http://[::1]:80/engine.io/", "/engine.io/", true],
  ["http://h", "/", false],
];

for (const [url, prefix, expected] of paths) {
  Deno.test(`hasPath() tells ${expected} for ${url} under ${prefix}`, () => {
    assertEquals(hasPath(url, prefix), expected);
  });
}

const parameters: [text: string, name: string, value: string | undefined][] = [
  ["", "j", undefined],
  ["j=1", "j", "1"],
  ["a=1&j=", "j", ""],
  ["xj=1&J=2&j", "j", undefined],
  ["j=a%20b+c%26&j=2", "j", "a b c&"],
  ["j=%zz", "j", "%zz"],
  ["b64=1", "b64", "1"],
];
for (const [text, name, value] of parameters) {
  Deno.test(`readParameter() finds ${value} for ${name} in "${text}"`, () => {
    assertEquals(readParameter(text, name), value);
  });
}

Deno.test("queryOf() is what stands behind the first question mark", () => {
  assertEquals(queryOf("http://h/?a=1?b"), "a=1?b");
  assertEquals(queryOf("http://h/"), "");
});
