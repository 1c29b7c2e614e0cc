import { assertEquals } from "@std/assert";
import { type RunningServer, target } from "../_support/target.ts";
import {
  endpoint,
  parseOpen,
  PollingSession,
  RawConnection,
  request,
  requestUpgrade,
  WireSocket,
} from "../_support/wire.ts";
import { suite } from "./cases.ts";

const claim = suite("engine_refusals");

const MESSAGES = [
  "Transport unknown",
  "Session ID unknown",
  "Bad handshake method",
  "Bad request",
  "Forbidden",
  "Unsupported protocol version",
];

/** Checks a refusal over HTTP, in the response and as the server's users see it. */
async function assertRefused(
  server: RunningServer,
  url: string,
  init: RequestInit,
  code: number,
  context: Record<string, unknown> | undefined,
): Promise<void> {
  const answer = await request(url, init);
  const message = MESSAGES[code];
  assertEquals(
    [answer.status, answer.body],
    [code === 4 ? 403 : 400, JSON.stringify({ code, message })],
  );
  assertEquals(
    answer.headers.get("content-type")?.split(";")[0],
    "application/json",
  );
  const { kind: _, ...report } = await server.reported("refused");
  assertEquals(report, {
    code,
    message,
    ...(context === undefined ? {} : { context }),
  });
}

/** Checks a refusal of a WebSocket, in the response and as the server's users see it. */
async function assertUpgradeRefused(
  server: RunningServer,
  url: string,
  code: number,
  context: Record<string, unknown> | undefined,
): Promise<void> {
  const { status, headers, body, connection } = await requestUpgrade(url);
  connection.close();
  const message = MESSAGES[code];
  assertEquals([status, body], [400, message]);
  assertEquals(headers.get("content-type")?.split(";")[0], "text/html");
  const { kind: _, ...report } = await server.reported("refused");
  assertEquals(report, {
    code,
    message,
    ...(context === undefined ? {} : { context }),
  });
}

interface Refusal {
  /** What the request has, besides `EIO=4`. */
  query: Record<string, string | undefined>;
  method?: string;
  code: number;
  context?: Record<string, unknown>;
}

const HANDSHAKES: Record<string, Refusal> = {
  "without a transport": { query: {}, code: 0, context: {} },
  "with an unknown transport": {
    query: { transport: "carrier-pigeon" },
    code: 0,
    context: { transport: "carrier-pigeon" },
  },
  "with transport=webtransport": {
    query: { transport: "webtransport" },
    code: 0,
    context: { transport: "webtransport" },
  },
  "with transport=__proto__": {
    query: { transport: "__proto__" },
    code: 0,
    context: { transport: "__proto__" },
  },
  "with transport=constructor": {
    query: { transport: "constructor" },
    code: 0,
    context: { transport: "constructor" },
  },
  "with an unknown session ID": {
    query: { transport: "polling", sid: "nobody" },
    code: 1,
    context: { sid: "nobody" },
  },
  "with sid=__proto__": {
    query: { transport: "polling", sid: "__proto__" },
    code: 1,
    context: { sid: "__proto__" },
  },
  "with an unknown transport and session ID": {
    query: { transport: "tcp", sid: "nobody" },
    code: 0,
    context: { transport: "tcp" },
  },
  "with POST and an unknown session ID": {
    query: { transport: "polling", sid: "nobody" },
    method: "POST",
    code: 1,
    context: { sid: "nobody" },
  },
  "with POST and no session ID": {
    query: { transport: "polling" },
    method: "POST",
    code: 2,
    context: { method: "POST" },
  },
  "with PUT and no session ID": {
    query: { transport: "polling" },
    method: "PUT",
    code: 2,
    context: { method: "PUT" },
  },
  "with DELETE and no session ID": {
    query: { transport: "polling" },
    method: "DELETE",
    code: 2,
    context: { method: "DELETE" },
  },
  "with OPTIONS while cors is off": {
    query: { transport: "polling" },
    method: "OPTIONS",
    code: 2,
    context: { method: "OPTIONS" },
  },
  "with POST for a WebSocket": {
    query: { transport: "websocket" },
    method: "POST",
    code: 2,
    context: { method: "POST" },
  },
  "with transport=websocket but no upgrade": {
    query: { transport: "websocket" },
    code: 3,
    context: { name: "TRANSPORT_HANDSHAKE_ERROR" },
  },
  "without EIO": {
    query: { transport: "polling", EIO: undefined },
    code: 5,
    context: { protocol: 3 },
  },
  "with EIO=3": {
    query: { transport: "polling", EIO: "3" },
    code: 5,
    context: { protocol: 3 },
  },
  "with EIO=abc": {
    query: { transport: "polling", EIO: "abc" },
    code: 5,
    context: { protocol: 3 },
  },
};

