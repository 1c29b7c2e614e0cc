import { assert, assertEquals } from "@std/assert";
import { type RunningServer, target } from "../_support/target.ts";
import {
  encodeFrame,
  endpoint,
  parseOpen,
  PollingSession,
  requestUpgrade,
  SEPARATOR,
  WireSocket,
} from "../_support/wire.ts";
import { suite } from "./cases.ts";

const claim = suite("engine_messages");

/** Opens a session on WebSocket and takes the open packet. */
async function startWebSocket(server: RunningServer): Promise<WireSocket> {
  const socket = await WireSocket.open(
    endpoint(server.url, { transport: "websocket" }),
  );
  parseOpen(await socket.receive());
  return socket;
}

const TEXTS: Record<string, string> = {
  "plain text": "hello",
  "nothing": "",
  "text beyond ASCII": "utf8 — string: 你好, 🦕, ß",
  "characters of the grammar": "4b\n0{}\\x1e\u001f",
  "a digit": "2probe",
  "a null character": "a\0b",
};

for (const [name, text] of Object.entries(TEXTS)) {
  claim(`polling carries ${name} both ways`, async () => {
    await using server = await target.startEngine();
    await using session = await PollingSession.start(server.url);
    await session.post(`4${text}`);
    assertEquals(await session.receive(), `4${text}`);
  });

  claim(`WebSocket carries ${name} both ways`, async () => {
    await using server = await target.startEngine();
    await using socket = await startWebSocket(server);
    socket.send(`4${text}`);
    assertEquals(await socket.receive(), `4${text}`);
  });
}

claim("the answer to a POST is ok as plain text of two bytes", async () => {
  await using server = await target.startEngine();
  await using session = await PollingSession.start(server.url);
  const { status, headers, body } = await session.post("4hi");
  assertEquals([status, body], [200, "ok"]);
  assertEquals(headers.get("content-type")?.split(";")[0], "text/plain");
  assertEquals(headers.get("content-length"), "2");
});

claim("a polling payload is UTF-8 text", async () => {
  await using server = await target.startEngine();
  await using session = await PollingSession.start(server.url);
  await session.post("4hi");
  const { headers } = await session.get();
  assertEquals(
    headers.get("content-type")?.toLowerCase().replaceAll(" ", ""),
    "text/plain;charset=utf-8",
  );
});

claim("polling carries binary data as padded base64 both ways", async () => {
  await using server = await target.startEngine();
  await using session = await PollingSession.start(server.url);
  const packets = ["bAQIDBA==", "b+/8=", "bAQID"];
  await session.post(packets.join(SEPARATOR));
  assertEquals(await session.receiveMany(3), packets);
});

claim("WebSocket carries binary data as frames without a prefix", async () => {
  await using server = await target.startEngine();
  await using socket = await startWebSocket(server);
  socket.send(Uint8Array.of(4, 0, 255), Uint8Array.of(98));
  assertEquals(await socket.receiveMany(2), [
    Uint8Array.of(4, 0, 255),
    Uint8Array.of(98),
  ]);
});

claim("an empty binary frame is an empty message", async () => {
  await using server = await target.startEngine();
  await using socket = await startWebSocket(server);
  socket.send(new Uint8Array(), "4next");
  assertEquals(await socket.receiveMany(2), [new Uint8Array(), "4next"]);
});

claim("text and binary keep their order on WebSocket", async () => {
  await using server = await target.startEngine();
  await using socket = await startWebSocket(server);
  const messages = Array.from(
    { length: 200 },
    (_, i) => i % 2 === 0 ? `4${i}` : Uint8Array.of(i),
  );
  socket.send(...messages);
  assertEquals(await socket.receiveMany(200), messages);
});

claim("several packets of one payload are read in order", async () => {
  await using server = await target.startEngine();
  await using session = await PollingSession.start(server.url);
  const packets = ["4one", "bAQID", "4", "4four", "bBA=="];
  await session.post(packets.join(SEPARATOR));
  assertEquals(await session.receiveMany(5), packets);
});

claim("packets that wait for a poll come in one payload", async () => {
  await using server = await target.startEngine();
  await using session = await PollingSession.start(server.url);
  await session.post("4one");
  await session.post(["4two", "bAw=="].join(SEPARATOR));
  const { body } = await session.get();
  assertEquals(body, ["4one", "4two", "bAw=="].join(SEPARATOR));
});

claim("a held poll is answered by the first packet", async () => {
  await using server = await target.startEngine();
  await using session = await PollingSession.start(server.url);
  const held = await session.hold();
  await session.post("4ring");
  const { status, body } = await held.answer;
  assertEquals([status, body], [200, "4ring"]);
});

claim("sessions do not hear each other", async () => {
  await using server = await target.startEngine();
  await using one = await PollingSession.start(server.url);
  await using two = await startWebSocket(server);
  await one.post("4one");
  two.send("4two");
  assertEquals(await two.receive(), "4two");
  assertEquals((await one.get()).body, "4one");
});

claim("a large message passes in both directions", async () => {
  await using server = await target.startEngine();
  const packet = `4${"0123456789".repeat(99_999)}`;
  await using session = await PollingSession.start(server.url);
  await session.post(packet);
  assert(await session.receive() === packet, "over polling");
  await using socket = await startWebSocket(server);
  socket.send(packet);
  assert(await socket.receive() === packet, "over WebSocket");
});

