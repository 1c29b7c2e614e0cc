import { assert, assertEquals, assertLess } from "@std/assert";
import { delay } from "@std/async/delay";
import { target } from "../_support/target_process.ts";
import {
  encodeFrame,
  endpoint,
  parseOpen,
  PollingSession,
  RawConnection,
  request,
  requestUpgrade,
  resetUpgrade,
  UPGRADE_HEADERS,
  WireSocket,
  within,
} from "../_support/wire.ts";
import { assertEmpty, assertEngineServes } from "../_support/wire_health.ts";
import { suite } from "./cases.ts";

const claim = suite("hostile_engine");

/** Writes what it can: a server that has had enough may end the connection. */
async function writeAnyhow(
  connection: RawConnection,
  data: string | Uint8Array,
): Promise<boolean> {
  try {
    await connection.write(data);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) return false;
    if (error instanceof Deno.errors.ConnectionReset) return false;
    throw error;
  }
}

/** Reads a response; `undefined` where the server just ends the connection. */
async function readStatus(
  connection: RawConnection,
): Promise<number | undefined> {
  try {
    return (await connection.readResponse()).status;
  } catch (error) {
    if (
      error instanceof Error && /^Cannot read a response/.test(error.message)
    ) {
      return undefined;
    }
    throw error;
  }
}

/** Bytes of a body that nobody may wait for. */
const FLOOD = 100_000_000;

/**
 * Writes `part` again and again, until the server answers or ends the connection.
 *
 * @returns The status of the answer, which has come before the end of the body.
 */
async function flood(
  connection: RawConnection,
  part: string,
): Promise<number | undefined> {
  let isAnswered = false;
  const answer = readStatus(connection).finally(() => {
    isAnswered = true;
    connection.close(); // frees a write that nobody reads
  });
  let written = 0;
  const write = async () => {
    while (!isAnswered && written < FLOOD) {
      await connection.write(part);
      written += part.length;
      await delay(0); // or what has come is not looked at while there is room to write
    }
  };
  const [status] = await Promise.all([answer, write().catch(() => {})]);
  assertLess(written, FLOOD);
  return status;
}

claim("session IDs cannot be guessed from another", async () => {
  await using server = await target.startEngine();
  const sids: string[] = [];
  for (let i = 0; i < 50; i++) {
    await using session = await PollingSession.start(server.url);
    sids.push(session.sid);
    await using socket = await WireSocket.open(
      endpoint(server.url, { transport: "websocket" }),
    );
    sids.push(parseOpen(await socket.receive()).sid);
  }
  // The tail may count, to make them unique.
  assertEquals(new Set(sids.map((sid) => sid.slice(0, 14))).size, 100);
  await assertEngineServes(server);
});

for (const kind of ["of 100 MB", "without an end"]) {
  claim(`a body ${kind} is refused before it has come`, async () => {
    await using server = await target.startEngine();
    {
      await using session = await PollingSession.start(server.url);
      using connection = await RawConnection.connect(server.url);
      await connection.writeHead("POST", session.url(), [
        ["Content-Type", "text/plain;charset=UTF-8"],
        kind === "of 100 MB"
          ? ["Content-Length", "100000000"]
          : ["Transfer-Encoding", "chunked"],
      ]);
      const block = "4".repeat(0x10000);
      const status = await flood(
        connection,
        kind === "of 100 MB" ? block : `10000\r\n${block}\r\n`,
      );
      assertEquals(status, 413);
    }
    await assertEngineServes(server);
  });
}