for (
  const [name, { query, method, code, context }] of Object.entries(HANDSHAKES)
) {
  claim(`a request ${name} is refused with code ${code}`, async () => {
    await using server = await target.startEngine();
    const init = method === undefined ? {} : { method };
    await assertRefused(
      server,
      endpoint(server.url, query),
      init,
      code,
      context,
    );
    assertEquals(await server.sessions(), 0);
  });
}

claim(
  "a request of a transport that is not in the options is refused",
  async () => {
    for (
      const [allowed, transport] of [
        ["polling", "websocket"],
        ["websocket", "polling"],
      ] as const
    ) {
      await using server = await target.startEngine({ transports: [allowed] });
      const url = endpoint(server.url, { transport });
      await assertRefused(server, url, {}, 0, { transport });
    }
  },
);

claim("a poll for a session on WebSocket is refused with code 3", async () => {
  await using server = await target.startEngine();
  await using socket = await WireSocket.open(
    endpoint(server.url, { transport: "websocket" }),
  );
  const { sid } = parseOpen(await socket.receive());
  const url = endpoint(server.url, { transport: "polling", sid });
  for (const method of ["GET", "POST"]) {
    const body = method === "POST" ? { body: "4stray" } : {};
    await assertRefused(server, url, { method, ...body }, 3, {
      name: "TRANSPORT_MISMATCH",
      transport: "polling",
      previousTransport: "websocket",
    });
  }
  socket.send("4mine");
  assertEquals(await socket.receive(), "4mine");
});

claim(
  "transport=websocket without upgrade is refused for a polling session",
  async () => {
    await using server = await target.startEngine();
    await using session = await PollingSession.start(server.url);
    await assertRefused(
      server,
      session.url({ transport: "websocket" }),
      {},
      3,
      {
        name: "TRANSPORT_MISMATCH",
        transport: "websocket",
        previousTransport: "polling",
      },
    );
    await session.post("4still here");
    assertEquals(await session.receive(), "4still here");
  },
);

claim("a later request with another EIO is refused with code 3", async () => {
  await using server = await target.startEngine();
  await using session = await PollingSession.start(server.url);
  for (const EIO of ["3", undefined]) {
    await assertRefused(server, session.url({ EIO }), {}, 3, {
      name: "PROTOCOL_MISMATCH",
      protocol: 3,
      previousProtocol: 4,
    });
  }
  await session.post("4still here");
  assertEquals(await session.receive(), "4still here");
});

claim("an upgrade with another EIO is refused with code 3", async () => {
  await using server = await target.startEngine();
  await using session = await PollingSession.start(server.url);
  const url = session.url({ transport: "websocket", EIO: "3" });
  await assertUpgradeRefused(server, url, 3, {
    name: "PROTOCOL_MISMATCH",
    protocol: 3,
    previousProtocol: 4,
  });
  await session.post("4still here");
  assertEquals(await session.receive(), "4still here");
});

claim(
  "a request that allowRequest refuses gets its message with 403",
  async () => {
    await using server = await target.startEngine({
      refuse: "Not on my watch",
    });
    const { status, body } = await request(
      endpoint(server.url, { transport: "polling" }),
    );
    assertEquals(
      [status, body],
      [403, JSON.stringify({ code: 4, message: "Not on my watch" })],
    );
    const { code, message, context } = await server.reported("refused");
    assertEquals([code, context], [4, { message: "Not on my watch" }]);
    assertEquals(message, "Forbidden");
  },
);

claim(
  "a WebSocket that allowRequest refuses gets its message with 400",
  async () => {
    await using server = await target.startEngine({
      refuse: "Not on my watch",
    });
    const { status, body, connection } = await requestUpgrade(
      endpoint(server.url, { transport: "websocket" }),
    );
    connection.close();
    assertEquals([status, body], [400, "Not on my watch"]);
  },
);

