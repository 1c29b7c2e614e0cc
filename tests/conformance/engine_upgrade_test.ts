import { assert, assertEquals } from "@std/assert";
import { type RunningServer, target } from "../_support/target.ts";
import {
  PollingSession,
  request,
  requestUpgrade,
  WireSocket,
} from "../_support/wire.ts";
import { suite } from "./cases.ts";

const claim = suite("engine_upgrade");

/** What ends a probe in these cases is not the time that it takes. */
const PATIENT = { upgradeTimeout: 60_000 };

/** Opens the WebSocket and has the probe answered. */
async function probe(session: PollingSession): Promise<WireSocket> {
  const socket = await WireSocket.open(session.url({ transport: "websocket" }));
  socket.send("2probe");
  assertEquals(await socket.receive(), "3probe");
  return socket;
}

/** Brings a session onto a WebSocket. */
async function upgrade(
  server: RunningServer,
  session: PollingSession,
): Promise<WireSocket> {
  const socket = await probe(session);
  socket.send("5");
  await server.reported("upgrade", { sid: session.sid });
  return socket;
}

async function assertPolls(
  session: PollingSession,
  text: string,
): Promise<void> {
  await session.post(`4${text}`);
  assertEquals(await session.receive(), `4${text}`);
}

async function assertEchoes(socket: WireSocket, text: string): Promise<void> {
  socket.send(`4${text}`);
  assertEquals(await socket.receive(), `4${text}`);
}

claim("a polling session is upgraded to WebSocket", async () => {
  await using server = await target.startEngine(PATIENT);
  await using session = await PollingSession.start(server.url);
  await using socket = await upgrade(server, session);
  await assertEchoes(socket, "hello");
  assertEquals(await server.sessions(), 1);
});

claim("a poll held during the upgrade is freed with a noop", async () => {
  await using server = await target.startEngine(PATIENT);
  await using session = await PollingSession.start(server.url);
  const held = await session.hold();
  await using socket = await probe(session);
  const { status, body } = await held.answer;
  assertEquals([status, body], [200, "6"]);
  socket.send("5");
  await assertEchoes(socket, "hello");
});

claim("a poll held when the upgrade completes is answered", async () => {
  await using server = await target.startEngine(PATIENT);
  await using session = await PollingSession.start(server.url);
  const held = await session.hold();
  await using socket = await probe(session);
  socket.send("5");
  const { status, body } = await held.answer;
  assertEquals(status, 200);
  assert(["1", "6"].includes(body), body);
  await assertEchoes(socket, "hello");
});

claim("every poll during the upgrade gets a noop", async () => {
  await using server = await target.startEngine(PATIENT);
  await using session = await PollingSession.start(server.url);
  await using socket = await probe(session);
  for (let i = 0; i < 3; i++) {
    const { status, body } = await session.get();
    assertEquals([status, body], [200, "6"]);
  }
  socket.send("5");
  await assertEchoes(socket, "hello");
});

claim("polls after the upgrade are refused with code 3", async () => {
  await using server = await target.startEngine(PATIENT);
  await using session = await PollingSession.start(server.url);
  await using socket = await upgrade(server, session);
  const refusal = JSON.stringify({ code: 3, message: "Bad request" });
  for (
    const { status, body } of [await session.get(), await session.post("4x")]
  ) {
    assertEquals([status, body], [400, refusal]);
  }
  await assertEchoes(socket, "hello");
});

claim("a WebSocket after the upgrade is closed without a message", async () => {
  await using server = await target.startEngine(PATIENT);
  await using session = await PollingSession.start(server.url);
  await using socket = await upgrade(server, session);
  await using late = await WireSocket.open(
    session.url({ transport: "websocket" }),
  );
  assertEquals(await late.drain(), []);
  await assertEchoes(socket, "hello");
});

claim(
  "a second WebSocket during the upgrade is closed without a message",
  async () => {
    await using server = await target.startEngine(PATIENT);
    await using session = await PollingSession.start(server.url);
    await using socket = await probe(session);
    await using second = await WireSocket.open(
      session.url({ transport: "websocket" }),
    );
    assertEquals(await second.drain(), []);
    socket.send("5");
    await assertEchoes(socket, "hello");
  },
);

claim("packets that were not polled come first on the WebSocket", async () => {
  await using server = await target.startEngine(PATIENT);
  await using session = await PollingSession.start(server.url);
  await session.post("4one\x1ebAgI=\x1e4three");
  await using socket = await upgrade(server, session);
  socket.send("4four");
  assertEquals(await socket.receiveMany(4), [
    "4one",
    Uint8Array.of(2, 2),
    "4three",
    "4four",
  ]);
});

