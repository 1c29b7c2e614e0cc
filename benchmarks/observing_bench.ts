// What it costs to be observed: our part of a message alone, since the sockets are
// fakes. A whole message costs the server about ten times as much.

import * as api from "@opentelemetry/api";
import { Server } from "@deno-socketio/server";
import { consoleLogger, openTelemetry } from "@deno-socketio/server/observe";

const CLIENTS = 100;
const ECHO = `42["echo","${"x".repeat(80)}"]`;

/** A WebSocket that takes what it gets. */
class FakeSocket {
  readonly readyState = WebSocket.OPEN;
  readonly bufferedAmount = 0;
  #listener: EventListenerObject | undefined;

  addEventListener(_type: string, listener: EventListenerObject): void {
    this.#listener = listener;
  }
  removeEventListener(): void {}
  send(): void {}
  close(): void {}

  /** Does as if the client had sent `data`. */
  receive(type: "open" | "message", data?: string): void {
    this.#listener?.handleEvent(new MessageEvent(type, { data }));
  }
}

/** Connects clients to a server. */
function connect(io: Server): FakeSocket[] {
  const handle = io.handler();
  const headers = {
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
  };
  const url = "http://localhost/socket.io/?EIO=4&transport=websocket";
  return Array.from({ length: CLIENTS }, () => {
    const socket = new FakeSocket();
    handle(new Request(url, { headers }), {
      acceptWebSocket: () => ({
        socket: socket as unknown as WebSocket, // what a transport uses of one
        response: new Response(null),
      }),
    });
    socket.receive("open");
    socket.receive("message", "40");
    return socket;
  });
}

const ways: Record<string, (io: Server) => unknown> = {
  "not at all": () => {},
  "openTelemetry(), nobody collects": (io) => openTelemetry(io, api),
  'consoleLogger() at "debug", to nowhere': (io) => {
    const log = () => {};
    const sink = { error: log, warn: log, info: log, debug: log };
    consoleLogger(io, { level: "debug", sink });
  },
};

function bench(name: string, io: Server, baseline = false): void {
  io.on("connection", (socket) => {
    socket.on("echo", (data) => {
      socket.emit("echo", data);
    });
  });
  const clients = connect(io);
  let next = 0;
  Deno.bench({
    group: "an echo",
    name,
    baseline,
    fn: () => clients[next++ % CLIENTS]!.receive("message", ECHO),
  });
  Deno.bench({
    group: "a broadcast to 100 clients",
    name,
    baseline,
    fn: () => {
      io.emit("news", 1);
    },
  });
}

const options = { pingInterval: 1_000_000 };
for (const [name, observe] of Object.entries(ways)) {
  const io = new Server(options);
  observe(io);
  bench(name, io, name === "not at all");
}
bench("metrics: true", new Server({ ...options, metrics: true }));
