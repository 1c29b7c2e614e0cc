/** Options of the engine, through real requests, as far as the wire suites do not cover them. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { Server } from "@deno-socketio/server";
import type { AllowRequest, EngineOptions } from "@deno-socketio/server/engine";
import { EngineBed } from "./_support/engine_bed.ts";
import {
  endpoint,
  parseOpen,
  PollingSession,
  request,
  requestUpgrade,
  WireSocket,
} from "./_support/wire.ts";

const FORBIDDEN = JSON.stringify({ code: 4, message: "Forbidden" });
const BAD_REQUEST = JSON.stringify({ code: 3, message: "Bad request" });

/** The status that a handshake over each transport gets. */
async function statuses(bed: EngineBed): Promise<number[]> {
  const polling = await request(bed.handshake("polling"));
  const upgrade = await requestUpgrade(bed.handshake("websocket"));
  upgrade.connection.close();
  return [polling.status, upgrade.status];
}

Deno.test("Server hands its engine options on, with Socket.IO's path", () => {
  const { limits: _limits, ...options } = new Server().engine.options;
  assertEquals(options, {
    path: "/socket.io",
    addTrailingSlash: true,
    pingInterval: 25_000,
    pingTimeout: 20_000,
    upgradeTimeout: 10_000,
    maxHttpBufferSize: 1_000_000,
    maxBufferedAmount: 16_777_216,
    transports: ["polling", "websocket"],
    allowUpgrades: true,
    cookie: false,
    httpCompression: true,
    trustProxy: false,
    allowEIO3: false,
  });
});

Deno.test("allowUpgrades: false refuses a WebSocket for a polling session", async () => {
  await using bed = new EngineBed({ allowUpgrades: false });
  await using session = await PollingSession.start(bed.url);
  const { status, connection } = await requestUpgrade(
    session.url({ transport: "websocket" }),
  );
  connection.close();
  assertEquals(status, 400);
  const held = await session.hold(); // it goes on
  assertEquals(bed.engine.clientsCount, 1);
  await session.post("1");
  assertEquals((await held.answer).status, 200);
});

for (const transport of ["polling", "websocket"] as const) {
  Deno.test(`transports: ["${transport}"] lets nobody in over the other`, async () => {
    await using bed = new EngineBed({ transports: [transport] });
    assertEquals(
      await statuses(bed),
      transport === "polling" ? [200, 400] : [400, 101],
    );
    assertEquals(bed.refusals.map(({ code }) => code), [0]);
  });
}

const letIn: Record<string, AllowRequest> = {
  "calls back": (_request, callback) => callback(null, true),
  "calls back later": (_request, callback) => {
    queueMicrotask(() => callback(undefined, true));
  },
  "calls back later, and returns what it likes": (_request, callback) =>
    setTimeout(callback, 0, null, true),
  "calls back later, and resolves with what it likes": (_request, callback) =>
    Promise.resolve(setTimeout(callback, 0, null, true)),
  "returns true": () => true,
  "resolves with true": () => Promise.resolve(true),
};

for (const [name, allowRequest] of Object.entries(letIn)) {
  Deno.test(`allowRequest that ${name} lets clients in`, async () => {
    await using bed = new EngineBed({ allowRequest });
    assertEquals(await statuses(bed), [200, 101]);
  });
}

const error = new Error("who knows");
const keepOut: Record<string, [AllowRequest, failures: number]> = {
  "calls back with false": [(_request, callback) => callback(null, false), 0],
  "returns false": [() => false, 0],
  "resolves with false": [() => Promise.resolve(false), 0],
  "throws": [() => {
    throw error;
  }, 2],
  "rejects": [() => Promise.reject(error), 2],
};

for (const [name, [allowRequest, failures]] of Object.entries(keepOut)) {
  Deno.test(`allowRequest that ${name} refuses clients, and no more`, async () => {
    await using bed = new EngineBed({ allowRequest });
    const { status, body } = await request(bed.handshake("polling"));
    assertEquals([status, body], [403, FORBIDDEN]);
    const upgrade = await requestUpgrade(bed.handshake("websocket"));
    upgrade.connection.close();
    assertEquals(upgrade.status, 400);
    assertEquals(bed.failures.length, failures);
    assertEquals(bed.refusals.map(({ code }) => code), [4, 4]);
    assertEquals(bed.engine.clientsCount, 0);
  });
}

Deno.test("allowRequest is asked at the handshake alone, with its request", async () => {
  const asked: string[] = [];
  await using bed = new EngineBed({
    allowRequest({ url, headers }) {
      asked.push(`${new URL(url).searchParams.get("transport")}`);
      return headers.get("x-token") === "secret";
    },
  });
  const headers = { "x-token": "secret" };
  const { body } = await request(bed.handshake("polling"), { headers });
  const url = endpoint(bed.url, {
    transport: "polling",
    sid: parseOpen(body).sid,
  });
  assertEquals((await request(url, { method: "POST", body: "3" })).status, 200);
  assertEquals((await request(bed.handshake("polling"))).status, 403);
  assertEquals(asked, ["polling", "polling"]);
});

const initialPackets: [name: string, packet: string | Uint8Array, string][] = [
  ["text", "welcome", "4welcome"],
  ["bytes", Uint8Array.of(1, 2, 255), "bAQL/"],
];

