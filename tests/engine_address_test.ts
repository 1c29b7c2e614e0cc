/** Where clients come from, as the application is told, and which origins are let in. */

import { assert, assertEquals } from "@std/assert";
import { Server, type ServerOptions } from "@deno-socketio/server";
import type { AllowedOrigins, TrustProxy } from "@deno-socketio/server/engine";
import { Visitors, within } from "./_support/clients.ts";
import { EngineBed } from "./_support/engine_bed.ts";
import {
  parseOpen,
  request,
  requestUpgrade,
  WireSocket,
} from "./_support/wire.ts";

type SentHeaders = Readonly<Record<string, string>>;

/** What a handshake says when a client connects with these headers. */
async function handshake(
  options: ServerOptions,
  headers: SentHeaders,
): Promise<[address: string, secure: boolean, conn: string]> {
  await using visitors = new Visitors();
  await using io = new Server(options);
  io.listen({ hostname: "127.0.0.1", port: 0, onListen() {} });
  const address = io.httpServer?.addr;
  assert(address !== undefined && "port" in address);
  const connection = new Promise<[string, boolean, string]>((resolve) => {
    io.on("connection", ({ handshake, conn }) => {
      const { address, secure } = handshake;
      resolve([address, secure, conn.remoteAddress]);
    });
  });
  visitors.open("4.8.4", "websocket", `http://127.0.0.1:${address.port}`, {
    extraHeaders: headers,
  });
  return await within(connection, "a connection");
}

const FORWARDED: SentHeaders = {
  "x-forwarded-for": "203.0.113.9, 198.51.100.7, 10.0.0.2",
  "x-forwarded-proto": "https",
};

