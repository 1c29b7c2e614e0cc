/** Revision 3 of Engine.IO, which clients of Socket.IO 2 speak. */

import { assertEquals, assertMatch } from "@std/assert";
import { type RunningServer, target } from "../_support/target.ts";
import {
  endpoint,
  parseOpen,
  PollingSession,
  requestUpgrade,
  WireSocket,
} from "../_support/wire.ts";
import {
  bytesPayload,
  type OldPacket,
  OldSession,
  readPayload,
  requestAny,
  textPayload,
} from "../_support/wire_v3.ts";
import { suite } from "./cases.ts";

const claim = suite("engine_v3");

const TEXT = "text/plain;charset=utf-8";

/** Starts a server that lets old clients in. */
function start(options = {}): Promise<RunningServer> {
  return target.startEngine({ allowEIO3: true, ...options });
}

/** Opens a session on WebSocket and takes the open packet. */
async function openWebSocket(
  server: RunningServer,
  query: Record<string, string> = {},
): Promise<WireSocket> {
  const socket = await WireSocket.open(
    endpoint(server.url, { EIO: "3", transport: "websocket", ...query }),
  );
  parseOpen(await socket.receive());
  return socket;
}

function contentType(headers: Headers): string | undefined {
  return headers.get("content-type")?.toLowerCase().replaceAll(" ", "");
}

claim("a polling handshake is answered behind its length", async () => {
  await using server = await start();
  const { status, headers, body } = await requestAny(
    endpoint(server.url, { EIO: "3", transport: "polling" }),
  );
  const [open, ...more] = readPayload(body);
  const { sid } = parseOpen(open);
  assertEquals([status, more, contentType(headers)], [200, [], TEXT]);
  assertMatch(headers.get("cache-control") ?? "", /^no-store\b/);
  assertEquals(
    body,
    textPayload(
      `0{"sid":"${sid}","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`,
    ),
  );
});

claim("a WebSocket handshake is answered without a length", async () => {
  await using server = await start();
  await using socket = await WireSocket.open(
    endpoint(server.url, { EIO: "3", transport: "websocket" }),
  );
  assertEquals(parseOpen(await socket.receive()).upgrades, []);
});

claim("a client without EIO speaks revision 3", async () => {
  await using server = await start();
  const { body } = await requestAny(
    endpoint(server.url, { EIO: undefined, transport: "polling" }),
  );
  parseOpen(readPayload(body)[0]);
});

const TEXTS: Record<string, string> = {
  "plain text": "hello",
  "nothing": "",
  "text beyond ASCII": "utf8 — string: 你好, 🦕, ß",
  "characters of the grammar": "1:b4\n0{}\\\x1e",
  "a null character": "a\0b",
};

for (const [name, text] of Object.entries(TEXTS)) {
  claim(`polling carries ${name} both ways`, async () => {
    await using server = await start();
    await using session = await OldSession.start(server.url);
    const { status, body } = await session.send(`4${text}`);
    assertEquals([status, body], [200, "ok"]);
    const answer = await session.get();
    assertEquals(answer.body, textPayload(`4${text}`));
    assertEquals(contentType(answer.headers), TEXT);
  });

  claim(`WebSocket carries ${name} both ways`, async () => {
    await using server = await start();
    await using socket = await openWebSocket(server);
    socket.send(`4${text}`);
    assertEquals(await socket.receive(), `4${text}`);
  });
}

claim("polling carries bytes as such both ways", async () => {
  await using server = await start();
  await using session = await OldSession.start(server.url);
  const bytes = Uint8Array.of(4, 0, 255, 98);
  const { status, body } = await session.post(bytesPayload(bytes));
  assertEquals([status, body], [200, "ok"]);
  const answer = await session.get();
  assertEquals(answer.body, bytesPayload(bytes));
  assertEquals(
    answer.headers.get("content-type"),
    "application/octet-stream",
  );
  assertMatch(answer.headers.get("cache-control") ?? "", /^no-store\b/);
});