const PAYLOADS: Record<string, string | Uint8Array<ArrayBuffer>> = {
  "a million separators": "\x1e".repeat(999_999),
  "300,000 packets": "3\x1e".repeat(299_999) + "3",
  "one long packet of an unknown type": "x".repeat(999_999),
  "invalid UTF-8": Uint8Array.of(0x34, 0xff, 0xfe, 0xc0, 0x80),
  "half a character": Uint8Array.of(0x34, 0xe2, 0x82),
  "a byte order mark": Uint8Array.of(0xef, 0xbb, 0xbf, 0x34, 0x61),
  "letters that are not base64": "b!!!!",
  "base64 of the wrong length": "bA",
  "base64 that is all padding": "b====",
  "base64 with other characters": "bé\0",
  "base64 of the other alphabet": "b-_-_",
  "an open packet": '0{"sid":"__proto__"}',
  "an upgrade packet": "5",
  "a close packet twice": "1\x1e1",
};
for (const [name, payload] of Object.entries(PAYLOADS)) {
  claim(`a payload of ${name} harms nobody`, async () => {
    await using server = await target.startEngine();
    {
      await using session = await PollingSession.start(server.url);
      const { status } = await session.post(payload, {
        headers: { "content-type": "text/plain;charset=UTF-8" },
      });
      assert(status === 200 || status === 400, `status ${status}`);
    }
    await assertEngineServes(server);
  });
}

const FRAMES: Record<string, Uint8Array> = {
  "with reserved bit 1": encodeFrame(1, "4a", { reserved: 4 }),
  "with reserved bit 2": encodeFrame(1, "4a", { reserved: 2 }),
  "with reserved bit 3": encodeFrame(1, "4a", { reserved: 1 }),
  "of a reserved type": encodeFrame(3, "4a"),
  "of a reserved control type": encodeFrame(0xb, "4a"),
  "that continues nothing": encodeFrame(0, "4a"),
  "that is a ping in parts": encodeFrame(9, "a", { fin: false }),
  "that is a ping of 126 bytes": encodeFrame(9, "x".repeat(126)),
  "of invalid UTF-8": encodeFrame(1, Uint8Array.of(0x34, 0xff, 0xfe)),
  "without a mask": Uint8Array.of(0x81, 2, 0x34, 0x61),
  "that closes with half a code": encodeFrame(8, Uint8Array.of(3)),
  "that closes with code 1005": encodeFrame(8, Uint8Array.of(3, 0xed)),
  "that closes with code 0": encodeFrame(8, Uint8Array.of(0, 0)),
  "that closes with a reason of invalid UTF-8": encodeFrame(
    8,
    Uint8Array.of(3, 0xe8, 0xff),
  ),
  "that announces 2 GB": Uint8Array.of(0x82, 0xff, 0, 0, 0, 0, 0x80, 0, 0, 0),
  "that announces 2^63 bytes": Uint8Array.of(
    0x82,
    0xff,
    0x80,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
  ),
  "that is cut off": Uint8Array.of(0x81, 0x85, 1),
};
for (const [name, frame] of Object.entries(FRAMES)) {
  claim(`a frame ${name} harms nobody`, async () => {
    await using server = await target.startEngine();
    const { connection } = await requestUpgrade(
      endpoint(server.url, { transport: "websocket" }),
    );
    using _ = connection;
    await connection.readFrame();
    await writeAnyhow(connection, frame);
    await writeAnyhow(connection, encodeFrame(1, "4after"));
    connection.close();
    await assertEngineServes(server);
  });

  claim(
    `a frame ${name} that comes with the request harms nobody`,
    async () => {
      await using server = await target.startEngine();
      using connection = await RawConnection.connect(server.url);
      const url = new URL(endpoint(server.url, { transport: "websocket" }));
      const head = [
        `GET ${url.pathname}${url.search} HTTP/1.1`,
        `Host: ${url.host}`,
        ...UPGRADE_HEADERS.map((header) => header.join(": ")),
      ];
      const bytes = new TextEncoder().encode(`${head.join("\r\n")}\r\n\r\n`);
      await connection.write(Uint8Array.of(...bytes, ...frame));
      assertEquals(await readStatus(connection), 101);
      connection.close();
      await assertEngineServes(server);
    },
  );

  claim(`a frame ${name} instead of a probe harms nobody`, async () => {
    await using server = await target.startEngine();
    {
      await using session = await PollingSession.start(server.url);
      const { connection } = await requestUpgrade(
        session.url({ transport: "websocket" }),
      );
      using _ = connection;
      await writeAnyhow(connection, frame);
      connection.close();
      await session.post("4still polling");
      assertEquals(await session.receive(), "4still polling");
    }
    await assertEngineServes(server);
  });
}

