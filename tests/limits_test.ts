import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  type CloseDescription,
  type LimitExceededEvent,
  Server,
  type ServerOptions,
} from "@deno-socketio/server";
import { PollingSession, WireSocket } from "./_support/wire.ts";
import { connected, next, Visitors, within } from "./_support/clients.ts";

/** A server, its clients, and what it reports. */
class Bed implements AsyncDisposable {
  readonly io: Server;
  readonly limits: LimitExceededEvent[] = [];
  readonly url: string;
  readonly port: number;
  readonly visitors = new Visitors();
  readonly #http: Deno.HttpServer<Deno.NetAddr>;

  constructor(options: ServerOptions) {
    this.io = new Server(options);
    this.io.diagnostics.addEventListener(
      "limitexceeded",
      (event) => this.limits.push(event),
    );
    this.#http = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      this.io.handler(),
    );
    this.port = this.#http.addr.port;
    this.url = `http://127.0.0.1:${this.port}`;
  }

  connect(mode: "websocket" | "polling" = "websocket", namespace = "/") {
    return this.visitors.connect("4.8.4", mode, this.url + namespace);
  }

  /** How the next socket's session ends. */
  ending(): Promise<[reason: string, description: Partial<CloseDescription>]> {
    return within(
      new Promise((resolve) =>
        this.io.once(
          "connection",
          (socket) =>
            socket.once("disconnect", (reason, description) =>
              resolve([reason, description ?? {}])),
        )
      ),
      "the end of a session",
    );
  }

  /** Asserts that somebody who keeps to the rules is still served. */
  async assertServes(): Promise<void> {
    this.io.once("connection", (socket) => socket.emit("welcome"));
    const client = this.visitors.open("4.8.4", "websocket", this.url);
    await next(client, "welcome");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.visitors[Symbol.asyncDispose]();
    await this.io.close();
    await this.#http.shutdown();
  }
}

Deno.test("limits.eventsPerSecond ends the connection that exceeds it", async () => {
  await using bed = new Bed({ limits: { eventsPerSecond: 5 } });
  const ending = bed.ending();
  const client = await bed.connect();
  for (let i = 0; i < 100; i++) client.emit("x"); // too many, even for a few seconds
  const [reason, { description }] = await ending;
  assertEquals(reason, "transport error");
  assertEquals(description, "limit exceeded: eventsPerSecond");
  assertEquals(bed.limits.map(({ limit }) => limit), ["eventsPerSecond"]);
  assertEquals(bed.limits[0]?.address, "127.0.0.1");
  await bed.assertServes();
});

Deno.test("limits.bytesPerSecond ends the connection that exceeds it", async () => {
  await using bed = new Bed({ limits: { bytesPerSecond: 1_000 } });
  const ending = bed.ending();
  const client = await bed.connect("polling");
  client.emit("x", "y".repeat(2_000));
  const [reason] = await ending;
  assertEquals(reason, "transport error");
  assertEquals(bed.limits.map(({ limit }) => limit), ["bytesPerSecond"]);
  await bed.assertServes();
});

Deno.test("limits.namespacesPerConnection ends the connection that exceeds it", async () => {
  await using bed = new Bed({ limits: { namespacesPerConnection: 2 } });
  bed.io.of(/^\/n\d$/);
  const ending = bed.ending();
  const client = await bed.connect();
  const { io: manager } = client;
  await connected(manager.socket("/n1") as typeof client); // of the same package
  manager.socket("/n2");
  const [reason] = await ending;
  assertEquals(reason, "transport error");
  assertEquals(bed.limits.map(({ limit }) => limit), [
    "namespacesPerConnection",
  ]);
  await bed.assertServes();
});