claim("text among bytes is UTF-8, its length in bytes", async () => {
  await using server = await start();
  await using session = await OldSession.start(server.url);
  const packets = ["4hé€🦕", Uint8Array.of(4, 1), "4", Uint8Array.of(4)];
  await session.post(bytesPayload(...packets));
  assertEquals((await session.get()).body, bytesPayload(...packets));
});

claim("bytes of more than nine have a length of several digits", async () => {
  await using server = await start();
  await using session = await OldSession.start(server.url);
  const bytes = new Uint8Array(1_234).fill(4);
  await session.post(bytesPayload(bytes));
  assertEquals((await session.get()).body, bytesPayload(bytes));
});

claim("a client with b64=1 gets bytes as base64", async () => {
  await using server = await start();
  await using session = await OldSession.start(server.url, { b64: "1" });
  const packets = ["b4AQIDBA==", "4text", "b4+/8="];
  await session.send(...packets);
  assertEquals((await session.get()).body, textPayload(...packets));
});

claim("a client without b64 may send base64 too", async () => {
  await using server = await start();
  await using session = await OldSession.start(server.url);
  await session.send("b4AQID");
  assertEquals(await session.receive(), Uint8Array.of(4, 1, 2, 3));
});

claim("a client with b64=1 may send bytes too", async () => {
  await using server = await start();
  await using session = await OldSession.start(server.url, { b64: "1" });
  await session.post(bytesPayload(Uint8Array.of(4, 1, 2, 3)));
  assertEquals(await session.receive(), "b4AQID");
});

claim("WebSocket carries bytes behind the byte of their type", async () => {
  await using server = await start();
  await using socket = await openWebSocket(server);
  socket.send(Uint8Array.of(4, 0, 255), Uint8Array.of(4));
  assertEquals(await socket.receiveMany(2), [
    Uint8Array.of(4, 0, 255),
    Uint8Array.of(4),
  ]);
});

claim("WebSocket with b64=1 carries bytes as base64", async () => {
  await using server = await start();
  await using socket = await openWebSocket(server, { b64: "1" });
  socket.send("b4AQID", Uint8Array.of(4, 1));
  assertEquals(await socket.receiveMany(2), ["b4AQID", "b4AQ=="]);
});

claim("several packets of one payload are read in order", async () => {
  await using server = await start();
  await using session = await OldSession.start(server.url, { b64: "1" });
  const packets = ["4one", "b4AQID", "4", "4four"];
  await session.send(...packets);
  assertEquals(await session.receiveMany(4), packets);
});

claim("a payload of no packet says nothing", async () => {
  await using server = await start();
  await using session = await OldSession.start(server.url);
  await session.post("0:");
  await session.post(new Uint8Array());
  await session.send("4still here");
  assertEquals(await session.receive(), "4still here");
});

claim("a large message passes in both directions", async () => {
  await using server = await start();
  await using session = await OldSession.start(server.url);
  const packet = `4${"0123456789".repeat(99_990)}`;
  await session.send(packet);
  assertEquals(await session.receive() === packet, true);
  const bytes = new Uint8Array(900_000).fill(7);
  bytes[0] = 4;
  await session.post(bytesPayload(bytes));
  assertEquals(await session.receive(), bytes);
});

claim("a client's ping is answered on polling", async () => {
  await using server = await start();
  await using session = await OldSession.start(server.url);
  await session.send("2");
  assertEquals((await session.get()).body, "1:3");
});

claim("a client's ping is answered on WebSocket", async () => {
  await using server = await start();
  await using socket = await openWebSocket(server);
  socket.send("2", "2probe", "4next");
  assertEquals(await socket.receiveMany(3), ["3", "3", "4next"]);
});

claim("a client that does not ping is given up", async () => {
  await using server = await start({ pingInterval: 60, pingTimeout: 60 });
  await using socket = await openWebSocket(server);
  assertEquals(await socket.drain(), []);
  const { reason } = await server.reported("close");
  assertEquals(reason, "ping timeout");
});