const UPGRADES: Record<string, Refusal> = {
  "without a transport": { query: {}, code: 0, context: {} },
  "with an unknown transport": {
    query: { transport: "carrier-pigeon" },
    code: 0,
    context: { transport: "carrier-pigeon" },
  },
  "with transport=webtransport": {
    query: { transport: "webtransport" },
    code: 0,
    context: { transport: "webtransport" },
  },
  "with transport=__proto__": {
    query: { transport: "__proto__" },
    code: 0,
    context: { transport: "__proto__" },
  },
  "with an unknown session ID": {
    query: { transport: "websocket", sid: "nobody" },
    code: 1,
    context: { sid: "nobody" },
  },
  "with sid=constructor": {
    query: { transport: "websocket", sid: "constructor" },
    code: 1,
    context: { sid: "constructor" },
  },
};

for (const [name, { query, code, context }] of Object.entries(UPGRADES)) {
  claim(`an upgrade request ${name} is refused with code ${code}`, async () => {
    await using server = await target.startEngine();
    await assertUpgradeRefused(
      server,
      endpoint(server.url, query),
      code,
      context,
    );
    assertEquals(await server.sessions(), 0);
  });
}

for (const EIO of ["3", undefined]) {
  const name = EIO === undefined ? "without EIO" : "with EIO=3";
  claim(
    `an upgrade request ${name} is refused with code 5 before the upgrade`,
    async () => {
      await using server = await target.startEngine();
      const url = endpoint(server.url, { transport: "websocket", EIO });
      await assertUpgradeRefused(server, url, 5, { protocol: 3 });
      assertEquals(await server.sessions(), 0);
    },
  );
}

claim(
  "an upgrade request with transport=polling is refused with code 3",
  async () => {
    await using server = await target.startEngine();
    await using session = await PollingSession.start(server.url);
    for (
      const url of [
        endpoint(server.url, { transport: "polling" }),
        session.url(),
      ]
    ) {
      const { status, body, connection } = await requestUpgrade(url);
      connection.close();
      assertEquals([status, body], [400, "Bad request"]);
    }
  },
);

claim(
  "a WebSocket for a session that began on WebSocket is refused",
  async () => {
    await using server = await target.startEngine();
    await using socket = await WireSocket.open(
      endpoint(server.url, { transport: "websocket" }),
    );
    const { sid } = parseOpen(await socket.receive());
    const { status, body, connection } = await requestUpgrade(
      endpoint(server.url, { transport: "websocket", sid }),
    );
    connection.close();
    assertEquals([status, body], [400, "Bad request"]);
    socket.send("4mine");
    assertEquals(await socket.receive(), "4mine");
  },
);

claim(
  "a session is not touched by methods other than GET and POST",
  async () => {
    await using server = await target.startEngine();
    await using session = await PollingSession.start(server.url);
    for (const method of ["PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"]) {
      const { status, body } = await request(session.url(), { method });
      assertEquals([status, body], [500, ""], method);
    }
    await session.post("4still here");
    assertEquals(await session.receive(), "4still here");
  },
);

claim("HEAD begins no session, and is refused without a body", async () => {
  await using server = await target.startEngine();
  const url = endpoint(server.url, { transport: "polling" });
  const { status, body } = await request(url, { method: "HEAD" });
  assertEquals([status, body], [400, ""]);
  const refused = await server.reported("refused");
  assertEquals(refused, {
    kind: "refused",
    code: 2,
    message: "Bad handshake method",
    context: { method: "HEAD" },
  });
  assertEquals(await server.sessions(), 0);
});

