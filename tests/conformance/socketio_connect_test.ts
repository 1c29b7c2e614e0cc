import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { type RunningServer, target } from "../_support/target.ts";
import { PollingSession } from "../_support/wire.ts";
import {
  joinClient,
  openClient,
  readConnect,
  type WireClient,
} from "../_support/wire_socketio.ts";
import { suite } from "./cases.ts";

const claim = suite("socketio_connect");

/** Waits for the end of a connection that the server gave up. */
async function assertGivenUp(
  server: RunningServer,
  client: WireClient,
): Promise<void> {
  assertEquals(await client.drain(), []);
  await server.reported("close", {
    sid: client.engineSid,
    reason: "forced close",
  });
  assertEquals(await server.sessions(), 0);
}

async function assertEchoes(client: WireClient, namespace = ""): Promise<void> {
  const prefix = namespace === "" ? "42" : `42${namespace},`;
  client.send(`${prefix}["echo","still here"]`);
  assertEquals(await client.receive(), `${prefix}["echo","still here"]`);
}

claim("CONNECT is answered with the ID of the socket", async () => {
  await using server = await target.startSocketIo("basic");
  await using client = await openClient(server);
  client.send("40");
  const sid = readConnect(await client.receive());
  assertMatch(sid, /^[A-Za-z0-9_-]{20}$/);
  assertNotEquals(sid, client.engineSid);
});

claim("CONNECT over polling is answered in the next payload", async () => {
  await using server = await target.startSocketIo("basic");
  await using session = await PollingSession.start(server.url);
  await session.post("40\x1e40/custom,");
  const answers = await session.receiveMany(2);
  assertNotEquals(readConnect(answers[0]), readConnect(answers[1], "/custom"));
});

claim("the payload of CONNECT is the handshake's auth", async () => {
  await using server = await target.startSocketIo("basic");
  await using client = await openClient(server);
  await client.join("/", { token: "123", list: [1, { a: null }] });
  client.send('420["auth"]');
  assertEquals(
    await client.receive(),
    '430[{"token":"123","list":[1,{"a":null}]}]',
  );
});

claim("without a payload the handshake's auth is empty", async () => {
  await using server = await target.startSocketIo("basic");
  await using client = await joinClient(server);
  client.send('420["auth"]');
  assertEquals(await client.receive(), "430[{}]");
});

const CUSTOM: Record<string, string> = {
  "with a comma": "40/custom,",
  "without a comma": "40/custom",
  "with a payload": '40/custom,{"token":"123"}',
};
for (const [name, packet] of Object.entries(CUSTOM)) {
  claim(`CONNECT to a namespace ${name} is answered in it`, async () => {
    await using server = await target.startSocketIo("basic");
    await using client = await openClient(server);
    client.send(packet);
    readConnect(await client.receive(), "/custom");
    client.send('42/custom,0["auth"]');
    const auth = name === "with a payload" ? { token: "123" } : {};
    assertEquals(
      await client.receive(),
      `43/custom,0[${JSON.stringify(auth)}]`,
    );
  });
}

claim("the main namespace may be named", async () => {
  await using server = await target.startSocketIo("basic");
  await using client = await openClient(server);
  client.send("40/,");
  readConnect(await client.receive());
  client.send('42/,["echo",1]');
  assertEquals(await client.receive(), '42["echo",1]');
});

claim("a namespace may have any letters", async () => {
  await using server = await target.startSocketIo("basic");
  await using client = await openClient(server);
  await client.join("/ünï");
  await assertEchoes(client, "/ünï");
});

claim("namespaces share a connection, each with its own ID", async () => {
  await using server = await target.startSocketIo("basic");
  await using client = await openClient(server);
  const ids = [
    await client.join(),
    await client.join("/custom"),
    await client.join("/dyn-7"),
  ];
  assertEquals(new Set(ids).size, 3);
  await assertEchoes(client);
  await assertEchoes(client, "/custom");
  await assertEchoes(client, "/dyn-7");
});