for (const transport of ["polling", "websocket"]) {
  claim(`a pong from the client ends a ${transport} session`, async () => {
    await using server = await start();
    if (transport === "polling") {
      await using session = await OldSession.start(server.url);
      await session.send("3");
      await server.reported("close", { reason: "transport error" });
    } else {
      await using socket = await openWebSocket(server);
      socket.send("3");
      assertEquals(await socket.drain(), []);
      await server.reported("close", { reason: "transport error" });
    }
    assertEquals(await server.sessions(), 0);
  });
}

claim("a close packet ends the session and frees the poll", async () => {
  await using server = await start();
  await using session = await OldSession.start(server.url);
  const held = await session.hold();
  await session.send("1");
  assertEquals((await held.answer).body, "1:6");
  await server.reported("close", { reason: "transport close" });
  assertEquals(await server.sessions(), 0);
});

claim("a session that the server closes says so", async () => {
  await using server = await start();
  await using session = await OldSession.start(server.url);
  await session.send("4!close");
  const { body } = await session.get();
  assertEquals(readPayload(body).at(-1), "1");
  await server.reported("close", { reason: "forced close" });
});

claim(
  "a session moves to a WebSocket, and takes along what waits",
  async () => {
    await using server = await start();
    await using session = await OldSession.start(server.url);
    await using socket = await WireSocket.open(
      session.url({ transport: "websocket" }),
    );
    socket.send("2probe");
    assertEquals(await socket.receive(), "3probe");
    assertEquals((await session.get()).body, "1:6");
    await session.post(bytesPayload("4waits", Uint8Array.of(4, 7, 8)));
    socket.send("5", "4over there", Uint8Array.of(4, 9));
    assertEquals(await socket.receiveMany(4), [
      "4waits",
      Uint8Array.of(4, 7, 8),
      "4over there",
      Uint8Array.of(4, 9),
    ]);
    await server.reported("upgrade", { sid: session.sid });
  },
);

claim("a session with b64=1 may move to a WebSocket with bytes", async () => {
  await using server = await start();
  await using session = await OldSession.start(server.url, { b64: "1" });
  await using socket = await WireSocket.open(
    session.url({ transport: "websocket" }),
  );
  socket.send("2probe");
  await socket.receive();
  await session.get();
  await session.send("b4Bwg=");
  socket.send("5");
  assertEquals(await socket.receive(), Uint8Array.of(4, 7, 8));
});

claim("a session of revision 3 takes no request of revision 4", async () => {
  await using server = await start();
  await using session = await OldSession.start(server.url);
  const { status, body } = await requestAny(session.url({ EIO: "4" }));
  assertEquals([status, body], [400, '{"code":3,"message":"Bad request"}']);
  const { context } = await server.reported("refused");
  assertEquals(context, {
    name: "PROTOCOL_MISMATCH",
    protocol: 4,
    previousProtocol: 3,
  });
  const upgrade = await requestUpgrade(
    session.url({ EIO: "4", transport: "websocket" }),
  );
  upgrade.connection.close();
  assertEquals(upgrade.status, 400);
  await session.send("4still here");
  assertEquals(await session.receive(), "4still here");
});

claim("a session of revision 4 takes no request of revision 3", async () => {
  await using server = await start();
  await using session = await PollingSession.start(server.url);
  const { status } = await requestAny(session.url({ EIO: "3" }));
  assertEquals(status, 400);
  const { context } = await server.reported("refused");
  assertEquals(context, {
    name: "PROTOCOL_MISMATCH",
    protocol: 3,
    previousProtocol: 4,
  });
  const upgrade = await requestUpgrade(
    session.url({ EIO: "3", transport: "websocket" }),
  );
  upgrade.connection.close();
  assertEquals(upgrade.status, 400);
  await session.post("4still here");
  assertEquals(await session.receive(), "4still here");
});

claim("clients of both revisions are served side by side", async () => {
  await using server = await start();
  await using old = await OldSession.start(server.url);
  await using present = await PollingSession.start(server.url);
  await old.post(bytesPayload("4old", Uint8Array.of(4, 1)));
  await present.post("4present\x1ebAQ==");
  assertEquals(await old.receiveMany(2), ["4old", Uint8Array.of(4, 1)]);
  assertEquals(await present.receiveMany(2), ["4present", "bAQ=="]);
  assertEquals(await server.sessions(), 2);
});

