import { assert, assertEquals } from "@std/assert";
import { type RunningServer, target } from "../_support/target.ts";
import {
  encodeFrame,
  endpoint,
  parseOpen,
  PollingSession,
  RawConnection,
  request,
  requestUpgrade,
  WireSocket,
} from "../_support/wire.ts";
import { suite } from "./cases.ts";

const claim = suite("engine_life");

/** Short enough to wait for; what a case waits for is the next event, never a time. */
const HEARTBEAT = { pingInterval: 300, pingTimeout: 200 };

async function startWebSocket(server: RunningServer) {
  const socket = await WireSocket.open(
    endpoint(server.url, { transport: "websocket" }),
  );
  const { sid } = parseOpen(await socket.receive());
  return { socket, sid };
}

/** A raw WebSocket session, whose open packet is read. */
async function startRawWebSocket(server: RunningServer) {
  const { connection } = await requestUpgrade(
    endpoint(server.url, { transport: "websocket" }),
  );
  const frame = await connection.readFrame();
  const { sid } = parseOpen(new TextDecoder().decode(frame?.payload));
  return { connection, sid };
}

async function assertEnded(server: RunningServer, sid: string, reason: string) {
  assertEquals((await server.reported("close", { sid })).reason, reason);
  assertEquals(await server.sessions(), 0);
}

claim("a polling session lives while its pings are answered", async () => {
  await using server = await target.startEngine(HEARTBEAT);
  await using session = await PollingSession.start(server.url);
  for (let i = 0; i < 3; i++) {
    assertEquals((await session.get()).body, "2");
    assertEquals((await session.post("3")).status, 200);
  }
  await session.post("4alive");
  assertEquals(await session.receive(), "4alive");
});

claim("a WebSocket session lives while its pings are answered", async () => {
  await using server = await target.startEngine(HEARTBEAT);
  const { socket } = await startWebSocket(server);
  await using _ = socket;
  for (let i = 0; i < 3; i++) {
    assertEquals(await socket.receive(), "2");
    socket.send("3");
  }
  socket.send("4alive");
  assertEquals(await socket.receive(), "4alive");
});

claim("a WebSocket session ends when a ping is not answered", async () => {
  await using server = await target.startEngine(HEARTBEAT);
  const { socket, sid } = await startWebSocket(server);
  await using _ = socket;
  assertEquals(await socket.drain(), ["2"]); // one ping, and no second before its pong
  await assertEnded(server, sid, "ping timeout");
});

claim("a polling session ends when a ping is not answered", async () => {
  await using server = await target.startEngine(HEARTBEAT);
  await using session = await PollingSession.start(server.url);
  assertEquals((await session.get()).body, "2");
  await assertEnded(server, session.sid, "ping timeout");
  const { status, body } = await session.get();
  assertEquals(
    [status, body],
    [400, JSON.stringify({ code: 1, message: "Session ID unknown" })],
  );
});

claim("a polling session ends when nobody polls for the ping", async () => {
  await using server = await target.startEngine(HEARTBEAT);
  await using session = await PollingSession.start(server.url);
  await assertEnded(server, session.sid, "ping timeout");
});

claim(
  "a poll held at the ping timeout is answered with a close packet",
  async () => {
    await using server = await target.startEngine(HEARTBEAT);
    await using session = await PollingSession.start(server.url);
    assertEquals((await session.get()).body, "2");
    const { status, body } = await session.get();
    assertEquals([status, body], [200, "1"]);
  },
);

claim("a close packet ends a polling session and frees its poll", async () => {
  await using server = await target.startEngine();
  await using session = await PollingSession.start(server.url);
  const held = await session.hold();
  const posted = await session.post("1");
  assertEquals([posted.status, posted.body], [200, "ok"]);
  const { status, body } = await held.answer;
  assertEquals([status, body], [200, "6"]);
  await assertEnded(server, session.sid, "transport close");
});

claim("nothing is served to a session that has ended", async () => {
  await using server = await target.startEngine();
  await using session = await PollingSession.start(server.url);
  await session.post("1");
  await assertEnded(server, session.sid, "transport close");
  const expected = [
    400,
    JSON.stringify({ code: 1, message: "Session ID unknown" }),
  ];
  for (
    const { status, body } of [
      await session.get(),
      await session.post("4late"),
      await request(session.url(), { method: "PUT" }),
    ]
  ) assertEquals([status, body], expected);
  const { connection, ...upgrade } = await requestUpgrade(
    session.url({ transport: "websocket" }),
  );
  connection.close();
  assertEquals([upgrade.status, upgrade.body], [400, "Session ID unknown"]);
});

