/** Clients of Socket.IO 2, as they and the server write packets. */

import { assertEquals, assertMatch } from "@std/assert";
import { type RunningServer, target } from "../_support/target.ts";
import { endpoint, parseOpen, WireSocket } from "../_support/wire.ts";
import { OldSession, textPayload } from "../_support/wire_v3.ts";
import { joinClient } from "../_support/wire_socketio.ts";
import { suite } from "./cases.ts";

const claim = suite("socketio_v2");

function start(app = "basic", options = {}): Promise<RunningServer> {
  return target.startSocketIo(app, { allowEIO3: true, ...options });
}

/** An old client on WebSocket that is in the main namespace. */
async function join(server: RunningServer) {
  const socket = await WireSocket.open(
    endpoint(server.url, { EIO: "3", transport: "websocket" }),
  );
  const { sid } = parseOpen(await socket.receive());
  assertEquals(await socket.receive(), "40");
  return {
    socket,
    sid,
    [Symbol.asyncDispose]: () => socket[Symbol.asyncDispose](),
  };
}

claim("a client is in the main namespace without asking", async () => {
  await using server = await start();
  await using client = await join(server);
  client.socket.send('42["echo","hello"]');
  assertEquals(await client.socket.receive(), '42["echo","hello"]');
});

claim("a client is in the main namespace over polling too", async () => {
  await using server = await start();
  await using session = await OldSession.start(server.url);
  assertEquals((await session.get()).body, textPayload("40"));
});

claim("a socket's id is the session's, behind its namespace", async () => {
  await using server = await start();
  await using client = await join(server);
  client.socket.send("40/custom,");
  assertEquals(await client.socket.receive(), "40/custom,");
  client.socket.send('42["who"]', '42/custom,["who"]');
  const main = await server.reported("event", { id: client.sid });
  const other = await server.reported("event", { name: "who" });
  assertEquals(main.name, "who");
  assertEquals(other.id, `/custom#${client.sid}`);
});

claim("parameters of a namespace are the credentials", async () => {
  await using server = await start();
  await using client = await join(server);
  client.socket.send("40/custom?token=a%20b+c&token=d&empty=,");
  assertEquals(await client.socket.receive(), "40/custom,");
  client.socket.send('42/custom,0["auth"]', '421["auth"]');
  assertEquals(await client.socket.receiveMany(2), [
    '43/custom,0[{"token":"d","empty":""}]',
    "431[{}]",
  ]);
});

claim("a comma behind a namespace is not needed", async () => {
  await using server = await start();
  await using client = await join(server);
  client.socket.send("40/custom?a=1");
  assertEquals(await client.socket.receive(), "40/custom,");
});

claim("parameters behind a namespace do not hinder other packets", async () => {
  await using server = await start();
  await using client = await join(server);
  client.socket.send("40/custom?a=1,", '42/custom?a=1,["echo",1]');
  assertEquals(await client.socket.receiveMany(2), [
    "40/custom,",
    '42/custom,["echo",1]',
  ]);
  client.socket.send("41/custom?a=1,");
  const { reason } = await server.reported("disconnect");
  assertEquals(reason, "client namespace disconnect");
});

claim("dynamic namespaces are there too", async () => {
  await using server = await start();
  await using client = await join(server);
  client.socket.send("40/dyn-12?a=1,");
  assertEquals(await client.socket.receive(), "40/dyn-12,");
});

claim("an unknown namespace is refused, and nothing else ends", async () => {
  await using server = await start();
  await using client = await join(server);
  client.socket.send("40/nobody,", '42["echo"]');
  assertEquals(await client.socket.receiveMany(2), [
    '44/nobody,{"message":"Invalid namespace"}',
    '42["echo"]',
  ]);
});

claim("a middleware refuses with its data, or its message", async () => {
  await using server = await start("middleware");
  await using client = await join(server);
  client.socket.send("40/refused,", "40/refused-plainly,");
  assertEquals(await client.socket.receiveMany(2), [
    '44/refused,{"code":42,"of":[1]}',
    '44/refused-plainly,"No"',
  ]);
});