const trusted: [
  name: string,
  trustProxy: TrustProxy | undefined,
  headers: SentHeaders,
  address: string,
  secure: boolean,
][] = [
  ["nobody by default", undefined, FORWARDED, "127.0.0.1", false],
  ["nobody as false", false, FORWARDED, "127.0.0.1", false],
  ["everybody as true", true, FORWARDED, "203.0.113.9", true],
  ["0 hops", 0, FORWARDED, "127.0.0.1", false],
  ["1 hop", 1, FORWARDED, "10.0.0.2", true],
  ["2 hops", 2, FORWARDED, "198.51.100.7", true],
  ["3 hops", 3, FORWARDED, "203.0.113.9", true],
  ["9 hops", 9, FORWARDED, "203.0.113.9", true],
  ["one address", "127.0.0.1", FORWARDED, "10.0.0.2", true],
  [
    "a list",
    ["127.0.0.0/8", "10.0.0.0/8"],
    FORWARDED,
    "198.51.100.7",
    true,
  ],
  ["a list without the peer", ["10.0.0.0/8"], FORWARDED, "127.0.0.1", false],
  [
    "a function",
    (address, hop) => address.startsWith("127.") || hop === 1,
    FORWARDED,
    "198.51.100.7",
    true,
  ],
  ["a function that refuses", () => false, FORWARDED, "127.0.0.1", false],
  ["a proxy that tells nothing", true, {}, "127.0.0.1", false],
  [
    "a proxy that speaks plain HTTP with its client",
    true,
    { "x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "http" },
    "203.0.113.9",
    false,
  ],
];

for (const [name, trustProxy, headers, address, secure] of trusted) {
  Deno.test(`trustProxy believes ${name}`, async () => {
    const options = trustProxy === undefined ? {} : { trustProxy };
    assertEquals(
      await handshake(options, headers),
      [address, secure, address],
    );
  });
}

Deno.test("trustProxy that throws refuses the handshake, and no more", async () => {
  let isOn = true;
  await using bed = new EngineBed({
    trustProxy() {
      if (isOn) throw new Error("who knows");
      return false;
    },
  });
  assertEquals((await request(bed.handshake("polling"))).status, 500);
  const upgrade = await requestUpgrade(bed.handshake("websocket"));
  upgrade.connection.close();
  assertEquals(upgrade.status, 500);
  assertEquals(bed.failures.map(({ source }) => source), [
    "trustProxy",
    "trustProxy",
  ]);
  isOn = false;
  await using socket = await WireSocket.open(bed.handshake("websocket"));
  parseOpen(await socket.receive());
});

Deno.test("limits.connectionsPerAddress counts the addresses behind a trusted proxy", async () => {
  await using bed = new EngineBed({
    trustProxy: 1,
    limits: { connectionsPerAddress: 1 },
  });
  const connect = async (address: string) => {
    const headers = { "x-forwarded-for": address };
    return (await request(bed.handshake("polling"), { headers })).status;
  };
  assertEquals(await connect("203.0.113.1"), 200);
  assertEquals(await connect("203.0.113.2"), 200);
  assertEquals(await connect("203.0.113.1"), 403);
});

const APP = "https://app.example";
const FORBIDDEN = JSON.stringify({ code: 4, message: "Forbidden" });

const guarded: [
  name: string,
  allowedOrigins: AllowedOrigins,
  allowed: (string | undefined)[],
  refused: (string | undefined)[],
][] = [
  ["one origin", APP, [APP, undefined], [
    "https://evil.example",
    `${APP}.evil.example`,
    "http://app.example",
    "null",
  ]],
  ["a list", [APP, /\.app\.example$/], [
    APP,
    "https://a.app.example",
    undefined,
  ], ["https://app.example.evil.example"]],
  ["a pattern", /^https:\/\/\w+\.example$/g, [APP, APP, "https://b.example"], [
    "http://app.example",
  ]],
  ["an empty list", [], [undefined], [APP]],
  ["a function", (origin) => origin === APP || origin === null, [
    APP,
    undefined,
  ], ["https://evil.example"]],
  [
    "a function that promises",
    (origin, { url }) =>
      Promise.resolve(origin === APP && url.includes("EIO=4")),
    [APP],
    ["https://evil.example", undefined],
  ],
];

for (const [name, allowedOrigins, allowed, refused] of guarded) {
  Deno.test(`allowedOrigins of ${name} guards polling and WebSocket`, async () => {
    await using bed = new EngineBed({ allowedOrigins });
    for (const origin of [...allowed, ...refused]) {
      const isAllowed = allowed.includes(origin);
      const what = `from ${origin}`;
      const polling = await request(bed.handshake("polling"), {
        headers: origin === undefined ? {} : { origin },
      });
      assertEquals(polling.status, isAllowed ? 200 : 403, what);
      if (!isAllowed) assertEquals(polling.body, FORBIDDEN);
      const upgrade = await requestUpgrade(
        bed.handshake("websocket"),
        origin === undefined ? [] : [["Origin", origin]],
      );
      upgrade.connection.close();
      assertEquals(upgrade.status, isAllowed ? 101 : 403, what);
      if (!isAllowed) assertEquals(upgrade.body, "Forbidden");
    }
    assertEquals(
      bed.refusals.map(({ code, context }) => [code, context]),
      refused.flatMap((origin) =>
        Array(2).fill([4, {
          name: "ORIGIN_NOT_ALLOWED",
          origin: origin ?? null,
        }])
      ),
    );
  });
}

const nameless: [name: string, query: string, site: string, status: number][] =
  [
    ["a page of the own site", "", "same-origin", 200],
    ["an address that was typed", "", "none", 200],
    ["a foreign page", "", "cross-site", 403],
    ["a page of a neighbour", "", "same-site", 403],
    ["a script of the own site", "&j=0", "same-origin", 403],
  ];

for (const [name, query, site, status] of nameless) {
  Deno.test(`allowedOrigins as a list answers ${name} that tells no origin with ${status}`, async () => {
    await using bed = new EngineBed({ allowedOrigins: [APP] });
    const headers = { "sec-fetch-site": site };
    const answer = await request(bed.handshake("polling") + query, { headers });
    assertEquals(answer.status, status);
  });
}

Deno.test("allowedOrigins that throws refuses the client, and allowRequest is not asked", async () => {
  let asked = 0;
  await using bed = new EngineBed({
    allowedOrigins() {
      throw new Error("who knows");
    },
    allowRequest: () => ++asked > 0,
  });
  assertEquals((await request(bed.handshake("polling"))).status, 403);
  assertEquals(bed.failures.length, 1);
  assertEquals(asked, 0);
});