for (
  const namespace of [
    "/unknown",
    "/custom/",
    "/dyn-x",
    "/custom?token=1",
    "/CUSTOM",
  ]
) {
  claim(
    `CONNECT to ${namespace} is refused as an invalid namespace`,
    async () => {
      await using server = await target.startSocketIo("basic");
      await using client = await openClient(server);
      client.send(`40${namespace},`);
      assertEquals(
        await client.receive(),
        `44${namespace},{"message":"Invalid namespace"}`,
      );
      await client.join(); // the connection lives on
    },
  );
}

const INVALID_HANDSHAKES: Record<string, string | Uint8Array<ArrayBuffer>> = {
  "is no packet": "4abc",
  "is an event": '42["echo"]',
  "is an acknowledgement": "430[]",
  "is a DISCONNECT": "41",
  "is a CONNECT_ERROR": '44{"message":"no"}',
  "is a message without a packet": "4",
  "is binary": Uint8Array.of(1, 2, 3),
  "has a namespace without a slash": "40custom",
  "has a text as payload": '40"text"',
  "has a list as payload": "40[]",
  "has null as payload": "40null",
  "has broken JSON": '40{"a":',
};
for (const [name, packet] of Object.entries(INVALID_HANDSHAKES)) {
  claim(`a first packet that ${name} ends the connection`, async () => {
    await using server = await target.startSocketIo("basic");
    await using client = await openClient(server);
    client.send(packet);
    await assertGivenUp(server, client);
  });
}

claim("a first packet that is invalid ends a polling session", async () => {
  await using server = await target.startSocketIo("basic");
  await using session = await PollingSession.start(server.url);
  await session.post("4abc");
  assertEquals((await session.get()).body.split("\x1e").at(-1), "1");
  await server.reported("close", { sid: session.sid });
  assertEquals(await server.sessions(), 0);
});

claim(
  "a connection that joins nothing within connectTimeout is ended",
  async () => {
    await using server = await target.startSocketIo("basic", {
      connectTimeout: 200,
    });
    await using joined = await joinClient(server);
    await using silent = await openClient(server);
    await using refused = await openClient(server);
    refused.send("40/unknown,");
    await refused.receive();
    for (const client of [silent, refused]) {
      assertEquals(await client.drain(), []);
      await server.reported("close", { sid: client.engineSid });
    }
    await assertEchoes(joined);
    assertEquals(await server.sessions(), 1);
  },
);

claim("DISCONNECT leaves one namespace", async () => {
  await using server = await target.startSocketIo("basic");
  await using client = await openClient(server);
  const id = await client.join();
  await client.join("/custom");
  client.send("41");
  const { reason } = await server.reported("disconnect", { id });
  assertEquals(reason, "client namespace disconnect");
  await assertEchoes(client, "/custom");
});

for (const packet of ["41/custom,", "41/custom"]) {
  claim(`${packet} leaves the namespace and no other`, async () => {
    await using server = await target.startSocketIo("basic");
    await using client = await openClient(server);
    await client.join();
    const id = await client.join("/custom");
    client.send(packet);
    const { reason } = await server.reported("disconnect", { id });
    assertEquals(reason, "client namespace disconnect");
    await assertEchoes(client);
  });
}

claim("a namespace that was left can be joined again", async () => {
  await using server = await target.startSocketIo("basic");
  await using client = await openClient(server);
  const ids = new Set<string>();
  for (let i = 0; i < 3; i++) {
    const id = await client.join("/custom");
    ids.add(id);
    await assertEchoes(client, "/custom");
    client.send("41/custom,");
    await server.reported("disconnect", { id });
  }
  assertEquals(ids.size, 3);
  assertEquals(await server.sessions(), 1);
});

claim("a refused namespace can be asked for again", async () => {
  await using server = await target.startSocketIo("middleware");
  await using client = await openClient(server);
  client.send('40/by-token,{"token":"bad"}');
  assertEquals(
    await client.receive(),
    '44/by-token,{"message":"Bad token bad"}',
  );
  await client.join("/by-token", { token: "good" });
  assertEquals(await client.receive(), '42/by-token,["welcome"]');
});

claim("an event after leaving its namespace ends the connection", async () => {
  await using server = await target.startSocketIo("basic");
  await using client = await openClient(server);
  await client.join("/custom");
  const id = await client.join();
  client.send("41");
  await server.reported("disconnect", { id });
  client.send('42["echo"]');
  await assertGivenUp(server, client);
});

