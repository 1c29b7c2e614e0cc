import { assert, assertEquals } from "@std/assert";
import type { HandshakeInfo } from "../engine/mod.ts";
import { createHandshake } from "./handshake.ts";

function info(
  url = "http://localhost/socket.io/?EIO=4&transport=polling&a=1&b=%20x",
  headers: Record<string, string> = { "X-One": "1", cookie: "a=b" },
): HandshakeInfo {
  return {
    request: new Request(url, { headers }),
    remoteAddress: "10.0.0.1",
    secure: true,
    issued: 86_400_000,
  };
}

Deno.test("createHandshake() has the fields of Node's", () => {
  const auth = { token: "x" };
  const handshake = createHandshake(info(), auth);
  assertEquals({ ...handshake }, {
    headers: { "x-one": "1", cookie: "a=b" },
    query: { EIO: "4", transport: "polling", a: "1", b: " x" },
    auth,
    time: String(new Date(86_400_000)),
    issued: 86_400_000,
    url: "/socket.io/?EIO=4&transport=polling&a=1&b=%20x",
    address: "10.0.0.1",
    xdomain: false,
    secure: true,
  });
});

Deno.test("createHandshake() reads a field once and keeps it", () => {
  const handshake = createHandshake(info(), {});
  assert(handshake.headers === handshake.headers);
  assert(handshake.query === handshake.query);
});

Deno.test("createHandshake() can be written as JSON", () => {
  const handshake = createHandshake(info(), { token: 1 });
  assertEquals(JSON.parse(JSON.stringify(handshake)), { ...handshake });
});

Deno.test("createHandshake() tells a request of another origin", () => {
  const handshake = createHandshake(
    info(undefined, { origin: "http://a.example" }),
    {},
  );
  assertEquals(handshake.xdomain, true);
});

Deno.test("createHandshake() keeps __proto__ in the query as data", () => {
  const { query } = createHandshake(
    info("http://localhost/?__proto__=x&constructor=y"),
    {},
  );
  assertEquals(Object.getPrototypeOf(query), Object.prototype);
  assertEquals(Object.entries(query), [["__proto__", "x"], [
    "constructor",
    "y",
  ]]);
});

Deno.test("createHandshake() takes the last of a repeated parameter", () => {
  const { query } = createHandshake(info("http://localhost/?a=1&a=2"), {});
  assertEquals(query, { a: "2" });
});
