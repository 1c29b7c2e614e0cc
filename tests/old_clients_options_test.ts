/** Options that guard a server hold for old clients and for JSONP as well. */

import { assertEquals, assertMatch } from "@std/assert";
import { Server } from "@deno-socketio/server";
import { EngineBed } from "./_support/engine_bed.ts";
import { ListeningBed } from "./_support/listening_bed.ts";
import { endpoint, parseOpen, request, WireSocket } from "./_support/wire.ts";
import { OldSession } from "./_support/wire_v3.ts";

/** The ways to come, by what their handshakes say. */
const WAYS: Record<string, Record<string, string>> = {
  "revision 3": { EIO: "3", transport: "polling" },
  "JSONP of revision 3": { EIO: "3", transport: "polling", j: "0" },
  "JSONP of revision 4": { EIO: "4", transport: "polling", j: "0" },
};

for (const [way, query] of Object.entries(WAYS)) {
  Deno.test(`allowedOrigins guards ${way}`, async () => {
    const app = "https://app.example";
    await using bed = new EngineBed({
      allowEIO3: true,
      allowedOrigins: [app],
    });
    const url = endpoint(bed.url, query);
    const status = async (headers: HeadersInit) =>
      (await request(url, { headers })).status;
    assertEquals(await status({ origin: app }), 200);
    assertEquals(await status({ origin: "https://evil.example" }), 403);
    // What names none may be a script in any page.
    assertEquals(await status({}), "j" in query ? 403 : 200);
  });

  Deno.test(`allowRequest sees ${way}`, async () => {
    await using bed = new EngineBed({
      allowEIO3: true,
      allowRequest: ({ url }) => url.includes("token=good"),
    });
    for (const [token, status] of [["good", 200], ["bad", 403]] as const) {
      const answer = await request(endpoint(bed.url, { ...query, token }));
      assertEquals(answer.status, status);
    }
  });

  Deno.test(`cookie and cors give ${way} their headers`, async () => {
    await using bed = new EngineBed({
      allowEIO3: true,
      cookie: true,
      cors: { origin: "https://app.example", credentials: true },
    });
    const { headers } = await request(endpoint(bed.url, query));
    assertMatch(headers.get("set-cookie") ?? "", /^io=.+; HttpOnly/);
    assertEquals(
      headers.get("access-control-allow-origin"),
      "https://app.example",
    );
  });

  Deno.test(`limits.connectionsPerAddress counts ${way}`, async () => {
    await using bed = new EngineBed({
      allowEIO3: true,
      limits: { connectionsPerAddress: 1 },
    });
    const url = endpoint(bed.url, query);
    assertEquals((await request(url)).status, 200);
    assertEquals((await request(url)).status, 403);
  });

  Deno.test(`httpCompression applies to ${way}`, async () => {
    await using bed = new EngineBed({
      allowEIO3: true,
      httpCompression: { threshold: 10 },
    });
    const { body } = await request(endpoint(bed.url, query), {
      headers: { "accept-encoding": "gzip" },
    });
    assertMatch(body, /"sid\\?":/); // fetch() has read it
  });

  Deno.test(`drain() refuses ${way}`, async () => {
    await using bed = new EngineBed({ allowEIO3: true });
    bed.engine.drain(3);
    const { status, headers } = await request(endpoint(bed.url, query));
    assertEquals([status, headers.get("retry-after")], [503, "3"]);
  });
}

Deno.test("initialPacket is the first message of an old client", async () => {
  await using bed = new EngineBed({
    allowEIO3: true,
    initialPacket: Uint8Array.of(1, 2),
  });
  await using session = await OldSession.start(bed.url);
  assertEquals(await session.receive(), Uint8Array.of(4, 1, 2));
  await using socket = await WireSocket.open(
    endpoint(bed.url, { EIO: "3", transport: "websocket" }),
  );
  parseOpen(await socket.receive());
  assertEquals(await socket.receive(), Uint8Array.of(4, 1, 2));
});

Deno.test("maxBufferedAmount ends an old session whose client does not poll", async () => {
  await using bed = new EngineBed({ allowEIO3: true, maxBufferedAmount: 100 });
  const opening = bed.session();
  await using session = await OldSession.start(bed.url);
  const socket = await opening;
  const reasons: unknown[] = [];
  socket.on("close", (reason) => reasons.push(reason));
  for (let i = 0; i < 3; i++) socket.send(new Uint8Array(60));
  assertEquals(reasons, ["transport error"]);
  assertEquals((await session.get()).status, 400);
});