const STRAY = [
  '42/custom,["echo"]',
  "43/custom,0[]",
  "41/custom,",
  '42/unknown,["x"]',
];
for (const packet of STRAY) {
  claim(
    `${packet} for a namespace never joined ends the connection`,
    async () => {
      await using server = await target.startSocketIo("basic");
      await using client = await joinClient(server);
      client.send(packet);
      await assertGivenUp(server, client);
    },
  );
}

for (const namespace of ["", "/custom,"]) {
  claim(
    `a second CONNECT to ${namespace || "/"} ends the connection`,
    async () => {
      await using server = await target.startSocketIo("basic");
      await using client = await joinClient(server);
      if (namespace !== "") await client.join("/custom");
      client.send(`40${namespace}`);
      await assertGivenUp(server, client);
    },
  );
}

claim("a CONNECT_ERROR from the client ends the connection", async () => {
  await using server = await target.startSocketIo("basic");
  await using client = await joinClient(server);
  client.send('44{"message":"no"}');
  await assertGivenUp(server, client);
});

claim(
  "giving a connection up is a forced server close to its sockets",
  async () => {
    await using server = await target.startSocketIo("basic");
    for (const packet of ["40", '42/custom,["echo"]', '44{"message":"no"}']) {
      await using client = await openClient(server);
      const id = await client.join();
      client.send(packet);
      const { reason } = await server.reported("disconnect", { id });
      assertEquals(reason, "forced server close", packet);
    }
  },
);

claim("an invalid packet is a forced close to the sockets", async () => {
  await using server = await target.startSocketIo("basic");
  await using client = await openClient(server);
  const id = await client.join();
  client.send("4abc");
  const { reason } = await server.reported("disconnect", { id });
  assertEquals(reason, "forced close");
});

claim(
  "an invalid Engine.IO packet is a parse error to the sockets",
  async () => {
    await using server = await target.startSocketIo("basic");
    await using client = await openClient(server);
    const id = await client.join();
    client.send("abc");
    const { reason } = await server.reported("disconnect", { id });
    assertEquals(reason, "parse error");
  },
);

claim(
  "a missing pong is a ping timeout to the sockets of all namespaces",
  async () => {
    await using server = await target.startSocketIo("basic", {
      pingInterval: 300,
      pingTimeout: 200,
    });
    await using client = await openClient(server);
    const ids = [await client.join(), await client.join("/custom")];
    for (const id of ids) {
      const { reason } = await server.reported("disconnect", { id });
      assertEquals(reason, "ping timeout");
    }
  },
);

claim("a client that goes is a transport close to the sockets", async () => {
  await using server = await target.startSocketIo("basic");
  await using client = await openClient(server);
  const id = await client.join();
  client.socket.close();
  const { reason } = await server.reported("disconnect", { id });
  assertEquals(reason, "transport close");
});

claim("the server disconnects a socket with a packet", async () => {
  await using server = await target.startSocketIo("basic");
  await using client = await openClient(server);
  await client.join();
  const id = await client.join("/custom");
  client.send('42/custom,["leave",false]');
  assertEquals(await client.receive(), "41/custom,");
  const { reason } = await server.reported("disconnect", { id });
  assertEquals(reason, "server namespace disconnect");
  await assertEchoes(client);
});

claim("disconnect(true) ends the whole connection", async () => {
  await using server = await target.startSocketIo("basic");
  await using client = await openClient(server);
  const ids = [await client.join(), await client.join("/custom")];
  client.send('42/custom,["leave",true]');
  assertEquals((await client.drain()).sort(), ["41", "41/custom,"]);
  for (const id of ids) {
    const { reason } = await server.reported("disconnect", { id });
    assertEquals(reason, "server namespace disconnect");
  }
  assertEquals(await server.sessions(), 0);
});

claim(
  "packets for a namespace that the server just left are ignored",
  async () => {
    await using server = await target.startSocketIo("basic");
    await using client = await joinClient(server);
    client.send('42["leave",false]');
    assertEquals(await client.receive(), "41");
    client.send('42["echo","crossed"]', "430[]", "41");
    await client.join();
    await assertEchoes(client);
  },
);