/** Lengths that a POST of `4hi` declares, and whether it is answered with ok. */
const LENGTHS: Record<string, boolean> = {
  "3": true,
  "003": true,
  "+3": false,
  "-3": false,
  "0x3": false,
  "3.0": false,
  "3e0": false,
  "three": false,
  "": false,
  "99999999999999999999999": false,
};
for (const [length, isTaken] of Object.entries(LENGTHS)) {
  claim(
    `a POST whose length is "${length}" is ${isTaken ? "" : "not "}taken`,
    async () => {
      await using server = await target.startEngine();
      await using session = await PollingSession.start(server.url);
      using connection = await RawConnection.connect(server.url);
      await connection.writeHead("POST", session.url(), [
        ["Content-Length", length],
        ["Content-Type", "text/plain;charset=UTF-8"],
      ]);
      await connection.write("4hi");
      const status = await connection.readResponse().then(
        ({ status }) => status,
        () => 400, // the connection just ends
      );
      assertEquals(status === 200, isTaken, `status ${status}`);
      if (!isTaken) return;
      assertEquals(await session.receive(), "4hi");
    },
  );
}

claim("a body longer than maxHttpBufferSize is answered with 413", async () => {
  await using server = await target.startEngine({ maxHttpBufferSize: 100 });
  await using session = await PollingSession.start(server.url);
  const { status, body } = await session.post("4" + "x".repeat(100));
  assertEquals([status, body], [413, ""]);
});

claim("a body of just maxHttpBufferSize is accepted", async () => {
  await using server = await target.startEngine({ maxHttpBufferSize: 100 });
  await using session = await PollingSession.start(server.url);
  const packet = "4" + "x".repeat(99);
  assertEquals((await session.post(packet)).status, 200);
  assertEquals(await session.receive(), packet);
});

claim("the limit of a body counts bytes, not characters", async () => {
  await using server = await target.startEngine({ maxHttpBufferSize: 100 });
  await using session = await PollingSession.start(server.url);
  assertEquals((await session.post("4" + "é".repeat(50))).status, 413);
  assertEquals((await session.post("4" + "é".repeat(49))).status, 200);
});

claim("a body of unknown length is cut off at maxHttpBufferSize", async () => {
  await using server = await target.startEngine({ maxHttpBufferSize: 100 });
  await using session = await PollingSession.start(server.url);
  using connection = await RawConnection.connect(server.url);
  await connection.writeHead("POST", session.url(), [
    ["Content-Type", "text/plain"],
    ["Transfer-Encoding", "chunked"],
  ]);
  await connection.write(`41\r\n4${"x".repeat(64)}\r\n`);
  await connection.write(`41\r\n${"x".repeat(65)}\r\n`);
  const { status } = await connection.readResponse(); // though the body has not ended
  assertEquals(status, 413);
});

claim("a session outlives a body that was too long", async () => {
  await using server = await target.startEngine({ maxHttpBufferSize: 100 });
  await using session = await PollingSession.start(server.url);
  await session.post("4" + "x".repeat(100));
  await session.post("4shorter");
  assertEquals(await session.receive(), "4shorter");
});

claim("a second GET is answered with 400 and ends the session", async () => {
  await using server = await target.startEngine();
  await using session = await PollingSession.start(server.url);
  const held = await session.hold();
  const { status, body } = await session.get();
  assertEquals([status, body], [400, ""]);
  const first = await held.answer;
  assertEquals([first.status, first.body], [200, "1"]);
  const { reason } = await server.reported("close", { sid: session.sid });
  assertEquals(reason, "transport error");
  assertEquals(await server.sessions(), 0);
});

claim("a second POST is answered with 400 and ends the session", async () => {
  await using server = await target.startEngine();
  await using session = await PollingSession.start(server.url);
  using first = await RawConnection.connect(server.url);
  await first.writeHead("POST", session.url(), [
    ["Content-Type", "text/plain;charset=UTF-8"],
    ["Content-Length", "10"],
    ["Expect", "100-continue"],
  ]);
  await first.readResponse(); // 100: the server has begun to read this body
  const { status, body } = await session.post("4second");
  assertEquals([status, body], [400, ""]);
  const { reason } = await server.reported("close", { sid: session.sid });
  assertEquals(reason, "transport error");
  assertEquals(await server.sessions(), 0);
});

claim("a binary body is answered with 400 and ends the session", async () => {
  await using server = await target.startEngine();
  await using session = await PollingSession.start(server.url);
  const { status, body } = await session.post(Uint8Array.of(4, 1, 2), {
    headers: { "content-type": "application/octet-stream" },
  });
  assertEquals([status, body], [400, ""]);
  const { reason } = await server.reported("close", { sid: session.sid });
  assertEquals(reason, "transport error");
});
