import { assertEquals, assertMatch } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { MemoryAdapter } from "../adapter/mod.ts";
import { Diagnostics } from "../diagnostics.ts";
import type {
  CloseDescription,
  EncodedMessage,
  Frame,
  Socket as EngineSocket,
} from "../engine/mod.ts";
import { JsonCodec } from "../parser/mod.ts";
import { resolveClientLimits } from "./limits.ts";
import { ServerCore } from "./server_core.ts";
import type { SocketCore } from "./socket_core.ts";

/** A connection that records what is written to it. */
class FakeConnection {
  readonly request = new Request("http://localhost/socket.io/?EIO=4");
  readonly handshake = {
    request: this.request,
    remoteAddress: "10.0.0.1",
    secure: false,
    issued: 0,
  };
  readonly remoteAddress = "10.0.0.1";
  readonly frames: Frame[] = [];
  readonly endings: string[] = [];
  writable = true;

  get readyState(): string {
    return this.endings.length === 0 ? "open" : "closed";
  }

  writeMessage({ frames }: EncodedMessage): void {
    this.frames.push(...frames);
  }

  close(): void {
    this.endings.push("close");
  }

  abort({ description }: CloseDescription): void {
    this.endings.push(description);
  }

  /** What was written since it was asked last. */
  take(): Frame[] {
    return this.frames.splice(0);
  }
}

/** A server whose faces are the core's own objects, and one client. */
function open() {
  const errors: unknown[] = [];
  const diagnostics = new Diagnostics();
  diagnostics.addEventListener("callbackerror", (event) => {
    event.preventDefault();
    errors.push(event.error);
  });
  const core = new ServerCore({
    codec: new JsonCodec(),
    connectTimeout: 1_000,
    ackTimeout: undefined,
    recovery: undefined,
    limits: resolveClientLimits({}),
    cleanupEmptyChildNamespaces: false,
    createAdapter: (namespace) => new MemoryAdapter(namespace),
    diagnostics,
    createNamespaceFace: (namespace) => namespace,
    createSocketFace: (socket) => socket,
  });
  const connection = new FakeConnection();
  const client = core.accept(connection as unknown as EngineSocket); // what a client uses of one
  const main = core.namespace("/");
  const sockets: SocketCore[] = [];
  main.listeners.add("connection", (socket) => sockets.push(socket));
  return { core, main, client, connection, sockets, errors };
}

async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

Deno.test("Client joins a namespace and is told its id", () => {
  using _time = new FakeTime();
  const { client, connection, sockets } = open();
  client.onMessage("0");
  assertMatch(String(connection.frames[0]), /^0\{"sid":"[\w-]{20}"\}$/);
  assertEquals(sockets.length, 1);
});

Deno.test("Client is disconnected if it asks for no namespace in time", () => {
  using time = new FakeTime();
  const { connection } = open();
  time.tick(999);
  assertEquals(connection.endings, []);
  time.tick(50);
  assertEquals(connection.endings, ["close"]);
});

const violations: Record<string, Frame[]> = {
  "a second CONNECT": ["0"],
  "a packet of a namespace it is not in": ['2/other,["a"]'],
  "an ACK of a namespace it is not in": ["3/other,1[]"],
  "CONNECT_ERROR": ['4{"message":"x"}'],
  "what is no packet": ["x"],
  "bytes of no packet": [Uint8Array.of(1)],
  "text where bytes are due": [
    '51-["a",{"_placeholder":true,"num":0}]',
    '2["a"]',
  ],
};

for (const [name, frames] of Object.entries(violations)) {
  Deno.test(`Client is disconnected after ${name}`, () => {
    using _time = new FakeTime();
    const { client, connection } = open();
    client.onMessage("0");
    for (const frame of frames) client.onMessage(frame);
    assertEquals(connection.endings, ["close"]);
  });
}

Deno.test("Client is told of a namespace that is not there", () => {
  using _time = new FakeTime();
  const { client, connection } = open();
  client.onMessage("0/nowhere,");
  assertEquals(connection.take(), [
    '4/nowhere,{"message":"Invalid namespace"}',
  ]);
  client.onMessage("0/nowhere,");
  assertEquals(connection.endings, []);
});

