import { assert, assertEquals } from "@std/assert";
import type { RunningServer } from "../_support/target.ts";
import { target } from "../_support/target_process.ts";
import {
  encodeFrame,
  endpoint,
  PollingSession,
  requestUpgrade,
} from "../_support/wire.ts";
import { assertEmpty, assertMemoryIsBack } from "../_support/wire_health.ts";
import {
  joinClient,
  joinPollingClient,
  openClient,
  openPollingClient,
  readConnect,
  type WireClient,
} from "../_support/wire_socketio.ts";
import { suite } from "./cases.ts";

const claim = suite("hostile_socketio");

/** Checks that a client on either transport is served, and no session is left after. */
async function assertServes(
  server: RunningServer,
  allowedGrowth?: number,
): Promise<void> {
  {
    await using client = await joinClient(server);
    client.send('421["ask",{}]', '42["echo","hello"]');
    assertEquals(await client.receiveMany(2), [
      "431[{}]",
      '42["echo","hello"]',
    ]);
    await using session = await PollingSession.start(server.url);
    await session.post("40");
    readConnect(await session.receive());
    await session.post('42["echo","hello"]');
    assertEquals(await session.receive(), '42["echo","hello"]');
  }
  await assertEmpty(server);
  await assertMemoryIsBack(server, allowedGrowth);
}

/** Checks that this connection is not ended. */
async function assertEchoes(client: WireClient): Promise<void> {
  client.send('42["echo","still here"]');
  assertEquals(await client.receive(), '42["echo","still here"]');
}

const DEEP = 100_000;
const nested = `${"[".repeat(DEEP)}${"]".repeat(DEEP)}`;
const nestedObject = `${'{"a":'.repeat(DEEP)}1${"}".repeat(DEEP)}`;
const TEN = Array.from(
  { length: 10 },
  (_, num) => JSON.stringify({ _placeholder: true, num }),
).join();

/** How clients of either transport come. */
const CLIENTS = {
  WebSocket: { openClient, joinClient },
  polling: { openClient: openPollingClient, joinClient: joinPollingClient },
};

/** Declares a case for each transport. */
function claimEach(
  name: string,
  run: (clients: typeof CLIENTS.polling) => Promise<void>,
): void {
  for (const [transport, clients] of Object.entries(CLIENTS)) {
    claim(`${name}, over ${transport}`, () => run(clients));
  }
}

/** Each is sent on a connection of its own, which may end or not. */
const PACKETS: Record<string, (string | Uint8Array<ArrayBuffer>)[]> = {
  "a count of 900,000 digits": [`45${"1".repeat(900_000)}-["ignore"]`],
  "a count of 900,000 digits without an end": [`45${"1".repeat(900_000)}`],
  "an ID of 900,000 digits": [`42${"1".repeat(900_000)}["ask"]`],
  "an ID of 900,000 digits without an event": [`42${"1".repeat(900_000)}`],
  "a namespace of 900,000 characters": [`40/${"a".repeat(900_000)},`],
  "a namespace of 900,000 characters without an end": [
    `42/${"a".repeat(900_000)}`,
  ],
  "an event name of 900,000 characters": [`42["${"a".repeat(900_000)}"]`],
  "an event of 400,000 values": [`42["ignore"${",1".repeat(400_000)}]`],
  "deep lists": [`42["ignore",${nested}]`],
  "deep objects": [`42["ignore",${nestedObject}]`],
  "a deep list without an end": [`42${"[".repeat(900_000)}`],
  "a deep acknowledgement": [`430[${nested}]`],
  "a deep auth": [`40/custom,${nestedObject}`],
  "deep lists with an attachment": [
    `451-["ignore",${nested}]`,
    Uint8Array.of(1),
  ],
  "deep objects with an attachment": [
    `451-["ignore",${nestedObject}]`,
    Uint8Array.of(1),
  ],
  "4,599,999 attachments": ['454599999-["ignore"]'],
  "attachments without an end": [
    '450-["ignore"]',
    ...Array.from({ length: 100 }, () => new Uint8Array(10_000)),
  ],
  "attachments that never come": [`4510-["ignore",${TEN}]`],
  "attachments that stop coming": [
    `4510-["ignore",${TEN}]`,
    ...Array.from({ length: 9 }, () => new Uint8Array(100_000)),
  ],
  "a placeholder named splice": [
    '451-["ignore",{"_placeholder":true,"num":"splice"}]',
    Uint8Array.of(1),
  ],
  "an event named by an object": ['42[{"toString":"x"}]'],
  "a spoofed newListener": ['42["newListener","connection"]'],
  "an empty message": ["4"],
  "a packet of spaces": ["4   "],
  "a packet of null characters": ["4\0\0\0"],
  "an ID of 400 digits": [`42${"9".repeat(400)}["ask"]`],
  "an acknowledgement of 400 digits": [`43${"9".repeat(400)}[]`],
  "a DISCONNECT twice": ["41", "41"],
  "a namespace that is a slash and a null character": ["40/\0,"],
  "a thousand slashes": [`40${"/".repeat(1_000)},`],
  "CONNECT with odd keys": [
    '40/custom,{"__proto__":{"polluted":1},"constructor":1,"toString":"x","then":1,"length":-1}',
  ],
  "CONNECT with recovery that is off": ['40/custom,{"pid":"a","offset":"b"}'],
  "CONNECT with a pid that is no text": ['40/custom,{"pid":{},"offset":[]}'],
};