for (const [name, initialPacket, polled] of initialPackets) {
  Deno.test(`initialPacket of ${name} is the first message of each session`, async () => {
    await using bed = new EngineBed({ initialPacket });
    bed.engine.on("connection", (socket) => socket.send("second"));
    await using session = await PollingSession.start(bed.url);
    assertEquals(await session.receiveMany(2), [polled, "4second"]);
    await using socket = await WireSocket.open(bed.handshake("websocket"));
    const [open, ...messages] = await socket.receiveMany(3);
    parseOpen(open);
    assertEquals(messages, [
      typeof initialPacket === "string" ? polled : initialPacket,
      "4second",
    ]);
  });
}

const generators: Record<
  string,
  NonNullable<EngineOptions["generateId"]>
> = {
  "a string": ({ url }) => new URL(url).searchParams.get("transport") + "/1 ü",
  "a promise": ({ url }) =>
    Promise.resolve(new URL(url).searchParams.get("transport") + "/1 ü"),
};

for (const [name, generateId] of Object.entries(generators)) {
  Deno.test(`generateId that returns ${name} names the sessions`, async () => {
    await using bed = new EngineBed({ generateId, cookie: true });
    const { body, headers } = await request(bed.handshake("polling"));
    assertEquals(parseOpen(body).sid, "polling/1 ü");
    assertEquals(
      headers.getSetCookie()[0]?.split(";")[0],
      "io=polling%2F1%20%C3%BC",
    );
    const url = endpoint(bed.url, { transport: "polling", sid: "polling/1 ü" });
    assertEquals(
      (await request(url, { method: "POST", body: "3" })).status,
      200,
    );
    await using socket = await WireSocket.open(bed.handshake("websocket"));
    assertEquals(parseOpen(await socket.receive()).sid, "websocket/1 ü");
  });
}

Deno.test("engine.generateId is told, and may be replaced", async () => {
  await using bed = new EngineBed();
  assertMatch(
    await bed.engine.generateId(new Request(bed.url)),
    /^[\w-]{20}$/,
  );
  let count = 0;
  bed.engine.generateId = () => `session ${++count}`;
  for (const sid of ["session 1", "session 2"]) {
    const { body } = await request(bed.handshake("polling"));
    assertEquals(parseOpen(body).sid, sid);
  }
});

Deno.test("engine.upgrades() tells where a session may move", async () => {
  await using bed = new EngineBed();
  assertEquals(bed.engine.upgrades("polling"), ["websocket"]);
  assertEquals(bed.engine.upgrades("websocket"), []);
  await using staying = new EngineBed({ allowUpgrades: false });
  assertEquals(staying.engine.upgrades("polling"), []);
});

const badGenerators: Record<
  string,
  [generateId: () => string | Promise<string>, failures: number]
> = {
  "throws": [() => {
    throw error;
  }, 2],
  "rejects": [() => Promise.reject(error), 2],
  "returns nothing": [() => undefined as unknown as string, 0], // as JavaScript may
  "returns an empty string": [() => "", 0],
  "returns half a character": [() => "\ud800", 0],
};

for (const [name, [generateId, failures]] of Object.entries(badGenerators)) {
  Deno.test(`generateId that ${name} refuses the client, and no more`, async () => {
    await using bed = new EngineBed({ generateId });
    const { status, body } = await request(bed.handshake("polling"));
    assertEquals([status, body], [400, BAD_REQUEST]);
    const upgrade = await requestUpgrade(bed.handshake("websocket"));
    upgrade.connection.close();
    assertEquals([upgrade.status, upgrade.body], [400, "Bad request"]);
    assertEquals(
      bed.refusals.map(({ context }) => context.name),
      ["ID_GENERATION_ERROR", "ID_GENERATION_ERROR"],
    );
    assertEquals(bed.failures.length, failures);
    assertEquals(bed.engine.clientsCount, 0);
  });
}

Deno.test("generateId that repeats an id refuses the second client, not the first", async () => {
  await using bed = new EngineBed({ generateId: () => "seat" });
  bed.engine.on("connection", (socket) => {
    socket.on("message", (data) => socket.send(data));
  });
  await using session = await PollingSession.start(bed.url);
  assertEquals(await statuses(bed), [400, 400]);
  await session.post("4mine");
  assertEquals(await session.receive(), "4mine");
  await session.post("1");
  await using again = await PollingSession.start(bed.url);
  assertEquals(again.sid, "seat");
});

// #begin() does not look again whether the id was taken while it was made.
Deno.test({
  name: "generateId that gives two waiting clients one id lets in one of them",
  async fn() {
    const { promise: both, resolve } = Promise.withResolvers<void>();
    let asked = 0;
    await using bed = new EngineBed({
      generateId() {
        if (++asked === 2) resolve();
        return both.then(() => "seat");
      },
    });
    const answers = await Promise.all([
      request(bed.handshake("polling")),
      request(bed.handshake("polling")),
    ]);
    assertEquals(answers.map(({ status }) => status).toSorted(), [200, 400]);
  },
});

Deno.test("perMessageDeflate and wsEngine warn once each", async () => {
  const script = `
    import { Server } from "@deno-socketio/server";
    for (let i = 0; i < 3; i++) {
      new Server({ perMessageDeflate: { threshold: 1 }, wsEngine: class {} });
      new Server({ perMessageDeflate: false });
    }
  `;
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-lock", "--config=deno.json", script],
    cwd: new URL("../", import.meta.url),
    env: { NO_COLOR: "1" },
  }).output();
  const lines = new TextDecoder().decode(stderr).trim().split("\n");
  assert(success, lines.join("\n"));
  assertEquals(lines, [
    "Option perMessageDeflate has no effect: Deno does not offer it",
    "Option wsEngine has no effect: Deno does not offer it",
  ]);
});