claim("a message in 20,000 fragments harms nobody", async () => {
  await using server = await target.startEngine();
  const { connection } = await requestUpgrade(
    endpoint(server.url, { transport: "websocket" }),
  );
  using _ = connection;
  await connection.readFrame();
  const parts = [encodeFrame(1, "4", { fin: false })];
  for (let i = 0; i < 20_000; i++) {
    parts.push(encodeFrame(0, "x", { fin: false }));
  }
  parts.push(encodeFrame(0, "."));
  const bytes = new Uint8Array(
    await new Blob(parts as BlobPart[]).arrayBuffer(),
  ); // each has a buffer of its own
  await writeAnyhow(connection, bytes);
  await connection.readFrame(); // the echo, or the end
  connection.close();
  await assertEngineServes(server);
});

claim(
  "a message that exceeds the limit in fragments ends its session",
  async () => {
    await using server = await target.startEngine();
    const { connection } = await requestUpgrade(
      endpoint(server.url, { transport: "websocket" }),
    );
    using _ = connection;
    await connection.readFrame();
    const part = "x".repeat(100_000);
    let going = await writeAnyhow(
      connection,
      encodeFrame(1, "4", { fin: false }),
    );
    for (let i = 0; i < 30 && going; i++) {
      going = await writeAnyhow(
        connection,
        encodeFrame(0, part, { fin: i === 29 }),
      );
    }
    const code = await connection.readClose();
    assert(code === 1009 || code === undefined, `code ${code}`);
    const { reason } = await server.reported("close");
    assertEquals(reason, "transport error");
    connection.close();
    await assertEngineServes(server);
  },
);

claim("a message of 65 MB ends its session", async () => {
  await using server = await target.startEngine();
  const { connection } = await requestUpgrade(
    endpoint(server.url, { transport: "websocket" }),
  );
  using _ = connection;
  await connection.readFrame();
  const head = Uint8Array.of(0x82, 0xff, 0, 0, 0, 0, 4, 0x10, 0, 0, 1, 2, 3, 4);
  let going = await writeAnyhow(connection, head);
  const part = new Uint8Array(0x100000);
  for (let i = 0; i < 65 && going; i++) {
    going = await writeAnyhow(connection, part);
  }
  await server.reported("close");
  connection.close();
  await assertEngineServes(server);
});

claim("a thousand WebSocket pings harm nobody", async () => {
  await using server = await target.startEngine();
  const { connection } = await requestUpgrade(
    endpoint(server.url, { transport: "websocket" }),
  );
  using _ = connection;
  await connection.readFrame();
  const ping = encodeFrame(9, "x".repeat(125));
  for (let i = 0; i < 1_000; i++) await connection.write(ping);
  await connection.write(encodeFrame(1, "4after"));
  let frame = await connection.readFrame();
  while (frame?.opcode === 10) frame = await connection.readFrame();
  assertEquals(new TextDecoder().decode(frame?.payload), "4after");
  connection.close();
  await assertEngineServes(server);
});

const KEY: [string, string] = ["Sec-WebSocket-Key", "AQIDBAUGBwgJCgsMDQ4PEA=="];
const VERSION: [string, string] = ["Sec-WebSocket-Version", "13"];
const CONNECTION: [string, string] = ["Connection", "Upgrade"];
const UPGRADE: [string, string] = ["Upgrade", "websocket"];