claim("revision 4 has no bytes in the body of a POST", async () => {
  await using server = await start();
  await using session = await PollingSession.start(server.url);
  const { status } = await session.post(Uint8Array.of(1, 1, 255, 4), {
    headers: { "content-type": "application/octet-stream" },
  });
  assertEquals(status, 400);
  await server.reported("close", { reason: "transport error" });
});

const BAD_PAYLOADS: Record<string, OldPacket> = {
  "nothing at all": "",
  "no length": "4hello",
  "no length before the colon": ":4",
  "a length beyond the end": "6:4hi",
  "a huge length": "99999999999999999999999999:4hi",
  "a negative length": "-1:4hi",
  "a fractional length": "1.5:4hi",
  "a length that is no number": "NaN:4hi",
  "an infinite length": "Infinity:4hi",
  "a length without a packet": "2",
  "an unknown type": "2:9x",
  "a letter for a type": "2:xx",
  "bytes without the end of a length": Uint8Array.of(0, 1, 1, 1),
  "a length of nothing but digits": new Uint8Array(400).fill(1),
  "text that is not UTF-8": Uint8Array.of(0, 3, 255, 52, 0xc3, 0x28),
  "an empty text among bytes": Uint8Array.of(0, 0, 255),
};

for (const [name, payload] of Object.entries(BAD_PAYLOADS)) {
  claim(`a payload with ${name} ends the session`, async () => {
    await using server = await start();
    await using session = await OldSession.start(server.url);
    await session.post(payload);
    const { reason } = await server.reported("close", { sid: session.sid });
    assertEquals(reason, "parse error");
    assertEquals((await session.get()).status, 400);
    assertEquals(await server.sessions(), 0);
  });
}

const STRICT_PAYLOADS: Record<string, OldPacket> = {
  "a length in hexadecimal": "0x2:4x",
  "a length with an exponent": "2e0:4x",
  "a blank before a length": " 2:4x",
  "text beyond the end": Uint8Array.of(0, 9, 255, 52),
  "an unknown kind": Uint8Array.of(2, 2, 255, 4, 1),
  "a digit above nine": Uint8Array.of(0, 12, 255, 52),
  "bytes of no type": Uint8Array.of(1, 0, 255),
  "bytes of an unknown type": Uint8Array.of(1, 2, 255, 9, 1),
  "bytes that are a ping": Uint8Array.of(1, 1, 255, 2),
  "base64 of an unknown type": "5:bAQID",
  "base64 that is none": "4:b4?!",
  "bytes beyond the end": Uint8Array.of(1, 9, 255, 4, 1),
};

for (const [name, payload] of Object.entries(STRICT_PAYLOADS)) {
  claim(`a payload with ${name} ends the session`, async () => {
    await using server = await start();
    await using session = await OldSession.start(server.url);
    await session.post(payload);
    const { reason } = await server.reported("close", { sid: session.sid });
    assertEquals(reason, "parse error");
  });
}

claim("the packets before an invalid one are delivered", async () => {
  await using server = await start();
  await using session = await OldSession.start(server.url);
  await session.post(textPayload("4!note") + "nonsense");
  await server.reported("note", { sid: session.sid });
  await server.reported("close", { reason: "parse error" });
});

claim("bytes over maxHttpBufferSize are refused with 413", async () => {
  await using server = await start({ maxHttpBufferSize: 100 });
  await using session = await OldSession.start(server.url);
  assertEquals((await session.post(new Uint8Array(101))).status, 413);
  await session.send("4still here");
  assertEquals(await session.receive(), "4still here");
});

claim(
  "a WebSocket message over maxHttpBufferSize closes with 1009",
  async () => {
    await using server = await start({ maxHttpBufferSize: 100 });
    await using socket = await openWebSocket(server);
    const full = new Uint8Array(100).fill(4);
    socket.send(full);
    assertEquals(await socket.receive(), full);
    socket.send(new Uint8Array(101).fill(4));
    assertEquals((await socket.closed).code, 1009);
  },
);