Deno.test("limits.pendingAcknowledgements ends the connection that owes more", async () => {
  await using bed = new Bed({ limits: { pendingAcknowledgements: 3 } });
  const ending = bed.ending();
  const failures: Promise<unknown>[] = [];
  bed.io.once("connection", (socket) => {
    for (let i = 0; i < 4; i++) {
      failures.push(socket.emitWithAck("question").catch((error) => error));
    }
  });
  await bed.connect();
  const [reason] = await ending;
  assertEquals(reason, "transport error");
  assertEquals(bed.limits.map(({ limit }) => limit), [
    "pendingAcknowledgements",
  ]);
  for (const failure of await Promise.all(failures)) {
    assert(failure instanceof Error);
  }
  await bed.assertServes();
});

Deno.test("limits.connectionsPerAddress refuses one too many, and takes it later", async () => {
  await using bed = new Bed({ limits: { connectionsPerAddress: 1 } });
  const first = await bed.connect();
  for (const mode of ["polling", "websocket"] as const) {
    const second = bed.visitors.open("4.8.4", mode, bed.url);
    await next(second, "connect_error");
  }
  assertEquals(bed.limits.length, 2);
  const refused = await fetch(
    `${bed.url}/socket.io/?EIO=4&transport=polling`,
  );
  assertEquals(refused.status, 403);
  assertEquals(await refused.json(), { code: 4, message: "Forbidden" });
  const [socket] = bed.io.sockets.sockets.values();
  const gone = next(socket!.conn, "close");
  first.disconnect();
  await gone;
  await bed.assertServes();
});

Deno.test("limits.connectionsPerAddress closes one of two WebSockets that open at once", async () => {
  const both = Promise.withResolvers<boolean>();
  let asked = 0;
  await using bed = new Bed({
    limits: { connectionsPerAddress: 1 },
    allowRequest() {
      if (++asked === 2) both.resolve(true);
      return both.promise;
    },
  });
  const url = `${bed.url}/socket.io/?EIO=4&transport=websocket`;
  const sockets = await Promise.all(
    [url, url].map((url) => WireSocket.open(url)),
  );
  await Promise.race(sockets.map(({ closed }) => closed));
  assertEquals(bed.io.engine.clientsCount, 1);
  assertEquals(bed.limits.map(({ limit }) => limit), ["connectionsPerAddress"]);
  for (const socket of sockets) await socket[Symbol.asyncDispose]();
});

Deno.test("limits.pendingHandshakes answers one too many with 503", async () => {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  await using bed = new Bed({
    allowRequest: () => promise,
    limits: { pendingHandshakes: 1 },
  });
  const url = `${bed.url}/socket.io/?EIO=4&transport=polling`;
  const first = fetch(url);
  // The second is answered at once, so the first one waits by then or it does.
  const second = fetch(url);
  const { status, body } = await Promise.race([first, second]);
  assertEquals(status, 503);
  await body?.cancel();
  assertEquals(bed.limits.map(({ limit }) => limit), ["pendingHandshakes"]);
  resolve(true);
  const statuses: number[] = [];
  for (const response of await Promise.all([first, second])) {
    statuses.push(response.status);
    if (!response.bodyUsed) await response.body?.cancel();
  }
  assertEquals(statuses.toSorted(), [200, 503]);
});

Deno.test("limits.pendingHandshakes gives up those who did not come back for longest", async () => {
  await using bed = new Bed({ limits: { pendingHandshakes: 3 } });
  const base = `${bed.url}/socket.io/`;
  await using heard = await PollingSession.start(base);
  await heard.post("3");
  await using upgrading = await PollingSession.start(base);
  await using _socket = await WireSocket.open(
    upgrading.url({ transport: "websocket" }),
  );
  const reasons: string[] = [];
  bed.io.engine.on("connection", (conn) => {
    conn.on("close", (reason, description) => {
      reasons.push(`${reason}: ${description?.description}`);
    });
  });
  const silent: PollingSession[] = [];
  for (let i = 0; i < 5; i++) silent.push(await PollingSession.start(base));
  assertEquals(
    reasons,
    Array(2).fill(
      "transport error: client has not come back to its handshake",
    ),
  );
  assertEquals(
    bed.limits.map(({ limit }) => limit),
    Array(2).fill("pendingHandshakes"),
  );
  const alive = await Promise.all(
    [heard, upgrading, ...silent].map(async (session) =>
      (await session.post("3")).status === 200
    ),
  );
  assertEquals(alive, [true, true, false, false, true, true, true]);
  for (const session of silent) await session[Symbol.asyncDispose]();
});