for (const [name, messages] of Object.entries(PACKETS)) {
  claim(`${name} on WebSocket: the others are served`, async () => {
    await using server = await target.startSocketIo("basic");
    {
      await using client = await joinClient(server);
      client.send(...messages);
    }
    await assertServes(server);
  });

  claim(`${name} on polling: the others are served`, async () => {
    await using server = await target.startSocketIo("basic");
    {
      await using session = await PollingSession.start(server.url);
      await session.post("40");
      readConnect(await session.receive());
      const packets = messages.map((message) =>
        typeof message === "string" ? message : `b${message.toBase64()}`
      );
      // One at a time, since together they may be longer than one body may be.
      for (const packet of packets) {
        const { status } = await session.post(packet);
        assert([200, 400, 413].includes(status), `status ${status}`);
        if (status !== 200) break;
      }
    }
    await assertServes(server);
  });
}

claimEach(
  "an event named error is an event like others",
  async ({ openClient }) => {
    await using server = await target.startSocketIo("basic");
    {
      await using client = await openClient(server);
      const id = await client.join();
      client.send('42["error","x"]');
      const { args } = await server.reported("event", { id, name: "error" });
      assertEquals(args, ["x"]);
      await assertEchoes(client);
    }
    await assertServes(server);
  },
);

claimEach(
  "events with the names of methods are events like others",
  async ({ openClient }) => {
    await using server = await target.startSocketIo("basic");
    {
      await using client = await openClient(server);
      const id = await client.join();
      for (
        const name of [
          "__proto__",
          "constructor",
          "hasOwnProperty",
          "toString",
          "then",
          "emit",
          "connection",
          "",
        ]
      ) {
        client.send(`42${JSON.stringify([name, 1])}`);
        await server.reported("event", { id, name });
      }
      await assertEchoes(client);
    }
    await assertServes(server);
  },
);

claimEach("rooms may have the names of methods", async ({ joinClient }) => {
  await using server = await target.startSocketIo("basic");
  {
    await using client = await joinClient(server);
    for (const room of ["__proto__", "constructor", "toString", "", "0"]) {
      const packet = `42${JSON.stringify(["room", room])}`;
      client.send(packet);
      assertEquals(await client.receive(), packet);
    }
  }
  await assertServes(server);
});

