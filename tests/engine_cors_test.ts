/** CORS through real requests, as far as the wire suites do not cover it. */

import { assertEquals } from "@std/assert";
import type { CorsOptions } from "@deno-socketio/server";
import type {
  CorsOptionsDelegate,
  CorsOrigin,
} from "@deno-socketio/server/engine";
import { EngineBed } from "./_support/engine_bed.ts";
import {
  endpoint,
  PollingSession,
  request,
  requestUpgrade,
} from "./_support/wire.ts";

const APP = "https://app.example";
const OTHER = "https://other.example";

/** The headers that a page of `origin` gets over polling and over WebSocket. */
async function answers(
  cors: CorsOptions | CorsOptionsDelegate,
  origin: string,
): Promise<(string | undefined)[]> {
  await using bed = new EngineBed({ cors });
  const polling = await request(bed.handshake("polling"), {
    headers: { origin },
  });
  const websocket = await requestUpgrade(bed.handshake("websocket"), [
    ["Origin", origin],
  ]);
  websocket.connection.close();
  assertEquals([polling.status, websocket.status], [200, 101]);
  const name = "access-control-allow-origin";
  return [polling.headers.get(name) ?? undefined, websocket.headers.get(name)];
}

const rules: [name: string, origin: CorsOrigin, allowed: string][] = [
  ["*", "*", "*"],
  ["true", true, APP],
  ["one origin", APP, APP],
  ["a pattern", /^https:\/\/app\./, APP],
  ["a list with a pattern", [/^https:\/\/app\./, "http://x.example"], APP],
  ["a function", (origin, callback) => callback(null, origin === APP), APP],
  [
    "a function that names a pattern later",
    (_origin, callback) => queueMicrotask(() => callback(null, /app/)),
    APP,
  ],
];

for (const [name, origin, allowed] of rules) {
  Deno.test(`cors with origin ${name} marks answers of both transports`, async () => {
    assertEquals(await answers({ origin }, APP), [allowed, allowed]);
  });
}

for (
  const [name, origin] of [
    ["false", false],
    ["a pattern", /^https:\/\/app\./],
    ["a list", [APP]],
    ["a function", (origin, callback) => callback(null, origin === APP)],
  ] satisfies [string, CorsOrigin][]
) {
  Deno.test(`cors with origin ${name} marks no answer to another page`, async () => {
    assertEquals(await answers({ origin }, OTHER), [undefined, undefined]);
  });
}

Deno.test("cors may be chosen for each request", async () => {
  const cors: CorsOptionsDelegate = ({ headers }, callback) =>
    callback(null, { origin: headers.get("origin") === APP });
  assertEquals(await answers(cors, APP), [APP, APP]);
  assertEquals(await answers(cors, OTHER), [undefined, undefined]);
});

Deno.test("cors with credentials lets the cookie through on both transports", async () => {
  await using bed = new EngineBed({
    cors: { origin: APP, credentials: true },
    cookie: { name: "seat", sameSite: "none", secure: true },
  });
  const polling = await request(bed.handshake("polling"), {
    headers: { origin: APP },
  });
  const websocket = await requestUpgrade(bed.handshake("websocket"), [
    ["Origin", APP],
  ]);
  websocket.connection.close();
  for (const { headers } of [polling, websocket]) {
    assertEquals(headers.get("access-control-allow-credentials"), "true");
    const vary = headers.get("vary")?.split(", ") ?? [];
    // Before 2.9 Deno names this one too, where it thinks of compressing.
    assertEquals(vary.filter((name) => name !== "Accept-Encoding"), ["Origin"]);
    assertEquals(
      headers.get("set-cookie")?.replace(/=[^;]*/, "=…"),
      "seat=…; Path=/; HttpOnly; Secure; SameSite=None",
    );
  }
});

Deno.test("cors marks refusals, of a WebSocket too, and the WebSocket of an upgrade", async () => {
  await using bed = new EngineBed({ cors: { origin: APP } });
  await using session = await PollingSession.start(bed.url);
  const urls: [url: string, status: number][] = [
    [endpoint(bed.url, { transport: "websocket", EIO: "3" }), 400],
    [session.url({ transport: "websocket", sid: "nobody" }), 400],
    [session.url({ transport: "websocket" }), 101],
  ];
  for (const [url, expected] of urls) {
    const { status, headers, connection } = await requestUpgrade(url, [
      ["Origin", APP],
    ]);
    connection.close();
    assertEquals(status, expected);
    assertEquals(headers.get("access-control-allow-origin"), APP);
  }
});

Deno.test("cors lets a preflight go on with preflightContinue", async () => {
  await using bed = new EngineBed({
    cors: { origin: APP, preflightContinue: true },
  });
  bed.engine.use(({ method }, _info, next) =>
    method === "OPTIONS" ? new Response("mine", { status: 202 }) : next()
  );
  const { status, headers, body } = await request(bed.handshake("polling"), {
    method: "OPTIONS",
    headers: { origin: APP, "access-control-request-method": "POST" },
  });
  assertEquals([status, body], [202, "mine"]);
  assertEquals(headers.get("access-control-allow-origin"), APP);
  assertEquals(
    headers.get("access-control-allow-methods"),
    "GET,HEAD,PUT,PATCH,POST,DELETE",
  );
});

Deno.test("cors answers a preflight with optionsSuccessStatus, for a session's URL too", async () => {
  await using bed = new EngineBed({ cors: { optionsSuccessStatus: 200 } });
  await using session = await PollingSession.start(bed.url);
  for (const url of [bed.handshake("polling"), session.url()]) {
    const { status, headers } = await request(url, {
      method: "OPTIONS",
      headers: { origin: APP, "access-control-request-method": "POST" },
    });
    assertEquals(status, 200);
    assertEquals(headers.get("access-control-allow-origin"), "*");
  }
  assertEquals(bed.engine.clientsCount, 1);
});

for (
  const [name, origin] of [
    ["throws", () => {
      throw new Error("cors");
    }],
    [
      "calls back with an error",
      (_origin, callback) => callback(new Error("cors")),
    ],
  ] satisfies [string, CorsOrigin][]
) {
  Deno.test(`cors with a function that ${name} refuses the request, and no more`, async () => {
    let isOn = true;
    await using bed = new EngineBed({
      cors: {
        origin: (given: string | undefined, callback) =>
          isOn ? origin(given, callback) : callback(null, true),
      },
    });
    assertEquals((await request(bed.handshake("polling"))).status, 400);
    const refused = await requestUpgrade(bed.handshake("websocket"));
    refused.connection.close();
    assertEquals(refused.status, 400);
    assertEquals(
      bed.refusals.map(({ context }) => context.name),
      ["MIDDLEWARE_FAILURE", "MIDDLEWARE_FAILURE"],
    );
    isOn = false;
    assertEquals((await request(bed.handshake("polling"))).status, 200);
  });
}