/** Upgrade requests that cannot succeed. */
const BAD_UPGRADES: Record<string, [string, string][]> = {
  "without a key": [CONNECTION, UPGRADE, VERSION],
  "with a key of another length": [
    CONNECTION,
    UPGRADE,
    VERSION,
    ["Sec-WebSocket-Key", "AQID"],
  ],
  "without a version": [CONNECTION, UPGRADE, KEY],
  "of version 12": [CONNECTION, UPGRADE, KEY, ["Sec-WebSocket-Version", "12"]],
  "to h2c": [CONNECTION, ["Upgrade", "h2c"], VERSION, KEY],
  "to nothing known": [CONNECTION, ["Upgrade", "carrier-pigeon"]],
  "to an empty protocol": [CONNECTION, ["Upgrade", ""]],
};
for (const [name, headers] of Object.entries(BAD_UPGRADES)) {
  claim(`an upgrade request ${name} is refused`, async () => {
    await using server = await target.startEngine();
    using connection = await RawConnection.connect(server.url);
    const url = endpoint(server.url, { transport: "websocket" });
    await connection.writeHead("GET", url, headers);
    const status = await readStatus(connection);
    assert(status === 400 || status === 426, `status ${status}`);
    connection.close();
    await assertEngineServes(server);
  });

  claim(
    `an upgrade request ${name} whose connection is dropped harms nobody`,
    async () => {
      await using server = await target.startEngine();
      for (let i = 0; i < 10; i++) {
        using connection = await RawConnection.connect(server.url);
        const url = endpoint(server.url, { transport: "websocket" });
        await connection.writeHead("GET", url, headers);
      }
      await assertEngineServes(server);
    },
  );

  for (const waits of [false, true]) {
    const when = waits ? "behind its answer" : "before its answer";
    claim(
      `an upgrade request ${name} whose connection is reset ${when} harms nobody`,
      async () => {
        await using server = await target.startEngine();
        for (const path of ["/engine.io/", "/elsewhere/"]) {
          const { origin } = new URL(server.url);
          const url = endpoint(`${origin}${path}`, { transport: "websocket" });
          for (let i = 0; i < 5; i++) await resetUpgrade(url, headers, waits);
        }
        await assertEngineServes(server);
      },
    );
  }
}

for (
  const [first, second] of [
    ["Content-Length: 5", "Transfer-Encoding: chunked"],
    ["Transfer-Encoding: chunked", "Content-Length: 5"],
  ] as const
) {
  claim(
    `a POST with ${first}, then ${second} is not read without end`,
    async () => {
      await using server = await target.startEngine();
      {
        await using session = await PollingSession.start(server.url);
        using connection = await RawConnection.connect(server.url);
        await connection.writeHead(
          "POST",
          session.url(),
          [first, second].map((line) => line.split(": ") as [string, string]), // each has one
        );
        const status = await flood(
          connection,
          `10000\r\n${"4".repeat(0x10000)}\r\n`,
        );
        assert([undefined, 400, 413].includes(status), `status ${status}`);
      }
      await assertEngineServes(server);
    },
  );
}

const ODD_HEADERS: Record<string, [string, string][]> = {
  "60,000 spaces in Sec-WebSocket-Protocol": [
    ["Sec-WebSocket-Protocol", `a${" ".repeat(60_000)}b`],
  ],
  "a list of 1,000 protocols": [
    [
      "Sec-WebSocket-Protocol",
      Array.from({ length: 1_000 }, (_, i) => `p${i}`).join(),
    ],
  ],
  "a protocol that is no token": [["Sec-WebSocket-Protocol", "a b,,{}"]],
  "extensions that are out of range": [
    [
      "Sec-WebSocket-Extensions",
      "permessage-deflate; client_max_window_bits=99",
    ],
  ],
  "broken extensions": [["Sec-WebSocket-Extensions", ';;="""']],
  "1,000 headers": Array.from({ length: 1_000 }, (_, i) => [`x-${i}`, "1"]),
  "a header of 100 KB": [["x-long", "x".repeat(100_000)]],
  "a control character in Origin": [["Origin", "http://a\x01b"]],
  "a length and chunks": [["Content-Length", "5"], [
    "Transfer-Encoding",
    "chunked",
  ]],
};
for (const [name, headers] of Object.entries(ODD_HEADERS)) {
  claim(`an upgrade request with ${name} harms nobody`, async () => {
    await using server = await target.startEngine();
    using connection = await RawConnection.connect(server.url);
    await connection.writeHead(
      "GET",
      endpoint(server.url, { transport: "websocket" }),
      [...UPGRADE_HEADERS, ...headers],
    );
    const status = await readStatus(connection);
    assert(
      status === undefined || status === 101 || (status >= 400 && status < 500),
      `status ${status}`,
    );
    connection.close();
    await assertEngineServes(server);
  });
}

claim(
  "connections dropped in the midst of an upgrade leave no session",
  async () => {
    await using server = await target.startEngine();
    const url = endpoint(server.url, { transport: "websocket" });
    for (let i = 0; i < 30; i++) {
      using connection = await RawConnection.connect(server.url);
      await connection.writeHead("GET", url, UPGRADE_HEADERS);
    }
    await assertEngineServes(server);
  },
);