Deno.test("limits.packetsPerPayload holds for payloads of old clients", async () => {
  await using bed = new EngineBed({
    allowEIO3: true,
    limits: { packetsPerPayload: 2 },
  });
  const opening = bed.session();
  await using session = await OldSession.start(bed.url);
  const socket = await opening;
  const heard: unknown[] = [];
  for (const event of ["message", "close"] as const) {
    socket.on(event, (data: unknown) => heard.push(data));
  }
  await session.send("4a", "4b", "4c");
  assertEquals(heard, ["a", "b", "parse error"]);
});

Deno.test("limits.eventsPerSecond holds for old clients", async () => {
  await using bed = new ListeningBed({
    allowEIO3: true,
    limits: { eventsPerSecond: 2 },
  });
  await using socket = await WireSocket.open(
    endpoint(bed.url, { EIO: "3", transport: "websocket" }),
  );
  socket.send(...Array(50).fill('42["spam"]'));
  await socket.drain();
  assertEquals(bed.io.engine.clientsCount, 0);
});

Deno.test("limits.namespacesPerConnection holds for names with parameters", async () => {
  await using bed = new ListeningBed({
    allowEIO3: true,
    limits: { namespacesPerConnection: 3 },
  });
  bed.io.of(/^\/n\d$/);
  await using socket = await WireSocket.open(
    endpoint(bed.url, { EIO: "3", transport: "websocket" }),
  );
  for (let i = 0; i < 5; i++) socket.send(`40/n${i}?a=${i},`);
  assertEquals((await socket.drain()).slice(1), ["40", "40/n0,", "40/n1,"]);
});

Deno.test("connectTimeout ends an old client that no middleware lets in", async () => {
  await using bed = new ListeningBed({ allowEIO3: true, connectTimeout: 50 });
  bed.io.use((_socket, next) => next(new Error("No")));
  await using socket = await WireSocket.open(
    endpoint(bed.url, { EIO: "3", transport: "websocket" }),
  );
  assertEquals((await socket.drain()).slice(1), ['44"No"']);
});

Deno.test("io.close() ends the sessions of old clients", async () => {
  const bed = new ListeningBed({ allowEIO3: true });
  const session = await OldSession.start(bed.url);
  assertEquals(await session.receive(), "40");
  const { answer } = await session.hold();
  await bed.close();
  assertEquals((await answer).body, "1:1");
  await session[Symbol.asyncDispose]();
});

Deno.test("A handler that closes an old client while it comes harms nobody", async () => {
  await using bed = new ListeningBed({ allowEIO3: true });
  const failures: unknown[] = [];
  bed.io.diagnostics.addEventListener(
    "callbackerror",
    (event) => failures.push(event),
  );
  bed.io.on("connection", (socket) => void socket.disconnect(true));
  for (let i = 0; i < 2; i++) {
    await using socket = await WireSocket.open(
      endpoint(bed.url, { EIO: "3", transport: "websocket" }),
    );
    assertEquals((await socket.drain()).slice(1), ["40", "41"]);
  }
  assertEquals(failures, []);
});

Deno.test("An engine's listener that closes an old client at once harms nobody", async () => {
  await using bed = new ListeningBed({ allowEIO3: true });
  let connections = 0;
  bed.io.on("connection", () => connections++);
  bed.io.engine.once("connection", (conn) => conn.close(true));
  await using socket = await WireSocket.open(
    endpoint(bed.url, { EIO: "3", transport: "websocket" }),
  );
  assertEquals((await socket.drain()).slice(1), []);
  assertEquals(connections, 0);
  assertEquals(bed.io.engine.clientsCount, 0);
});

Deno.test("new Server() lets no old client in by itself", async () => {
  await using io = new Server();
  const handle = io.handler();
  for (const EIO of ["EIO=3", "EIO=2", "EIO=", "x=1"]) {
    const response = await handle(
      new Request(`http://localhost/socket.io/?${EIO}&transport=polling`),
    );
    assertEquals(await response.json(), {
      code: 5,
      message: "Unsupported protocol version",
    });
  }
});
