import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { clientAddressReader } from "../../src/engine/client_address.ts";
import { type CookieOptions, cookieWriter } from "../../src/engine/cookie.ts";
import { cors, type OriginRule } from "../../src/engine/cors.ts";
import { readQuery } from "../../src/engine/query.ts";
import type { Random } from "../_support/random.ts";
import type { Fuzzer } from "./fuzzer.ts";

const ADDRESSES = [
  "10.0.0.1",
  "255.255.255.255",
  "::1",
  "::",
  "::ffff:10.0.0.1",
  "2001:db8::ff00:42:8329",
  "fe80::1%eth0",
  "unknown",
  "1.2.3.4:80",
  "[::1]:80",
];

const ADDRESS_SNIPPETS = [
  ".",
  ":",
  "::",
  "/",
  "/8",
  "/64",
  "0",
  "256",
  "g",
  ",",
];

/** A header's value as the runtime lets it through. */
function headerValue(text: string): string {
  return text.replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, "").trim();
}

/** Proxies that are believed, and what they say. */
export const clientAddressFuzzer: Fuzzer = {
  name: "clientAddressReader()",
  run(random) {
    const address = () =>
      random.oneIn(2)
        ? random.pick(ADDRESSES)
        : random.mutate(random.pick(ADDRESSES), ADDRESS_SNIPPETS);
    const trust = random.pick([
      true,
      random.below(4),
      address(),
      `${address()}/${random.below(140)}`,
      random.list(3, address),
    ]);
    let read: ReturnType<typeof clientAddressReader>;
    try {
      read = clientAddressReader(trust);
    } catch (error) {
      return void assertInstanceOf(error, RangeError);
    }
    const peer = address();
    const forwarded = headerValue(random.list(4, address).join(","));
    const headers = new Headers();
    if (forwarded !== "") headers.set("x-forwarded-for", forwarded);
    const proto = headerValue(random.text(6));
    if (random.oneIn(2)) headers.set("x-forwarded-proto", proto);
    const result = read(new Request("http://localhost/", { headers }), {
      remoteAddr: { transport: "tcp", hostname: peer, port: 1 },
    });
    const named = forwarded.split(",").map((each) => each.trim());
    assert([peer, ...named].includes(result.address));
    assertEquals(typeof result.secure, "boolean");
  },
};

function randomRule(random: Random): OriginRule {
  const text = () => headerValue(random.text(8));
  const rules: OriginRule[] = [
    true,
    false,
    "*",
    text(),
    /example/,
    random.list(3, () => random.pick([text(), /^http:/g])),
  ];
  return random.pick(rules);
}

/** Origins and preflights, under any rule. */
export const corsFuzzer: Fuzzer = {
  name: "cors()",
  async run(random) {
    const names = () =>
      random.list(3, () => random.pick(["x-one", "GET", "content-type"]));
    const rule = randomRule(random);
    const middleware = cors({
      origin: random.oneIn(2) ? rule : (_origin, done) => done(null, rule),
      methods: names(),
      allowedHeaders: names(),
      exposedHeaders: names(),
      credentials: random.oneIn(2),
    });
    const headers = new Headers();
    const origin = headerValue(random.mutate("http://a.example"));
    if (!random.oneIn(4)) headers.set("origin", origin);
    const asked = headerValue(random.text(8));
    if (random.oneIn(2)) headers.set("access-control-request-headers", asked);
    const method = random.pick(["GET", "POST", "OPTIONS"]);
    const request = new Request("http://localhost/", { method, headers });
    const response = await middleware(
      request,
      undefined,
      () => Promise.resolve(new Response("next")),
    );
    const allowed = response.headers.get("access-control-allow-origin");
    if (rule === false) assertEquals(allowed, null);
    if (rule === true) {
      assertEquals(allowed ?? undefined, headers.get("origin") ?? undefined);
    }
    await response.body?.cancel();
  },
};

/** Options of a cookie, and ids. */
export const cookieFuzzer: Fuzzer = {
  name: "cookieWriter()",
  run(random) {
    const text = () => random.oneIn(2) ? random.text(6) : "/a.b-c";
    const options: CookieOptions = {
      ...random.oneIn(2) ? { name: random.mutate("io") } : {},
      ...random.oneIn(2) ? { path: text() } : {},
      ...random.oneIn(2) ? { domain: text() } : {},
      ...random.oneIn(2) ? { maxAge: random.next() } : {},
      httpOnly: random.oneIn(2),
      sameSite: random.pick([true, false, "lax", "strict", "none"] as const),
    };
    let write: ReturnType<typeof cookieWriter>;
    try {
      write = cookieWriter(options);
    } catch (error) {
      return void assertInstanceOf(error, TypeError);
    }
    const id = random.text(12).toWellFormed();
    const cookie = write?.(id) ?? "";
    // The header takes it, and nobody reads another cookie or attribute in it.
    new Headers().append("set-cookie", cookie);
    assert(/^[\x20-\x7e]*$/.test(cookie));
    const [pair = "", ...attributes] = cookie.split("; ");
    const equals = pair.indexOf("=");
    assertEquals(pair.slice(0, equals), options.name ?? "io");
    assertEquals(decodeURIComponent(pair.slice(equals + 1)), id);
    const names = attributes.map((attribute) => attribute.split("=")[0]);
    assertEquals(names.length, new Set(names).size);
  },
};

/** URLs of any kind. */
export const queryFuzzer: Fuzzer = {
  name: "readQuery()",
  run(random) {
    const url = URL.parse(
      random.mutate("http://h/engine.io/?EIO=4&transport=polling&sid=abc"),
    );
    if (url === null) return;
    url.hash = "";
    const query = readQuery(url.href);
    for (const name of ["EIO", "transport", "sid"] as const) {
      const value = query[name];
      assert(value === undefined || typeof value === "string");
      // Names are read as they are written; clients encode a "+" in a value.
      if (value === undefined || /[%+]/.test(url.search)) continue;
      assert(url.searchParams.getAll(name).includes(value));
    }
  },
};