Deno.test("limits.connections answers one too many with 503, and takes it later", async () => {
  await using bed = new Bed({ limits: { connections: 2 } });
  const first = await bed.connect("polling");
  const second = await bed.connect("websocket");
  for (const mode of ["polling", "websocket"] as const) {
    const third = bed.visitors.open("4.8.4", mode, bed.url);
    await next(third, "connect_error");
  }
  assertEquals(bed.limits.map(({ limit }) => limit), [
    "connections",
    "connections",
  ]);
  assert(first.connected && second.connected);
  const ended = within(
    new Promise((resolve) =>
      bed.io.diagnostics.addEventListener("sessionend", resolve)
    ),
    "the end of a session",
  );
  second.disconnect();
  await ended;
  await bed.assertServes();
});

Deno.test("limits.packetsPerPayload ends the session of a longer payload", async () => {
  await using bed = new Bed({ limits: { packetsPerPayload: 3 } });
  const base = `${bed.url}/socket.io/?EIO=4&transport=polling`;
  const open = await (await fetch(base)).text();
  const { sid } = JSON.parse(open.slice(1));
  const ending = bed.ending();
  await (await fetch(`${base}&sid=${sid}`, { method: "POST", body: "40" }))
    .text();
  const answer = await fetch(`${base}&sid=${sid}`, {
    method: "POST",
    body: Array(4).fill('42["x"]').join("\x1e"),
  });
  await answer.text();
  const [reason, { context }] = await ending;
  assertEquals(reason, "parse error");
  assertEquals(bed.limits.map(({ limit }) => limit), ["packetsPerPayload"]);
  assertStringIncludes(String(context), "too many packets");
  await bed.assertServes();
});

Deno.test("limits.attachmentBytes ends the connection that exceeds it", async () => {
  await using bed = new Bed({ limits: { attachmentBytes: 1_000 } });
  const ending = bed.ending();
  const client = await bed.connect();
  client.emit("x", new Uint8Array(600), new Uint8Array(600));
  const [reason] = await ending;
  assertEquals(reason, "forced close");
  assertEquals(bed.limits.map(({ limit }) => limit), ["attachmentBytes"]);
  await bed.assertServes();
});

for (const mode of ["polling", "websocket"] as const) {
  Deno.test(`maxAttachments ends the connection that exceeds it, over ${mode}`, async () => {
    await using bed = new Bed({ maxAttachments: 2 });
    const ending = bed.ending();
    const client = await bed.connect(mode);
    client.emit("x", ...[1, 2, 3].map((byte) => Uint8Array.of(byte)));
    const [reason] = await ending;
    assertEquals(reason, "forced close");
    assertEquals(bed.limits.map(({ limit }) => limit), ["maxAttachments"]);
    await bed.assertServes();
  });
}

Deno.test("maxHttpBufferSize refuses a longer body, and no more", async () => {
  await using bed = new Bed({ maxHttpBufferSize: 1_000 });
  const base = `${bed.url}/socket.io/?EIO=4&transport=polling`;
  const open = await (await fetch(base)).text();
  const { sid } = JSON.parse(open.slice(1));
  const post = async (body: string) => {
    const response = await fetch(`${base}&sid=${sid}`, {
      method: "POST",
      body,
    });
    await response.body?.cancel();
    return response.status;
  };
  assertEquals(await post("4".repeat(1_001)), 413);
  assertEquals(bed.limits.map(({ limit }) => limit), ["maxHttpBufferSize"]);
  assertEquals(bed.limits[0]?.address, "127.0.0.1");
  assertEquals(await post("1"), 200);
  await bed.assertServes();
});