claim("packets that follow the upgrade packet at once are read", async () => {
  await using server = await target.startEngine(PATIENT);
  await using session = await PollingSession.start(server.url);
  await using socket = await probe(session);
  socket.send("5", "4one", "4two", Uint8Array.of(3));
  assertEquals(await socket.receiveMany(3), ["4one", "4two", Uint8Array.of(3)]);
});

claim("polling works on while the probe is under way", async () => {
  await using server = await target.startEngine(PATIENT);
  await using session = await PollingSession.start(server.url);
  await using socket = await probe(session);
  await assertPolls(session, "during");
  socket.send("5");
  await assertEchoes(socket, "after");
});

claim("no message is lost or reordered by an upgrade", async () => {
  await using server = await target.startEngine(PATIENT);
  await using session = await PollingSession.start(server.url);
  const count = 400;
  const received: (string | Uint8Array)[] = [];

  /** Polls until told to stop, and sees the last poll out, as clients do. */
  let polling = true;
  const polls = (async () => {
    while (polling) {
      const { status, body } = await session.get();
      assertEquals(status, 200);
      received.push(...body.split("\x1e").filter((packet) => packet !== "6"));
    }
  })();

  await session.post(`4!volley ${count}`);
  let sent = 0;
  const socket = await WireSocket.open(session.url({ transport: "websocket" }));
  await using _ = socket;
  for (; sent < 40; sent++) await session.post(`4echo ${sent}`);
  socket.send("2probe");
  for (; sent < 80; sent++) await session.post(`4echo ${sent}`);
  assertEquals(await socket.receive(), "3probe");
  for (; sent < 120; sent++) await session.post(`4echo ${sent}`);
  polling = false;
  await polls;
  socket.send("5");
  for (; sent < count; sent++) socket.send(`4echo ${sent}`);
  while (received.length < 2 * count) received.push(await socket.receive());

  const numbered = (word: string) =>
    Array.from({ length: count }, (_, i) => `4${word} ${i}`);
  const of = (word: string) =>
    received.filter((packet) => String(packet).startsWith(`4${word} `));
  assertEquals(of("echo"), numbered("echo"));
  assertEquals(of("volley"), numbered("volley"));
});

claim(
  "a probe that is given up leaves polling usable, and another may follow",
  async () => {
    await using server = await target.startEngine(PATIENT);
    await using session = await PollingSession.start(server.url);
    {
      await using abandoned = await probe(session);
      abandoned.close();
      await abandoned.closed;
    }
    await assertPolls(session, "between");
    await using socket = await upgrade(server, session);
    await assertEchoes(socket, "after");
  },
);

claim("polls are held again after a probe that was given up", async () => {
  await using server = await target.startEngine(PATIENT);
  await using session = await PollingSession.start(server.url);
  {
    await using abandoned = await probe(session);
    abandoned.close();
    await abandoned.closed;
  }
  const held = await session.hold();
  await session.post("4ring");
  assertEquals((await held.answer).body, "4ring");
});

claim(
  "a WebSocket that leaves before its probe leaves polling usable",
  async () => {
    await using server = await target.startEngine(PATIENT);
    await using session = await PollingSession.start(server.url);
    {
      await using abandoned = await WireSocket.open(
        session.url({ transport: "websocket" }),
      );
      abandoned.close();
      await abandoned.closed;
    }
    await assertPolls(session, "between");
    await using socket = await upgrade(server, session);
    await assertEchoes(socket, "after");
  },
);

claim("a probe whose connection is lost leaves polling usable", async () => {
  await using server = await target.startEngine(PATIENT);
  await using session = await PollingSession.start(server.url);
  const { connection } = await requestUpgrade(
    session.url({ transport: "websocket" }),
  );
  connection.close();
  await assertPolls(session, "after");
  assertEquals(await server.sessions(), 1);
});

const STRAY: Record<string, string | Uint8Array<ArrayBuffer>> = {
  "a message": "4hello",
  "a ping without probe": "2",
  "a pong": "3probe",
  "a close packet": "1",
  "an unknown packet": "abc",
  "binary data": Uint8Array.of(1, 2),
};

for (const [name, packet] of Object.entries(STRAY)) {
  claim(`${name} instead of a probe closes the WebSocket alone`, async () => {
    await using server = await target.startEngine(PATIENT);
    await using session = await PollingSession.start(server.url);
    await using socket = await WireSocket.open(
      session.url({ transport: "websocket" }),
    );
    socket.send(packet);
    assertEquals(await socket.drain(), []);
    await assertPolls(session, "still polling");
  });
}

