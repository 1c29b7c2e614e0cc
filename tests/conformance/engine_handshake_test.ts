import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
} from "@std/assert";
import { target } from "../_support/target.ts";
import {
  endpoint,
  parseOpen,
  PollingSession,
  request,
  requestUpgrade,
  WireSocket,
} from "../_support/wire.ts";
import { suite } from "./cases.ts";

const claim = suite("engine_handshake");

const OPEN_KEYS = [
  "maxPayload",
  "pingInterval",
  "pingTimeout",
  "sid",
  "upgrades",
];

async function openWebSocket(base: string) {
  const socket = await WireSocket.open(
    endpoint(base, { transport: "websocket" }),
  );
  return { socket, open: parseOpen(await socket.receive()) };
}

claim("a polling handshake is answered with one open packet", async () => {
  await using server = await target.startEngine();
  const { status, headers, body } = await request(
    endpoint(server.url, { transport: "polling" }),
  );
  assertEquals(status, 200);
  assertMatch(
    headers.get("content-type") ?? "",
    /^text\/plain; ?charset=utf-8$/i,
  );
  assertEquals(Object.keys(parseOpen(body)).sort(), OPEN_KEYS);
});

claim("the open packet has the standard values", async () => {
  await using server = await target.startEngine();
  await using session = await PollingSession.start(server.url);
  const { sid: _sid, ...values } = session.open;
  assertEquals(values, {
    upgrades: ["websocket"],
    pingInterval: 25_000,
    pingTimeout: 20_000,
    maxPayload: 1_000_000,
  });
});

claim("the open packet has the values of the options", async () => {
  await using server = await target.startEngine({
    pingInterval: 300,
    pingTimeout: 200,
    maxHttpBufferSize: 12_345,
  });
  await using session = await PollingSession.start(server.url);
  const { pingInterval, pingTimeout, maxPayload } = session.open;
  assertEquals([pingInterval, pingTimeout, maxPayload], [300, 200, 12_345]);
});

claim(
  "a WebSocket handshake gets the open packet as its first message",
  async () => {
    await using server = await target.startEngine();
    const { socket, open } = await openWebSocket(server.url);
    await using _ = socket;
    assertEquals(Object.keys(open).sort(), OPEN_KEYS);
  },
);

claim(
  "the first of the subprotocols that a client names is chosen",
  async () => {
    await using server = await target.startEngine();
    const url = endpoint(server.url, { transport: "websocket" });
    const cases: [offered: string | undefined, chosen: string | undefined][] = [
      [undefined, undefined],
      ["chat", "chat"],
      ["chat.v2, chat.v1", "chat.v2"],
    ];
    for (const [offered, chosen] of cases) {
      const { status, headers, connection } = await requestUpgrade(
        url,
        offered === undefined ? [] : [["Sec-WebSocket-Protocol", offered]],
      );
      connection.close();
      assertEquals(status, 101);
      assertEquals(headers.get("sec-websocket-protocol"), chosen);
    }
  },
);

for (const offered of ["a b", "a,,b", ",", "\xe4"]) {
  claim(`subprotocols "${offered}", which cannot be, are refused`, async () => {
    await using server = await target.startEngine();
    const { status, connection } = await requestUpgrade(
      endpoint(server.url, { transport: "websocket" }),
      [["Sec-WebSocket-Protocol", offered]],
    );
    connection.close();
    assertEquals(status, 400);
  });
}

claim("a WebSocket handshake offers no upgrades", async () => {
  await using server = await target.startEngine();
  const { socket, open } = await openWebSocket(server.url);
  await using _ = socket;
  assertEquals(open.upgrades, []);
});

claim("allowUpgrades: false offers no upgrades", async () => {
  await using server = await target.startEngine({ allowUpgrades: false });
  await using session = await PollingSession.start(server.url);
  assertEquals(session.open.upgrades, []);
});

claim("transports without websocket offer no upgrade to it", async () => {
  await using server = await target.startEngine({ transports: ["polling"] });
  await using session = await PollingSession.start(server.url);
  assertEquals(session.open.upgrades, []);
});

claim("a session ID has 20 characters that are safe in a URL", async () => {
  await using server = await target.startEngine();
  await using polling = await PollingSession.start(server.url);
  assertMatch(polling.sid, /^[A-Za-z0-9_-]{20}$/);
  const { socket, open } = await openWebSocket(server.url);
  await using _ = socket;
  assertMatch(open.sid, /^[A-Za-z0-9_-]{20}$/);
  assertNotEquals(open.sid, polling.sid);
});