Deno.test("maxHttpBufferSize ends the session of a longer WebSocket message", async () => {
  await using bed = new Bed({ maxHttpBufferSize: 1_000 });
  const ending = bed.ending();
  const client = await bed.connect();
  client.emit("x", "y".repeat(1_000));
  const [reason, { description }] = await ending;
  assertEquals(reason, "transport error");
  assertStringIncludes(String(description), "maxHttpBufferSize");
  assertEquals(bed.limits.map(({ limit }) => limit), ["maxHttpBufferSize"]);
  await bed.assertServes();
});

Deno.test("maxAttachments can be raised", async () => {
  await using bed = new Bed({ maxAttachments: 12 });
  bed.io.once("connection", (socket) =>
    socket.on("x", (...args) => {
      const reply = args.pop();
      reply(args.length);
    }));
  const client = await bed.connect();
  const bytes = Array.from({ length: 12 }, (_, i) => Uint8Array.of(i));
  assertEquals(await client.emitWithAck("x", ...bytes), 12);
});

Deno.test("maxBufferedAmount ends the session of a client that never polls", async () => {
  await using bed = new Bed({ maxBufferedAmount: 10_000 });
  const base = `${bed.url}/socket.io/?EIO=4&transport=polling`;
  const open = await (await fetch(base)).text();
  const { sid } = JSON.parse(open.slice(1));
  const ending = bed.ending();
  bed.io.once("connection", (socket) => {
    for (let i = 0; i < 30; i++) socket.emit("news", "x".repeat(1_000));
  });
  await (await fetch(`${base}&sid=${sid}`, { method: "POST", body: "40" }))
    .text();
  const [reason, { description }] = await ending;
  assertEquals(reason, "transport error");
  assertStringIncludes(String(description), "maxBufferedAmount");
  assertEquals(bed.limits.map(({ limit }) => limit), ["maxBufferedAmount"]);
  assertEquals(bed.io.engine.clientsCount, 0);
  await bed.assertServes();
});

Deno.test("maxBufferedAmount ends the session of a client that never reads", async () => {
  await using bed = new Bed({ maxBufferedAmount: 1_000_000 });
  const ending = bed.ending();
  bed.io.once("connection", (socket) => {
    for (let i = 0; i < 40; i++) socket.emit("news", "x".repeat(500_000));
  });
  using connection = await Deno.connect({
    hostname: "127.0.0.1",
    port: bed.port,
  });
  await write(
    connection,
    [
      "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1",
      "Host: localhost",
      "Upgrade: websocket",
      "Connection: Upgrade",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
      "\r\n",
    ].join("\r\n"),
  );
  const head = new Uint8Array(4_096);
  await connection.read(head);
  // "40" in a masked frame whose mask is zero.
  await connection.write(
    Uint8Array.of(0x81, 0x82, 0, 0, 0, 0, 0x34, 0x30),
  );
  const [reason, { description }] = await ending;
  assertEquals(reason, "transport error");
  assertStringIncludes(String(description), "maxBufferedAmount");
  assertEquals(bed.limits.map(({ limit }) => limit), ["maxBufferedAmount"]);
  assertEquals(bed.io.engine.clientsCount, 0);
  await bed.assertServes();
});

async function write(connection: Deno.Conn, text: string): Promise<void> {
  const writer = connection.writable.getWriter();
  await writer.write(new TextEncoder().encode(text));
  writer.releaseLock();
}

Deno.test("a volatile event is dropped while anything waits", async () => {
  await using bed = new Bed({});
  const client = bed.visitors.open("4.8.4", "polling", bed.url);
  const heard: unknown[] = [];
  client.onAny((name: string) => heard.push(name));
  bed.io.once("connection", (socket) => {
    socket.emit("first");
    socket.volatile.emit("dropped");
    socket.emit("last");
  });
  await next(client, "last");
  assertEquals(heard, ["first", "last"]);
});
