import { assertEquals, assertThrows } from "@std/assert";
import { type CookieOptions, cookieWriter } from "./cookie.ts";

const written: [name: string, options: true | CookieOptions, cookie: string][] =
  [
    ["the defaults", true, "io=id; Path=/; HttpOnly; SameSite=Lax"],
    ["no option", {}, "io=id; Path=/; HttpOnly; SameSite=Lax"],
    ["a name", { name: "sid" }, "sid=id; Path=/; HttpOnly; SameSite=Lax"],
    ["a path", { path: "/a" }, "io=id; Path=/a; HttpOnly; SameSite=Lax"],
    ["no path", { path: false }, "io=id; SameSite=Lax"],
    ["no HttpOnly", { httpOnly: false }, "io=id; Path=/; SameSite=Lax"],
    [
      "sameSite strict",
      { sameSite: "strict" },
      "io=id; Path=/; HttpOnly; SameSite=Strict",
    ],
    [
      "sameSite none",
      { sameSite: "none", secure: true },
      "io=id; Path=/; HttpOnly; Secure; SameSite=None",
    ],
    [
      "sameSite true",
      { sameSite: true },
      "io=id; Path=/; HttpOnly; SameSite=Strict",
    ],
    ["sameSite false", { sameSite: false }, "io=id; Path=/; HttpOnly"],
    [
      "secure false",
      { secure: false },
      "io=id; Path=/; HttpOnly; SameSite=Lax",
    ],
    [
      "a domain",
      { domain: "example.com" },
      "io=id; Domain=example.com; Path=/; HttpOnly; SameSite=Lax",
    ],
    [
      "maxAge",
      { maxAge: 10.9 },
      "io=id; Max-Age=10; Path=/; HttpOnly; SameSite=Lax",
    ],
    [
      "maxAge 0",
      { maxAge: 0 },
      "io=id; Max-Age=0; Path=/; HttpOnly; SameSite=Lax",
    ],
    [
      "expires",
      { expires: new Date(0) },
      "io=id; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Lax",
    ],
    [
      "partitioned",
      { partitioned: true, secure: true },
      "io=id; Path=/; HttpOnly; Secure; Partitioned; SameSite=Lax",
    ],
  ];

for (const [name, options, cookie] of written) {
  Deno.test(`cookieWriter() writes ${name}`, () => {
    assertEquals(cookieWriter(options)?.("id"), cookie);
  });
}

Deno.test("cookieWriter() encodes the id", () => {
  assertEquals(
    cookieWriter({ path: false, sameSite: false })?.("a;b=c d\r\n€"),
    "io=a%3Bb%3Dc%20d%0D%0A%E2%82%AC",
  );
});

Deno.test("cookieWriter() makes none for false", () => {
  assertEquals(cookieWriter(false), undefined);
});

const refused: [name: string, options: CookieOptions][] = [
  ["an empty name", { name: "" }],
  ["a name with a space", { name: "a b" }],
  ["a name with =", { name: "a=b" }],
  ["a name with a line break", { name: "a\r\nb" }],
  ["a name beyond ASCII", { name: "é" }],
  ["a path with ;", { path: "/; Domain=evil" }],
  ["a path with a line break", { path: "/\r\nSet-Cookie: a=b" }],
  ["a domain with ;", { domain: "a;b" }],
  ["a domain beyond ASCII", { domain: "é.com" }],
  ["a maxAge that is no number", { maxAge: NaN }],
  ["an infinite maxAge", { maxAge: Infinity }],
  ["an invalid date", { expires: new Date(NaN) }],
];

for (const [name, options] of refused) {
  Deno.test(`cookieWriter() refuses ${name}`, () => {
    assertThrows(() => cookieWriter(options), TypeError, "Cannot set cookie");
  });
}