claim("parameters that only fill the URL are accepted", async () => {
  await using server = await target.startEngine();
  const { status, body } = await request(
    endpoint(server.url, {
      transport: "polling",
      t: "Pk2x.9",
      b64: "1",
      own: "a b",
    }),
  );
  assertEquals(status, 200);
  parseOpen(body);
});

claim("polling answers are not to be stored", async () => {
  await using server = await target.startEngine();
  const { headers } = await request(
    endpoint(server.url, { transport: "polling" }),
  );
  assertMatch(headers.get("cache-control") ?? "", /^no-store\b/);
  await using session = await PollingSession.start(server.url);
  await session.post("4hi");
  const { headers: later } = await session.get();
  assertMatch(later.get("cache-control") ?? "", /^no-store\b/);
});

claim(
  "no answer speaks of an XSS filter, which no browser has any more",
  async () => {
    await using server = await target.startEngine();
    const url = endpoint(server.url, { transport: "polling" });
    for (const agent of ["a (compatible;MSIE 9.0)", "a (Trident/7.0)"]) {
      const { headers } = await request(url, {
        headers: { "user-agent": agent },
      });
      assertEquals(headers.get("x-xss-protection"), null, agent);
    }
  },
);

claim("no cookie is set unless asked for", async () => {
  await using server = await target.startEngine();
  const { headers } = await request(
    endpoint(server.url, { transport: "polling" }),
  );
  assertEquals(headers.getSetCookie(), []);
});

claim("cookie: true sets the session ID under the standard name", async () => {
  await using server = await target.startEngine({ cookie: true });
  const { headers, body } = await request(
    endpoint(server.url, { transport: "polling" }),
  );
  assertEquals(headers.getSetCookie(), [
    `io=${parseOpen(body).sid}; Path=/; HttpOnly; SameSite=Lax`,
  ]);
});

claim("the cookie has the attributes of the options", async () => {
  await using server = await target.startEngine({
    cookie: {
      name: "seat",
      path: "/chat",
      httpOnly: false,
      sameSite: "strict",
      maxAge: 60,
      secure: true,
    },
  });
  const { headers, body } = await request(
    endpoint(server.url, { transport: "polling" }),
  );
  const [cookie = ""] = headers.getSetCookie();
  const [pair, ...attributes] = cookie.split("; ");
  assertEquals(pair, `seat=${parseOpen(body).sid}`);
  assertEquals(attributes.sort(), [
    "Max-Age=60",
    "Path=/chat",
    "SameSite=Strict",
    "Secure",
  ]);
});

claim("the cookie is set at the handshake only", async () => {
  await using server = await target.startEngine({ cookie: true });
  await using session = await PollingSession.start(server.url);
  const posted = await session.post("4hi");
  assertEquals(posted.headers.getSetCookie(), []);
  const polled = await session.get();
  assertEquals(polled.headers.getSetCookie(), []);
});

claim("the cookie is set on a WebSocket handshake too", async () => {
  await using server = await target.startEngine({ cookie: true });
  const { status, headers, connection } = await requestUpgrade(
    endpoint(server.url, { transport: "websocket" }),
  );
  using _ = connection;
  assertEquals(status, 101);
  const frame = await connection.readFrame();
  const { sid } = parseOpen(new TextDecoder().decode(frame?.payload));
  assertEquals(
    headers.get("set-cookie"),
    `io=${sid}; Path=/; HttpOnly; SameSite=Lax`,
  );
});

claim("paths that begin with the server's path are served", async () => {
  await using server = await target.startEngine();
  for (const more of ["", "default/", "a/b"]) {
    const { status, body } = await request(
      endpoint(server.url + more, { transport: "polling" }),
    );
    assertEquals(status, 200, more);
    parseOpen(body);
  }
});

claim("other paths are not served", async () => {
  await using server = await target.startEngine();
  const { origin } = new URL(server.url);
  for (const path of ["/", "/engine.io", "/engine.iox/", "/x/engine.io/"]) {
    const { status } = await request(
      endpoint(origin + path, { transport: "polling" }),
    );
    assertEquals(status, 404, path);
  }
});

claim("the path option moves the server", async () => {
  await using server = await target.startEngine({ path: "/live/wire" });
  assertEquals(new URL(server.url).pathname, "/live/wire/");
  await using session = await PollingSession.start(server.url);
  assert(session.sid);
  const { origin } = new URL(server.url);
  const { status } = await request(
    endpoint(`${origin}/engine.io/`, { transport: "polling" }),
  );
  assertEquals(status, 404);
});