claim("a namespace that the server left can be joined again", async () => {
  await using server = await target.startSocketIo("basic");
  await using client = await joinClient(server);
  client.send('42["leave",false]');
  assertEquals(await client.receive(), "41");
  await client.join();
  await assertEchoes(client);
});

claim(
  "closing the server is a shutdown to the sockets of all namespaces",
  async () => {
    await using server = await target.startSocketIo("basic");
    await using client = await openClient(server);
    const ids = [await client.join(), await client.join("/custom")];
    await server.stop();
    assertEquals(await client.drain(), []);
    for (const id of ids) {
      const { reason } = await server.reported("disconnect", { id });
      assertEquals(reason, "server shutting down");
    }
    assertEquals(await server.sessions(), 0);
  },
);

claim("an error of a middleware is sent with its data", async () => {
  await using server = await target.startSocketIo("middleware");
  await using client = await joinClient(server);
  client.send("40/refused,");
  assertEquals(
    await client.receive(),
    '44/refused,{"message":"Not you","data":{"code":42,"of":[1]}}',
  );
  client.send("40/refused-plainly,");
  assertEquals(await client.receive(), '44/refused-plainly,{"message":"No"}');
  await assertEchoes(client);
});

claim("an event for a refused namespace ends the connection", async () => {
  await using server = await target.startSocketIo("middleware");
  await using client = await joinClient(server);
  client.send("40/refused,");
  await client.receive();
  client.send('42/refused,["echo"]');
  await assertGivenUp(server, client);
});

claim("no event comes before the answer to CONNECT", async () => {
  await using server = await target.startSocketIo("middleware");
  await using client = await openClient(server);
  client.send("40/early,");
  readConnect(await client.receive(), "/early");
  assertEquals(await client.receiveMany(3), [
    '451-/early,["early",{"_placeholder":true,"num":0}]',
    Uint8Array.of(1),
    '42/early,["late",2]',
  ]);
});

claim("CONNECT is answered when the middlewares have passed", async () => {
  await using server = await target.startSocketIo("middleware");
  await using client = await joinClient(server);
  client.send("40/held,");
  await server.reported("held");
  await assertEchoes(client); // before any answer
  client.send('427["release"]');
  readConnect(await client.receive(), "/held");
  assertEquals(await client.receive(), "437[1]");
});

claim(
  "a second CONNECT while the first is in a middleware takes its place",
  async () => {
    await using server = await target.startSocketIo("middleware");
    await using client = await joinClient(server);
    client.send("40/held,");
    await server.reported("held");
    client.send("40/held,");
    await server.reported("held");
    client.send('427["release"]');
    readConnect(await client.receive(), "/held");
    assertEquals(await client.receive(), "437[1]");
    await assertEchoes(client);
  },
);

claim("a namespace that takes time to find is joined then", async () => {
  await using server = await target.startSocketIo("middleware");
  await using client = await joinClient(server);
  client.send("40/looked-up,");
  await server.reported("held");
  await assertEchoes(client); // before any answer
  client.send('427["release"]');
  const answers = await client.receiveMany(2);
  readConnect(
    answers.find((answer) => String(answer).startsWith("40")),
    "/looked-up",
  );
});

claim(
  "a second CONNECT while the first is looked up takes its place",
  async () => {
    await using server = await target.startSocketIo("middleware");
    await using client = await joinClient(server);
    client.send("40/looked-up,");
    await server.reported("held");
    client.send("40/looked-up,");
    await server.reported("held");
    client.send('427["release"]');
    const answers = await client.receiveMany(2);
    readConnect(
      answers.find((answer) => String(answer).startsWith("40")),
      "/looked-up",
    );
    await assertEchoes(client);
  },
);

claim("a client that goes while in a middleware does not join", async () => {
  await using server = await target.startSocketIo("middleware");
  await using other = await joinClient(server);
  {
    await using client = await openClient(server);
    client.send("40/held,");
    await server.reported("held");
    client.socket.close();
    await server.reported("close", { sid: client.engineSid });
  }
  other.send('427["release"]');
  assertEquals(await other.receive(), "437[0]");
  assertEquals(await server.sessions(), 1);
});