claim(
  "a message between probe and upgrade closes the WebSocket alone",
  async () => {
    await using server = await target.startEngine(PATIENT);
    await using session = await PollingSession.start(server.url);
    await using socket = await probe(session);
    socket.send("4too early");
    assertEquals(await socket.drain(), []);
    await assertPolls(session, "still polling");
  },
);

claim("upgradeTimeout closes a WebSocket that does not complete", async () => {
  await using server = await target.startEngine({ upgradeTimeout: 200 });
  await using session = await PollingSession.start(server.url);
  await using silent = await WireSocket.open(
    session.url({ transport: "websocket" }),
  );
  assertEquals(await silent.drain(), []);
  await using probed = await probe(session);
  assertEquals(await probed.drain(), []);
  await assertPolls(session, "still polling");
  await using socket = await upgrade(server, session);
  await assertEchoes(socket, "third time lucky");
});

claim("a close packet during the probe closes the WebSocket", async () => {
  await using server = await target.startEngine(PATIENT);
  await using session = await PollingSession.start(server.url);
  await using socket = await probe(session);
  await session.post("1");
  assertEquals(await socket.drain(), []);
  const { reason } = await server.reported("close", { sid: session.sid });
  assertEquals(reason, "transport close");
  assertEquals(await server.sessions(), 0);
});

claim("a ping timeout during the probe closes the WebSocket", async () => {
  await using server = await target.startEngine({
    ...PATIENT,
    pingInterval: 300,
    pingTimeout: 200,
  });
  await using session = await PollingSession.start(server.url);
  await using socket = await probe(session);
  assertEquals(await socket.drain(), []);
  const { reason } = await server.reported("close", { sid: session.sid });
  assertEquals(reason, "ping timeout");
  assertEquals(await server.sessions(), 0);
});

claim("closing the session during the probe closes the WebSocket", async () => {
  await using server = await target.startEngine(PATIENT);
  await using session = await PollingSession.start(server.url);
  await using socket = await probe(session);
  await session.post("4!close");
  assertEquals(await session.receive(), "1");
  await socket.drain();
  const { reason } = await server.reported("close", { sid: session.sid });
  assertEquals(reason, "forced close");
  assertEquals(await server.sessions(), 0);
});

claim("a session that is closing is closed by its upgrade", async () => {
  await using server = await target.startEngine(PATIENT);
  await using session = await PollingSession.start(server.url);
  await using socket = await probe(session);
  await session.post("4!close");
  socket.send("5");
  await socket.drain();
  const { reason } = await server.reported("close", { sid: session.sid });
  assertEquals(reason, "forced close");
  assertEquals(await server.sessions(), 0);
});

claim("the heartbeat goes on after an upgrade", async () => {
  await using server = await target.startEngine({
    pingInterval: 300,
    pingTimeout: 5_000,
  });
  await using session = await PollingSession.start(server.url);
  await using socket = await upgrade(server, session);
  for (let i = 0; i < 2; i++) {
    assertEquals(await socket.receive(), "2");
    socket.send("3");
  }
  assertEquals(await socket.receive(), "2");
});

claim("an upgraded session ends when a ping is not answered", async () => {
  await using server = await target.startEngine({
    pingInterval: 300,
    pingTimeout: 200,
  });
  await using session = await PollingSession.start(server.url);
  await using socket = await upgrade(server, session);
  assertEquals(await socket.drain(), ["2"]);
  const { reason } = await server.reported("close", { sid: session.sid });
  assertEquals(reason, "ping timeout");
});

claim("a ping that was polled must be answered after the upgrade", async () => {
  await using server = await target.startEngine({
    pingInterval: 300,
    pingTimeout: 500,
  });
  await using session = await PollingSession.start(server.url);
  assertEquals((await session.get()).body, "2");
  await using socket = await upgrade(server, session);
  assertEquals(await socket.drain(), []);
  const { reason } = await server.reported("close", { sid: session.sid });
  assertEquals(reason, "ping timeout");
});

claim("leaving an upgraded session ends it", async () => {
  await using server = await target.startEngine(PATIENT);
  await using session = await PollingSession.start(server.url);
  await using socket = await upgrade(server, session);
  socket.close();
  const { reason } = await server.reported("close", { sid: session.sid });
  assertEquals(reason, "transport close");
  const { status } = await request(session.url());
  assertEquals(status, 400);
});

claim("an upgrade leaves other sessions alone", async () => {
  await using server = await target.startEngine(PATIENT);
  await using one = await PollingSession.start(server.url);
  await using two = await PollingSession.start(server.url);
  await using socket = await upgrade(server, one);
  await assertPolls(two, "polling");
  await assertEchoes(socket, "upgraded");
  assertEquals(await server.sessions(), 2);
});