claim("addTrailingSlash: false serves the path without the slash", async () => {
  await using server = await target.startEngine({
    path: "/live",
    addTrailingSlash: false,
  });
  assertEquals(new URL(server.url).pathname, "/live");
  await using session = await PollingSession.start(server.url);
  assert(session.sid);
});

claim("without the cors option there is no CORS header", async () => {
  await using server = await target.startEngine();
  const { headers } = await request(
    endpoint(server.url, { transport: "polling" }),
    { headers: { origin: "http://elsewhere.example" } },
  );
  const names = [...headers.keys()].filter((name) =>
    name.startsWith("access-control-")
  );
  assertEquals(names, []);
});

claim("a preflight is answered with 204 when cors is on", async () => {
  await using server = await target.startEngine({
    cors: { origin: "http://app.example", credentials: true, maxAge: 60 },
  });
  const { status, headers, body } = await request(
    endpoint(server.url, { transport: "polling" }),
    {
      method: "OPTIONS",
      headers: {
        "origin": "http://app.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "x-token",
      },
    },
  );
  assertEquals([status, body], [204, ""]);
  assertEquals(
    headers.get("access-control-allow-origin"),
    "http://app.example",
  );
  assertEquals(headers.get("access-control-allow-credentials"), "true");
  assertEquals(headers.get("access-control-max-age"), "60");
  assertEquals(headers.get("access-control-allow-headers"), "x-token");
  assertEquals(
    headers.get("access-control-allow-methods"),
    "GET,HEAD,PUT,PATCH,POST,DELETE",
  );
});

claim("a preflight names the methods and headers of the options", async () => {
  await using server = await target.startEngine({
    cors: {
      origin: "http://app.example",
      methods: ["GET", "POST"],
      allowedHeaders: ["x-one", "x-two"],
    },
  });
  const { headers } = await request(
    endpoint(server.url, { transport: "polling" }),
    {
      method: "OPTIONS",
      headers: {
        "origin": "http://app.example",
        "access-control-request-method": "POST",
      },
    },
  );
  assertEquals(headers.get("access-control-allow-methods"), "GET,POST");
  assertEquals(headers.get("access-control-allow-headers"), "x-one,x-two");
  assertEquals(headers.get("access-control-allow-credentials"), null);
});

claim("answers of a session carry the CORS headers", async () => {
  await using server = await target.startEngine({
    cors: { origin: "http://app.example", exposedHeaders: "x-own" },
  });
  const init = { headers: { origin: "http://app.example" } };
  await using session = await PollingSession.start(server.url);
  const answers = [
    await request(endpoint(server.url, { transport: "polling" }), init),
    await session.post("4hi", init),
    await request(session.url(), init),
    await request(session.url({ sid: "unknown" }), init),
  ];
  assertEquals(answers.map(({ status }) => status), [200, 200, 200, 400]);
  for (const { headers } of answers) {
    assertEquals(
      headers.get("access-control-allow-origin"),
      "http://app.example",
    );
    assertEquals(headers.get("access-control-expose-headers"), "x-own");
    assertMatch(headers.get("vary") ?? "", /Origin/i);
  }
});

claim("cors with a list of origins reflects those alone", async () => {
  await using server = await target.startEngine({
    cors: { origin: ["http://one.example", "http://two.example"] },
  });
  const url = endpoint(server.url, { transport: "polling" });
  for (
    const [origin, allowed] of [
      ["http://one.example", "http://one.example"],
      ["http://two.example", "http://two.example"],
      ["http://three.example", null],
      ["null", null],
    ] as const
  ) {
    const { status, headers } = await request(url, { headers: { origin } });
    assertEquals(status, 200);
    assertEquals(headers.get("access-control-allow-origin"), allowed, origin);
  }
});

claim("cors with origin * allows every origin", async () => {
  await using server = await target.startEngine({ cors: { origin: "*" } });
  const { headers } = await request(
    endpoint(server.url, { transport: "polling" }),
    { headers: { origin: "http://anywhere.example" } },
  );
  assertEquals(headers.get("access-control-allow-origin"), "*");
});

claim("cors with origin true reflects every origin", async () => {
  await using server = await target.startEngine({ cors: { origin: true } });
  const { headers } = await request(
    endpoint(server.url, { transport: "polling" }),
    { headers: { origin: "http://anywhere.example" } },
  );
  assertEquals(
    headers.get("access-control-allow-origin"),
    "http://anywhere.example",
  );
});
