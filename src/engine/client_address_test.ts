import { assertEquals, assertThrows } from "@std/assert";
import { clientAddressReader, type TrustProxy } from "./client_address.ts";
import type { RequestInfo } from "./middleware.ts";

function from(hostname: string): RequestInfo {
  return { remoteAddr: { transport: "tcp", hostname, port: 1 } };
}

function read(
  trust: TrustProxy,
  peer: string,
  headers: Record<string, string>,
  url = "http://localhost/",
) {
  const request = new Request(url, { headers });
  return clientAddressReader(trust)(request, from(peer));
}

const forwarded = (value: string) => ({ "x-forwarded-for": value });

const addresses: [
  name: string,
  trust: TrustProxy,
  peer: string,
  header: string,
  expected: string,
][] = [
  ["no proxy", false, "10.0.0.1", "1.1.1.1", "10.0.0.1"],
  ["any proxy", true, "10.0.0.1", "1.1.1.1, 2.2.2.2", "1.1.1.1"],
  ["any proxy, none of which spoke", true, "10.0.0.1", "", "10.0.0.1"],
  ["0 proxies", 0, "10.0.0.1", "1.1.1.1", "10.0.0.1"],
  ["1 proxy", 1, "10.0.0.1", "1.1.1.1, 2.2.2.2", "2.2.2.2"],
  ["2 proxies", 2, "10.0.0.1", "1.1.1.1, 2.2.2.2", "1.1.1.1"],
  ["3 proxies, of which 2 spoke", 3, "10.0.0.1", "1.1.1.1,2.2.2.2", "1.1.1.1"],
  ["an address", "10.0.0.1", "10.0.0.1", "1.1.1.1, 2.2.2.2", "2.2.2.2"],
  ["another address", "10.0.0.2", "10.0.0.1", "1.1.1.1", "10.0.0.1"],
  [
    "a list of addresses as text",
    "10.0.0.1, 2.2.2.2",
    "10.0.0.1",
    "1.1.1.1, 2.2.2.2",
    "1.1.1.1",
  ],
  [
    "a list of addresses",
    ["10.0.0.1", "2.2.2.2"],
    "10.0.0.1",
    "9.9.9.9, 1.1.1.1, 2.2.2.2",
    "1.1.1.1",
  ],
  ["a network", "10.0.0.0/8", "10.255.0.1", "1.1.1.1, 10.0.0.9", "1.1.1.1"],
  [
    "a network that ends below",
    "10.0.0.0/9",
    "10.128.0.1",
    "1.1.1.1",
    "10.128.0.1",
  ],
  ["a single-address network", "10.0.0.1/32", "10.0.0.1", "1.1.1.1", "1.1.1.1"],
  ["all IPv4", "0.0.0.0/0", "10.0.0.1", "1.1.1.1, 2.2.2.2", "1.1.1.1"],
  ["all IPv4, but not IPv6", "0.0.0.0/0", "::1", "1.1.1.1", "::1"],
  [
    "an IPv4 address mapped to IPv6",
    "10.0.0.1",
    "::ffff:10.0.0.1",
    "1.1.1.1",
    "1.1.1.1",
  ],
  [
    "an IPv6 address",
    "2001:db8::1",
    "2001:DB8:0:0:0:0:0:1",
    "1.1.1.1",
    "1.1.1.1",
  ],
  ["an IPv6 network", "fd00::/8", "fdff::1", "2001:db8::7", "2001:db8::7"],
  [
    "an IPv6 network that ends below",
    "fd00::/16",
    "fdff::1",
    "1.1.1.1",
    "fdff::1",
  ],
  ["the loopback of IPv6", "::1", "::1", "1.1.1.1", "1.1.1.1"],
  [
    "a proxy that names no address",
    "10.0.0.1",
    "10.0.0.1",
    "unknown",
    "unknown",
  ],
  [
    "what hides behind no address",
    "10.0.0.0/8",
    "10.0.0.1",
    "1.1.1.1, unknown",
    "unknown",
  ],
  ["an empty entry", 2, "10.0.0.1", "1.1.1.1, , ", ""],
];