claim(
  "connections dropped in the midst of a probe leave polling usable",
  async () => {
    await using server = await target.startEngine();
    {
      await using session = await PollingSession.start(server.url);
      const url = session.url({ transport: "websocket" });
      for (let i = 0; i < 30; i++) {
        using connection = await RawConnection.connect(server.url);
        await connection.writeHead("GET", url, UPGRADE_HEADERS);
        await writeAnyhow(connection, encodeFrame(1, "2probe")); // one of two is refused
      }
      await session.post("4still polling");
      assertEquals(await session.receive(), "4still polling");
    }
    await assertEngineServes(server);
  },
);

claim("fifty probes at once leave polling usable", async () => {
  await using server = await target.startEngine();
  {
    await using session = await PollingSession.start(server.url);
    const url = session.url({ transport: "websocket" });
    const all = Array.from({ length: 50 }, () => requestUpgrade(url));
    const upgrades = await Promise.all(all);
    for (const { connection } of upgrades) {
      await writeAnyhow(connection, encodeFrame(1, "2probe"));
      connection.close();
    }
    await session.post("4still polling");
    assertEquals(await session.receive(), "4still polling");
  }
  await assertEngineServes(server);
});

claim("an upgrade at another path that is dropped harms nobody", async () => {
  await using server = await target.startEngine();
  const { origin } = new URL(server.url);
  for (let i = 0; i < 10; i++) {
    using connection = await RawConnection.connect(server.url);
    await connection.writeHead("GET", `${origin}/elsewhere/`, UPGRADE_HEADERS);
  }
  await assertEngineServes(server);
});

claim(
  "an upgrade with EIO=3 of a session with EIO=4, then a ping, harms nobody",
  async () => {
    await using server = await target.startEngine();
    {
      await using session = await PollingSession.start(server.url);
      const { status, connection } = await requestUpgrade(
        session.url({ transport: "websocket", EIO: "3" }),
      );
      using _ = connection;
      assertEquals(status, 400);
      await writeAnyhow(connection, encodeFrame(1, "2probe"));
      await writeAnyhow(connection, encodeFrame(1, "5"));
      await writeAnyhow(connection, encodeFrame(1, "2"));
      await session.post("4still polling");
      assertEquals(await session.receive(), "4still polling");
    }
    await assertEngineServes(server);
  },
);

const ODD_NAMES = [
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "hasOwnProperty",
  "valueOf",
  "foo",
  "polling\0",
  "POLLING",
  "0",
  "\u{1f995}",
  "../polling",
];
claim("odd transports are refused, with and without an upgrade", async () => {
  await using server = await target.startEngine();
  for (const transport of ODD_NAMES) {
    const url = endpoint(server.url, { transport });
    assertEquals((await request(url)).status, 400, transport);
    const { status, connection } = await requestUpgrade(url);
    connection.close();
    assertEquals(status, 400, transport);
  }
  await assertEngineServes(server);
});

claim("odd session IDs are refused, with and without an upgrade", async () => {
  await using server = await target.startEngine();
  for (const sid of ODD_NAMES) {
    const polling = endpoint(server.url, { transport: "polling", sid });
    for (const method of ["GET", "POST", "PUT"]) {
      assertEquals((await request(polling, { method })).status, 400, sid);
    }
    const url = endpoint(server.url, { transport: "websocket", sid });
    const { status, connection } = await requestUpgrade(url);
    connection.close();
    assertEquals(status, 400, sid);
  }
  await assertEngineServes(server);
});