claimEach(
  "namespaces with the names of methods do not exist",
  async ({ openClient }) => {
    await using server = await target.startSocketIo("basic");
    {
      await using client = await openClient(server);
      for (
        const name of ["__proto__", "constructor", "toString", "hasOwnProperty"]
      ) {
        client.send(`40/${name},`);
        assertEquals(
          await client.receive(),
          `44/${name},{"message":"Invalid namespace"}`,
        );
      }
      await client.join();
    }
    await assertServes(server);
  },
);

claimEach(
  "a key named __proto__ changes no other object",
  async ({ openClient }) => {
    await using server = await target.startSocketIo("basic");
    {
      await using client = await openClient(server);
      await client.join("/", { ["__proto__"]: { polluted: 1 } });
      client.send(
        '42["ignore",{"__proto__":{"polluted":1}}]',
        '451-["ignore",{"__proto__":{"polluted":1},"b":{"_placeholder":true,"num":0}}]',
        Uint8Array.of(1),
        '42["echo",{}]',
      );
      assertEquals(await client.receive(), '42["echo",{}]');
      // This process has the server in it, or has not: true either way.
      assertEquals("polluted" in {}, false);
    }
    await assertServes(server);
  },
);

claimEach(
  "5,000 CONNECTs to unknown namespaces are all refused",
  async ({ openClient }) => {
    await using server = await target.startSocketIo("basic");
    {
      await using client = await openClient(server);
      const names = Array.from({ length: 5_000 }, (_, i) => `/unknown-${i}`);
      client.send(...names.map((name) => `40${name},`));
      const expected = names.map((name) =>
        `44${name},{"message":"Invalid namespace"}`
      );
      assertEquals(await client.receiveMany(5_000), expected);
      await client.join();
      await assertEchoes(client);
    }
    await assertServes(server);
  },
);

claimEach(
  "2,000 namespaces from a pattern are all joined",
  async ({ openClient }) => {
    await using server = await target.startSocketIo("basic");
    {
      await using one = await openClient(server);
      await using two = await openClient(server);
      for (const [index, client] of [one, two].entries()) {
        const names = Array.from(
          { length: 1_000 },
          (_, i) => `/dyn-${1_000 * index + i}`,
        );
        client.send(...names.map((name) => `40${name},`));
        const answers = await client.receiveMany(1_000);
        names.forEach((name, i) => readConnect(answers[i], name));
        client.send(`42${names.at(-1)},["echo",1]`);
        assertEquals(await client.receive(), `42${names.at(-1)},["echo",1]`);
      }
    }
    await assertServes(server, 8 * 1024 * 1024); // so many empty ones stay
  },
);

claimEach(
  "10,000 events at once are all answered in order",
  async ({ joinClient }) => {
    await using server = await target.startSocketIo("basic");
    {
      await using client = await joinClient(server);
      const packets = Array.from(
        { length: 10_000 },
        (_, i) => `42["echo",${i}]`,
      );
      client.send(...packets);
      assertEquals(await client.receiveMany(10_000), packets);
    }
    await assertServes(server);
  },
);

claim("20,000 events in one payload are all answered in order", async () => {
  await using server = await target.startSocketIo("basic");
  {
    await using session = await PollingSession.start(server.url);
    await session.post("40");
    await session.receive();
    const packets = Array.from({ length: 20_000 }, (_, i) => `42["echo",${i}]`);
    await session.post(packets.join("\x1e"));
    assertEquals(await session.receiveMany(20_000), packets);
  }
  await assertServes(server);
});

claimEach(
  "IDs beyond the safe integers do not end a connection",
  async ({ joinClient }) => {
    await using server = await target.startSocketIo("basic");
    {
      await using client = await joinClient(server);
      client.send('429007199254740993["ask",1]');
      assert(String(await client.receive()).endsWith("[1]"));
      client.send("439007199254740993[1]");
      await assertEchoes(client);
    }
    await assertServes(server);
  },
);

claimEach("a lone surrogate comes back as it was", async ({ joinClient }) => {
  await using server = await target.startSocketIo("basic");
  {
    await using client = await joinClient(server);
    client.send('42["echo","\\ud800"]');
    assertEquals(await client.receive(), '42["echo","\\ud800"]');
  }
  await assertServes(server);
});