for (const [name, trust, peer, header, expected] of addresses) {
  Deno.test(`clientAddressReader() believes ${name}`, () => {
    assertEquals(read(trust, peer, forwarded(header)).address, expected);
  });
}

Deno.test("clientAddressReader() asks a function with each address and hop", () => {
  const asked: [string, number][] = [];
  const trust = (address: string, hop: number) => {
    asked.push([address, hop]);
    return hop < 2;
  };
  const header = forwarded("1.1.1.1, 2.2.2.2, 3.3.3.3");
  assertEquals(read(trust, "10.0.0.1", header).address, "2.2.2.2");
  assertEquals([...new Set(asked.map((each) => each.join()))], [
    "10.0.0.1,0",
    "3.3.3.3,1",
    "2.2.2.2,2",
  ]);
});

const schemes: [
  name: string,
  trust: TrustProxy,
  url: string,
  header: string | undefined,
  secure: boolean,
][] = [
  ["the URL's scheme", false, "https://localhost/", undefined, true],
  [
    "the URL's scheme against a header",
    false,
    "http://localhost/",
    "https",
    false,
  ],
  ["a believed proxy's scheme", true, "http://localhost/", "https", true],
  [
    "a believed proxy's plain scheme",
    true,
    "https://localhost/",
    "http",
    false,
  ],
  [
    "the first of several schemes",
    true,
    "http://localhost/",
    "https, http",
    true,
  ],
  [
    "the URL's scheme where a proxy names none",
    true,
    "https://localhost/",
    undefined,
    true,
  ],
  [
    "the URL's scheme where a proxy names an empty one",
    true,
    "https://localhost/",
    " ",
    true,
  ],
  [
    "the URL's scheme where the proxy is not believed",
    "10.9.9.9",
    "http://localhost/",
    "https",
    false,
  ],
];

for (const [name, trust, url, header, secure] of schemes) {
  Deno.test(`clientAddressReader() tells TLS by ${name}`, () => {
    const headers: Record<string, string> = header === undefined
      ? {}
      : { "x-forwarded-proto": header };
    assertEquals(read(trust, "10.0.0.1", headers, url).secure, secure);
  });
}

Deno.test("clientAddressReader() knows no address without a peer's", () => {
  const reader = clientAddressReader(false);
  const request = new Request("http://localhost/");
  const infos: (RequestInfo | undefined)[] = [
    undefined,
    {},
    { remoteAddr: { transport: "unix", path: "/tmp/socket" } },
  ];
  for (const info of infos) {
    assertEquals(reader(request, info), { address: "", secure: false });
  }
});

Deno.test("clientAddressReader() does not believe an unknown peer by address", () => {
  const request = new Request("http://localhost/", {
    headers: forwarded("1.1.1.1"),
  });
  assertEquals(
    clientAddressReader("0.0.0.0/0")(request, undefined).address,
    "",
  );
});

const networks = [
  "",
  "localhost",
  "10.0.0",
  "10.0.0.0.0",
  "10.0.0.256",
  "10.0.0.0/33",
  "10.0.0.0/-1",
  "10.0.0.0/x",
  "10.0.0.0/",
  "10.0.0.0/8.5",
  "10.0.0.0/8/8",
  "10.0.0.1 10.0.0.2",
  "::/129",
  "::1::",
  ":",
  ":::",
  "1:2:3:4:5:6:7",
  "1:2:3:4:5:6:7:8:9",
  "1:2:3:4:5:6:7:8::",
  "12345::",
  "g::",
  "fe80::1%eth0",
];

for (const count of [-1, NaN]) {
  Deno.test(`clientAddressReader() refuses to trust ${count} proxies`, () => {
    assertThrows(
      () => clientAddressReader(count),
      RangeError,
      `Cannot trust ${count} proxies`,
    );
  });
}

for (const network of networks) {
  Deno.test(`clientAddressReader() refuses to trust "${network}"`, () => {
    assertThrows(
      () => clientAddressReader(network),
      RangeError,
      "Cannot trust proxy",
    );
    assertThrows(() => clientAddressReader(["10.0.0.1", network]), RangeError);
  });
}