/** Requests that are hardly HTTP. */
const RAW_REQUESTS: Record<string, string> = {
  "no HTTP at all": "\x16\x03\x01\x02\x00hello\r\n\r\n",
  "half a head": "GET /engine.io/?EIO=4&transport=po",
  "an unknown method":
    "FROB /engine.io/?EIO=4&transport=foo HTTP/1.1\r\nHost: a\r\n\r\n",
  "no Host": "GET /engine.io/?EIO=4&transport=foo HTTP/1.1\r\n\r\n",
  "HTTP/1.0": "GET /engine.io/?EIO=4&transport=foo HTTP/1.0\r\n\r\n",
  "an empty Host":
    "GET /engine.io/?EIO=4&transport=foo HTTP/1.1\r\nHost:\r\n\r\n",
  "a Host with a bracket":
    "GET /engine.io/?EIO=4&transport=foo HTTP/1.1\r\nHost: [\r\n\r\n",
  "a Host with spaces":
    "GET /engine.io/?EIO=4&transport=foo HTTP/1.1\r\nHost: a b\r\n\r\n",
  "a Host with a port too large":
    "GET /engine.io/?EIO=4&transport=foo HTTP/1.1\r\nHost: a:99999\r\n\r\n",
  "two Hosts":
    "GET /engine.io/?EIO=4&transport=foo HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
  "a target with a host":
    "GET http://[bad/engine.io/?EIO=4&transport=foo HTTP/1.1\r\nHost: a\r\n\r\n",
  "the target *": "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
  "a target without a path":
    "GET ?EIO=4&transport=foo HTTP/1.1\r\nHost: a\r\n\r\n",
  "broken escapes":
    "GET /engine.io/%?EIO=4&transport=%E0%A4%A&sid=% HTTP/1.1\r\nHost: a\r\n\r\n",
  "a target with two slashes":
    "GET //engine.io/?EIO=4&transport=foo HTTP/1.1\r\nHost: a\r\n\r\n",
  "a negative length":
    "POST /engine.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
  "a chunk of broken length":
    "POST /engine.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
};
for (const [name, text] of Object.entries(RAW_REQUESTS)) {
  claim(`a request with ${name} harms nobody`, async () => {
    await using server = await target.startEngine();
    for (const path of ["/engine.io/", "/nowhere/"]) {
      using connection = await RawConnection.connect(server.url);
      await connection.write(text.replace("/engine.io/", path));
      if (name === "half a head") continue; // and goes away
      const status = await readStatus(connection);
      assert(
        status === undefined || (status >= 400 && status < 500) ||
          name === "the target *",
        `status ${status}`,
      );
    }
    await assertEngineServes(server);
  });
}

claim("POSTs that are dropped half-way leave no session", async () => {
  await using server = await target.startEngine();
  for (let i = 0; i < 10; i++) {
    const session = await PollingSession.start(server.url);
    using connection = await RawConnection.connect(server.url);
    await connection.writeHead("POST", session.url(), [[
      "Content-Length",
      "9",
    ]]);
    await connection.write("4ha");
  }
  // A POST that was dropped before the server saw it leaves nothing to notice.
  await server.stop();
  await assertEmpty(server);
});

claim("fifty polls of one session at once harm nobody else", async () => {
  await using server = await target.startEngine();
  {
    await using session = await PollingSession.start(server.url);
    const polls = Array.from({ length: 50 }, () => session.get());
    const answers = await within(Promise.all(polls), "fifty polls");
    for (const { status } of answers) assert(status === 200 || status === 400);
  }
  await assertEngineServes(server);
});

claim("fifty POSTs of one session at once harm nobody else", async () => {
  await using server = await target.startEngine();
  {
    await using session = await PollingSession.start(server.url);
    const body = `4${"x".repeat(50_000)}`;
    // Connections which the server has dropped must not stay in the pool of others.
    using client = Deno.createHttpClient({});
    const posts = Array.from(
      { length: 50 },
      () => session.post(body, { client }),
    );
    const answers = await within(Promise.allSettled(posts), "fifty POSTs");
    for (const answer of answers) {
      if (answer.status === "rejected") continue; // the server dropped it
      assert([200, 400].includes(answer.value.status));
    }
  }
  await assertEngineServes(server);
});

claim("two hundred handshakes at once are all served", async () => {
  await using server = await target.startEngine();
  const starts = Array.from(
    { length: 200 },
    () => PollingSession.start(server.url),
  );
  const sessions = await Promise.all(starts);
  assertEquals(new Set(sessions.map(({ sid }) => sid)).size, 200);
  assertEquals(await server.sessions(), 200);
  for (const session of sessions) await session[Symbol.asyncDispose]();
  await assertEngineServes(server);
});