claim("a text frame of invalid UTF-8 ends its connection alone", async () => {
  await using server = await target.startSocketIo("basic");
  const { connection } = await requestUpgrade(
    endpoint(server.url, { transport: "websocket" }),
  );
  using _ = connection;
  await connection.readFrame();
  await connection.write(encodeFrame(1, "40"));
  await connection.readFrame();
  const start = new TextEncoder().encode('42["echo","');
  await connection.write(
    encodeFrame(1, Uint8Array.of(...start, 0xff, 0x22, 0x5d)),
  );
  await server.reported("close");
  connection.close();
  await assertServes(server);
});

claim("nothing is heard after an invalid packet", async () => {
  await using server = await target.startSocketIo("basic");
  {
    await using bad = await joinClient(server);
    bad.send('42["before"]', "49", '42["after"]', "40", '42["after"]');
    await bad.drain();
    await using session = await PollingSession.start(server.url);
    await session.post("40");
    await session.receive();
    await session.post('42["before"]\x1e49\x1e42["after"]\x1e42["after"]');
    await session.get();
    await using good = await joinClient(server);
    good.send('42["last"]');
    const names: string[] = [];
    while (names.at(-1) !== "last") {
      names.push((await server.reported("event")).name);
    }
    assertEquals(names, ["before", "before", "last"]);
  }
  await assertServes(server);
});

claimEach(
  "a namespace joined and left a hundred times is served",
  async ({ openClient }) => {
    await using server = await target.startSocketIo("basic");
    {
      await using client = await openClient(server);
      for (let i = 0; i < 100; i++) {
        await client.join("/custom");
        client.send("41/custom,");
      }
      await client.join();
      await assertEchoes(client);
    }
    await assertServes(server);
  },
);

claimEach(
  "a listener that calls an acknowledgement nobody asked for harms nobody",
  async ({ joinClient }) => {
    await using server = await target.startSocketIo("basic");
    {
      await using client = await joinClient(server);
      client.send('42["ask"]', '42["ask","x"]');
      await assertEchoes(client);
    }
    await assertServes(server);
  },
);

claimEach(
  "a listener that answers with a value too deep harms nobody",
  async ({ joinClient }) => {
    await using server = await target.startSocketIo("basic");
    {
      await using client = await joinClient(server);
      client.send(`42["echo",${nested}]`);
      // It may be answered or not, but what follows is.
      client.send('42["echo","next"]');
      while (await client.receive() !== '42["echo","next"]');
    }
    await assertServes(server);
  },
);

claimEach(
  "an awaited acknowledgement of 400,000 values: the others are served",
  async ({ joinClient }) => {
    await using server = await target.startSocketIo("basic");
    {
      await using client = await joinClient(server);
      client.send('42["question"]');
      assertEquals(await client.receive(), '420["question"]');
      client.send(`430[0${",1".repeat(400_000)}]`, '42["last"]');
      await server.reported("event", { name: "last" });
    }
    await assertServes(server);
  },
);

claimEach(
  "a refusal that JSON cannot carry harms nobody else",
  async ({ openClient, joinClient }) => {
    await using server = await target.startSocketIo("middleware");
    await using other = await joinClient(server);
    {
      await using client = await openClient(server);
      client.send("40/refused-badly,");
      await assertEchoes(other);
      await client[Symbol.asyncDispose]();
      await server.reported("close", { sid: client.engineSid });
    }
    await assertEchoes(other);
  },
);

claimEach(
  "a hundred connections that leave at once leave no session",
  async ({ joinClient }) => {
    await using server = await target.startSocketIo("basic");
    const joins = Array.from({ length: 100 }, () => joinClient(server));
    const clients = await Promise.all(joins);
    assertEquals(await server.sessions(), 100);
    await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
    await assertServes(server);
  },
);
