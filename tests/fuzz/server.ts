import { assert, assertEquals } from "@std/assert";
import { Server } from "../../mod.ts";
import { PollingSession, WireSocket, within } from "../_support/wire.ts";
import type { Fuzzer } from "./fuzzer.ts";
import { randomConnection } from "./server_input.ts";

/** Connections that are open at a time. */
const CONCURRENCY = 24;

/** What must not happen, and is collected until it can be reported. */
const failures: unknown[] = [];
let port = 0;

/** A whole server, fed with bytes that are almost HTTP and WebSocket. */
export const serverFuzzer: Fuzzer = {
  name: "the server",

  start() {
    failures.length = 0;
    globalThis.addEventListener("error", onUncaught);
    globalThis.addEventListener("unhandledrejection", onUncaught);
    const { io, idle } = createServer();
    const http = Deno.serve({
      port: 0,
      hostname: "127.0.0.1",
      onListen() {},
      onError(error) {
        failures.push(error);
        return new Response(null, { status: 500 });
      },
    }, io.handler());
    port = http.addr.port;
    return async () => {
      try {
        await checkService(`http://127.0.0.1:${port}/socket.io/`);
        await within(idle(), "the end of all sessions");
        assertEquals(io.engine.clientsCount, 0);
        assertEquals(io.sockets.sockets.size, 0);
        assertNoFailure();
      } finally {
        await io.close();
        await http.shutdown();
        globalThis.removeEventListener("error", onUncaught);
        globalThis.removeEventListener("unhandledrejection", onUncaught);
      }
    };
  },

  async run(random) {
    const attempts = Array.from(
      { length: CONCURRENCY },
      () => randomConnection(random, port),
    );
    await within(Promise.all(attempts), "connections");
    assertNoFailure();
  },
};

function onUncaught(event: Event): void {
  event.preventDefault();
  const { error, reason } = event as { error?: unknown; reason?: unknown }; // of either event
  failures.push(error ?? reason);
}

function assertNoFailure(): void {
  const [failure] = failures;
  if (failure !== undefined) throw failure;
}

/** A server that uses much of what there is, with times that are short. */
function createServer() {
  const io = new Server({
    pingInterval: 100,
    pingTimeout: 100,
    upgradeTimeout: 100,
    connectTimeout: 500,
    cookie: true,
    allowEIO3: true,
    cors: { origin: true, credentials: true },
    trustProxy: true,
    allowRequest: () => Promise.resolve(true),
    cleanupEmptyChildNamespaces: true,
  });
  io.diagnostics.addEventListener("callbackerror", (event) => {
    event.preventDefault();
    // What a listener is called with may be more than a call can take.
    if (!(event.error instanceof RangeError)) failures.push(event.error);
  });
  io.use((socket, next) => {
    const { headers, query, url, time, address } = socket.handshake;
    JSON.stringify({ headers, query, url, time, address });
    next();
  });
  for (const namespace of [io.sockets, io.of("/admin"), io.of(/^\/dyn-./)]) {
    namespace.on("connection", (socket) => {
      socket.join(["room", socket.id]);
      socket.on("error", () => {});
      socket.on("echo", (...args) => {
        const ack = args.at(-1);
        if (typeof ack === "function") ack(...args.slice(0, -1));
        else socket.emit("echo", ...args);
      });
      socket.on("all", () => socket.to("room").volatile.emit("all", "x"));
      socket.on("bye", () => socket.disconnect());
      socket.on("close", () => socket.disconnect(true));
      socket.emitWithAck("question").catch(() => {});
    });
  }
  let sessions = 0;
  let wake = () => {};
  io.engine.on("connection", (session) => {
    sessions++;
    session.on("close", () => {
      if (--sessions === 0) wake();
    });
  });
  const idle = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
      if (sessions === 0) resolve();
    });
  return { io, idle };
}

/** A client that keeps the rules is still served, over either transport. */
async function checkService(url: string): Promise<void> {
  {
    await using polling = await PollingSession.start(url);
    await polling.post('40\x1e420["echo","hello"]');
    const packets = await polling.receiveMany(3);
    assert(packets.some((packet) => packet.startsWith("40{")));
    assert(packets.includes('430["hello"]'), packets.join());
  }
  {
    await using old = await WireSocket.open(
      `${url}?EIO=3&transport=websocket`,
    );
    old.send('420["echo","hello"]');
    while (await old.receive() !== '430["hello"]');
  }
  await using socket = await WireSocket.open(
    `${url}?EIO=4&transport=websocket`,
  );
  socket.send("40", '421["echo","hello"]');
  for (;;) {
    const packet = await socket.receive();
    if (packet === "2") socket.send("3");
    if (packet === '431["hello"]') break;
  }
}