Deno.test("Client may join again what it has left", () => {
  using _time = new FakeTime();
  const { client, connection, sockets } = open();
  client.onMessage("0");
  client.onMessage("1");
  client.onMessage("0");
  assertEquals(sockets.length, 2);
  sockets[1]!.disconnect();
  client.onMessage('2["on its way"]');
  client.onMessage("0");
  assertEquals(sockets.length, 3);
  assertEquals(connection.endings, []);
});

Deno.test("SocketCore calls listeners with arguments and one acknowledgement", () => {
  using _time = new FakeTime();
  const { client, connection, sockets } = open();
  client.onMessage("0");
  sockets[0]!.listeners.add("add", (a, b, ack) => {
    ack(a + b);
    ack("again");
  });
  connection.take();
  client.onMessage('27["add",1,2]');
  assertEquals(connection.take(), ["37[3]"]);
});

Deno.test("SocketCore survives an answer of more values than a call can take", async () => {
  using _time = new FakeTime();
  const { client, sockets, errors } = open();
  client.onMessage("0");
  const values = `[${"0,".repeat(500_000)}0]`;
  const answer = sockets[0]!.emitWithAck(["question"], {});
  client.onMessage(`30${values}`);
  assertEquals(await answer, 0);
  sockets[0]!.emit(["question", () => {}], {});
  client.onMessage(`31${values}`);
  client.onMessage(`2["event",${values.slice(1)}`);
  assertEquals(errors.length, 1);
});

Deno.test("SocketCore is not let in while a middleware waits", async () => {
  using _time = new FakeTime();
  const { main, client, connection, sockets } = open();
  const { promise, resolve } = Promise.withResolvers<void>();
  main.use(() => promise);
  client.onMessage("0");
  client.onMessage('2["too early"]');
  await settle();
  assertEquals([connection.frames, sockets], [[], []]);
  resolve();
  await settle();
  assertEquals(sockets.length, 1);
});

Deno.test("SocketCore sends what middlewares have sent behind CONNECT", () => {
  using _time = new FakeTime();
  const { main, client, connection } = open();
  main.use((socket: SocketCore) => socket.emit(["early"], {}));
  client.onMessage("0");
  const [connect, early] = connection.take();
  assertMatch(String(connect), /^0\{/);
  assertEquals(early, '2["early"]');
});

const circle: Record<string, unknown> = {};
circle.self = circle;

const failures: Record<string, unknown> = {
  "data with a circle": Object.assign(new Error("no"), { data: circle }),
  "data with a bigint": Object.assign(new Error("no"), { data: 1n }),
  "a message with a bigint": { message: 1n },
  "an object without a prototype": Object.create(null),
  "a symbol": Symbol("no"),
};

for (const [name, failure] of Object.entries(failures)) {
  for (const kind of ["throws", "rejects", "calls next() with"]) {
    Deno.test(`SocketCore is refused though a middleware ${kind} ${name}`, async () => {
      using time = new FakeTime();
      const { main, client, connection, sockets } = open();
      if (kind === "throws") {
        main.use(() => {
          throw failure;
        });
      } else if (kind === "rejects") main.use(() => Promise.reject(failure));
      else main.use((_socket, next) => next(failure));
      const uncaught: unknown[] = [];
      const onUncaught = (event: PromiseRejectionEvent) => {
        event.preventDefault();
        uncaught.push(event.reason);
      };
      globalThis.addEventListener("unhandledrejection", onUncaught);
      client.onMessage("0");
      await time.delay(0); // after which the runtime tells of a rejection
      globalThis.removeEventListener("unhandledrejection", onUncaught);
      assertEquals([uncaught, sockets], [[], []]);
      // The client hears of it: it would wait for an answer otherwise.
      assertEquals(connection.frames.length, 1);
      assertMatch(String(connection.frames[0]), /^4\{"message":/);
    });
  }
}

Deno.test("SocketCore tells why it is refused", async () => {
  using _time = new FakeTime();
  const { main, client, connection } = open();
  const failures = [
    Object.assign(new Error("no"), { data: { code: 1 } }),
    new Error("no"),
    "text",
  ];
  main.use((_socket, next) => next(failures.shift()));
  for (const _failure of [...failures]) client.onMessage("0");
  await settle();
  assertEquals(connection.take(), [
    '4{"message":"no","data":{"code":1}}',
    '4{"message":"no"}',
    '4{"message":"text"}',
  ]);
});