claim("a poll is answered compressed or not, but readable", async () => {
  await using server = await target.startEngine();
  await using session = await PollingSession.start(server.url);
  const packet = `4${"squeeze ".repeat(2_000)}`;
  await session.post(packet);
  assertEquals(await session.receive(), packet); // fetch() offers gzip and br
});

claim("a message in many fragments is one message", async () => {
  await using server = await target.startEngine();
  const { connection } = await requestUpgrade(
    endpoint(server.url, { transport: "websocket" }),
  );
  using _ = connection;
  await connection.readFrame();
  await connection.write(encodeFrame(1, "4fr", { fin: false }));
  await connection.write(encodeFrame(0, "agm", { fin: false }));
  await connection.write(encodeFrame(9, "?"));
  await connection.write(encodeFrame(0, "ents"));
  const frames = [await connection.readFrame(), await connection.readFrame()];
  const text = frames.find((frame) => frame?.opcode === 1);
  assertEquals(new TextDecoder().decode(text?.payload), "4fragments");
});

const BAD_PACKETS: Record<string, string> = {
  "an unknown type": "abc",
  "a digit that is no type": "7",
  "nothing at all": "",
};

for (const [name, packet] of Object.entries(BAD_PACKETS)) {
  claim(`a polling payload with ${name} ends the session`, async () => {
    await using server = await target.startEngine();
    await using session = await PollingSession.start(server.url);
    await session.post(packet);
    const { reason } = await server.reported("close", { sid: session.sid });
    assertEquals(reason, "parse error");
    assertEquals((await session.get()).status, 400);
    assertEquals(await server.sessions(), 0);
  });

  claim(`a WebSocket message with ${name} ends the session`, async () => {
    await using server = await target.startEngine();
    await using socket = await startWebSocket(server);
    socket.send(packet);
    assertEquals(await socket.drain(), []);
    const { reason } = await server.reported("close");
    assertEquals(reason, "parse error");
    assertEquals(await server.sessions(), 0);
  });
}

claim("the packets before an invalid one are delivered", async () => {
  await using server = await target.startEngine();
  await using session = await PollingSession.start(server.url);
  await using other = await PollingSession.start(server.url);
  await session.post(["4!note", "abc", "4!close"].join(SEPARATOR));
  await server.reported("note", { sid: session.sid });
  const { reason } = await server.reported("close", { sid: session.sid });
  assertEquals(reason, "parse error");
  await other.post("4well");
  assertEquals(await other.receive(), "4well");
});

claim(
  "a held poll is answered when an invalid packet ends the session",
  async () => {
    await using server = await target.startEngine();
    await using session = await PollingSession.start(server.url);
    const held = await session.hold();
    await session.post("abc");
    const { status, body } = await held.answer;
    assertEquals([status, body], [200, "1"]);
  },
);

for (const transport of ["polling", "websocket"] as const) {
  claim(`a ping from the client ends a ${transport} session`, async () => {
    await using server = await target.startEngine();
    if (transport === "polling") {
      await using session = await PollingSession.start(server.url);
      await session.post("2");
      await server.reported("close", {
        sid: session.sid,
        reason: "transport error",
      });
      assertEquals((await session.get()).status, 400);
    } else {
      await using socket = await startWebSocket(server);
      socket.send("2");
      assertEquals(await socket.drain(), []);
      await server.reported("close", { reason: "transport error" });
    }
    assertEquals(await server.sessions(), 0);
  });
}

claim("a pong that nobody asked for is harmless", async () => {
  await using server = await target.startEngine();
  await using socket = await startWebSocket(server);
  socket.send("3", "3x", "4still here");
  assertEquals(await socket.receive(), "4still here");
});

for (const packet of ["0", "5", "6"]) {
  claim(
    `packet ${packet} from the client is ignored on an open session`,
    async () => {
      await using server = await target.startEngine();
      await using socket = await startWebSocket(server);
      socket.send(packet, "4still here");
      assertEquals(await socket.receive(), "4still here");
    },
  );
}

claim(
  "a WebSocket message over maxHttpBufferSize closes with 1009",
  async () => {
    await using server = await target.startEngine({ maxHttpBufferSize: 100 });
    await using socket = await startWebSocket(server);
    const full = `4${"x".repeat(99)}`;
    socket.send(full);
    assertEquals(await socket.receive(), full);
    socket.send(`4${"x".repeat(100)}`);
    assertEquals((await socket.closed).code, 1009);
    const { reason } = await server.reported("close");
    assertEquals(reason, "transport error");
    assertEquals(await server.sessions(), 0);
  },
);

claim(
  "a binary WebSocket message over maxHttpBufferSize closes with 1009",
  async () => {
    await using server = await target.startEngine({ maxHttpBufferSize: 100 });
    await using socket = await startWebSocket(server);
    socket.send(new Uint8Array(100));
    assertEquals(await socket.receive(), new Uint8Array(100));
    socket.send(new Uint8Array(101));
    assertEquals((await socket.closed).code, 1009);
  },
);