claim("the packets before a close packet are delivered", async () => {
  await using server = await target.startEngine();
  await using session = await PollingSession.start(server.url);
  await session.post("4!note\x1e1");
  await server.reported("note", { sid: session.sid });
  await assertEnded(server, session.sid, "transport close");
});

claim("a close packet on WebSocket is ignored", async () => {
  await using server = await target.startEngine();
  const { socket } = await startWebSocket(server);
  await using _ = socket;
  socket.send("1", "4still here");
  assertEquals(await socket.receive(), "4still here");
});

for (const code of [undefined, 1000, 3999]) {
  claim(
    `closing the WebSocket with code ${code ?? "none"} ends its session`,
    async () => {
      await using server = await target.startEngine();
      const { socket, sid } = await startWebSocket(server);
      await using _ = socket;
      socket.close(code);
      await assertEnded(server, sid, "transport close");
    },
  );
}

claim("losing the WebSocket's connection ends its session", async () => {
  await using server = await target.startEngine();
  const { connection, sid } = await startRawWebSocket(server);
  connection.close();
  const { reason } = await server.reported("close", { sid });
  // A reset connection is an error on some systems, a closed one on others.
  assert(["transport close", "transport error"].includes(reason), reason);
  assertEquals(await server.sessions(), 0);
});

claim(
  "a frame that breaks the WebSocket protocol ends its session",
  async () => {
    await using server = await target.startEngine();
    const { connection, sid } = await startRawWebSocket(server);
    using _ = connection;
    await connection.write(encodeFrame(3, "reserved opcode"));
    await assertEnded(server, sid, "transport error");
    while (await connection.readFrame() !== undefined);
  },
);

claim("aborting a held poll ends its session", async () => {
  await using server = await target.startEngine();
  await using session = await PollingSession.start(server.url);
  const held = await session.hold();
  held.abort();
  await assertEnded(server, session.sid, "transport error");
});

claim("aborting a POST ends its session", async () => {
  await using server = await target.startEngine();
  await using session = await PollingSession.start(server.url);
  using connection = await RawConnection.connect(server.url);
  await connection.writeHead("POST", session.url(), [
    ["Content-Type", "text/plain;charset=UTF-8"],
    ["Content-Length", "10"],
    ["Expect", "100-continue"],
  ]);
  await connection.readResponse();
  await connection.write("4half");
  connection.close();
  await assertEnded(server, session.sid, "transport error");
});

claim(
  "closing a polling session answers its held poll with a close packet",
  async () => {
    await using server = await target.startEngine();
    await using session = await PollingSession.start(server.url);
    const held = await session.hold();
    await session.post("4!close");
    const { status, body } = await held.answer;
    assertEquals([status, body], [200, "1"]);
    await assertEnded(server, session.sid, "forced close");
  },
);

claim(
  "closing a polling session without a poll answers the next ones",
  async () => {
    await using server = await target.startEngine();
    await using session = await PollingSession.start(server.url);
    await session.post("4one\x1e4two\x1e4!close");
    assertEquals(await session.receiveMany(3), ["4one", "4two", "1"]);
    await assertEnded(server, session.sid, "forced close");
  },
);

claim("a close packet ends a session that is closing", async () => {
  await using server = await target.startEngine();
  await using session = await PollingSession.start(server.url);
  await session.post("4!close");
  await session.post("1");
  await server.reported("close", { sid: session.sid });
  assertEquals(await server.sessions(), 0);
});

claim("closing a WebSocket session sends what was written before", async () => {
  await using server = await target.startEngine();
  const { socket, sid } = await startWebSocket(server);
  await using _ = socket;
  socket.send("4one", "4two", "4!close", "4three");
  const messages = await socket.drain();
  assertEquals(messages.slice(0, 2), ["4one", "4two"]);
  await assertEnded(server, sid, "forced close");
});

claim("closing the server ends the sessions of both transports", async () => {
  await using server = await target.startEngine();
  await using session = await PollingSession.start(server.url);
  const { socket, sid } = await startWebSocket(server);
  await using _ = socket;
  const held = await session.hold();
  await server.stop();
  const { status, body } = await held.answer;
  assertEquals([status, body], [200, "1"]);
  await socket.closed;
  for (const id of [session.sid, sid]) {
    const { reason } = await server.reported("close", { sid: id });
    assertEquals(reason, "forced close");
  }
  assertEquals(await server.sessions(), 0);
});