claim("a middleware reads the parameters", async () => {
  await using server = await start("middleware");
  await using client = await join(server);
  client.socket.send("40/by-token?token=bad,", "40/by-token?token=good,");
  assertEquals(await client.socket.receiveMany(3), [
    '44/by-token,"Bad token bad"',
    "40/by-token,",
    '42/by-token,["welcome"]',
  ]);
});

claim("acknowledgements pass both ways", async () => {
  await using server = await start();
  await using client = await join(server);
  client.socket.send('421["ask",1,{"a":2}]', '42["question","why"]');
  assertEquals(await client.socket.receiveMany(2), [
    '431[1,{"a":2}]',
    '420["question","why"]',
  ]);
  client.socket.send('430["because"]');
  const { answers } = await server.reported("answer", { id: client.sid });
  assertEquals(answers, ["because"]);
});

claim("bytes pass both ways on WebSocket", async () => {
  await using server = await start();
  await using client = await join(server);
  const text = '451-["echo",{"_placeholder":true,"num":0}]';
  client.socket.send(text, Uint8Array.of(4, 1, 2));
  assertEquals(await client.socket.receiveMany(2), [
    text,
    Uint8Array.of(4, 1, 2),
  ]);
});

claim("bytes pass both ways on polling", async () => {
  await using server = await start();
  await using session = await OldSession.start(server.url, { b64: "1" });
  assertEquals(await session.receive(), "40");
  const packets = ['451-["echo",{"_placeholder":true,"num":0}]', "b4AQI="];
  await session.send(...packets);
  assertEquals(await session.receiveMany(2), packets);
});

claim(
  "a client leaves a namespace, and comes back with the same id",
  async () => {
    await using server = await start();
    await using client = await join(server);
    for (let round = 0; round < 2; round++) {
      client.socket.send("40/custom,");
      assertEquals(await client.socket.receive(), "40/custom,");
      client.socket.send("41/custom,");
      const { id, reason } = await server.reported("disconnect");
      assertEquals(
        [id, reason],
        [`/custom#${client.sid}`, "client namespace disconnect"],
      );
    }
  },
);

claim("the server disconnects a client", async () => {
  await using server = await start();
  await using client = await join(server);
  client.socket.send('42["leave"]');
  assertEquals(await client.socket.receive(), "41");
  await server.reported("disconnect", {
    reason: "server namespace disconnect",
  });
});

claim(
  "a second CONNECT for the main namespace ends the connection",
  async () => {
    await using server = await start();
    await using client = await join(server);
    client.socket.send("40");
    assertEquals(await client.socket.drain(), []);
  },
);

claim("clients of both revisions hear one broadcast", async () => {
  await using server = await start();
  await using old = await join(server);
  await using polling = await OldSession.start(server.url);
  assertEquals(await polling.receive(), "40");
  await using present = await joinClient(server);
  for (const client of [old.socket, present]) {
    client.send('42["room","us"]');
    assertMatch(String(await client.receive()), /^42\["room","us"\]$/);
  }
  await polling.send('42["room","us"]');
  assertEquals(await polling.receive(), '42["room","us"]');
});

for (const packet of ["4", "49", "4{}", '42["disconnect"]', "45x"]) {
  claim(`a client that sends ${packet} is disconnected`, async () => {
    await using server = await start();
    await using client = await join(server);
    client.socket.send(packet);
    assertEquals(await client.socket.drain(), []);
  });
}

claim("an event to an old client alone has no offset behind it", async () => {
  await using server = await start("recovery", {
    connectionStateRecovery: { maxDisconnectionDuration: 10_000 },
  });
  await using client = await join(server);
  client.socket.send("40/control,");
  assertEquals(await client.socket.receive(), "40/control,");
  client.socket.send(`42/control,1["to one","${client.sid}","news",1]`);
  assertEquals(await client.socket.receiveMany(2), [
    '42["news",1]',
    "43/control,1[]",
  ]);
});
