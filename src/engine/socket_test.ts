import { assert, assertEquals, assertFalse } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { DelayLine } from "../delay_line.ts";
import { Diagnostics } from "../diagnostics.ts";
import { type Heartbeat, ServerHeartbeat } from "./heartbeat.ts";
import { type EncodedMessage, toWire } from "./message.ts";
import { POLLING_FORMAT } from "./format.ts";
import { REVISION_4 } from "./revision.ts";
import { EngineSocket, type SocketSettings } from "./socket.ts";
import type { TransportOwner } from "./transports/transport.ts";
import type { WebSocketTransport } from "./transports/websocket.ts";
import { ClientHeartbeat } from "./v3/heartbeat.ts";

const ENDPOINT = "http://localhost/engine.io/?EIO=4&transport=polling&sid=x";

/** A WebSocket whose messages a test reads and writes. */
class FakeTransport {
  readonly name = "websocket";
  readonly sent: unknown[] = [];
  writable = true;
  bufferedAmount = 0;
  closed = 0;
  owner: TransportOwner | undefined;

  bind(owner: TransportOwner): void {
    this.owner = owner;
  }

  hasBuffered(bytes: number): boolean {
    return this.bufferedAmount > bytes;
  }

  write(message: EncodedMessage): void {
    this.sent.push(...toWire(message));
    this.owner?.onFlush();
  }

  finish(done: () => void): void {
    done();
  }

  close(): void {
    this.closed++;
    this.owner = undefined;
  }

  /** What a session takes it for. */
  get real(): WebSocketTransport {
    return this as unknown as WebSocketTransport; // all that a session uses
  }
}

/** A session, with what it shares with others and what it tells. */
function open(
  websocket?: FakeTransport,
  heartbeat: Heartbeat = new ServerHeartbeat(1_000, 500),
) {
  const errors: unknown[] = [];
  const exceeded: string[] = [];
  const forgotten: EngineSocket[] = [];
  const settings: SocketSettings = {
    revision: REVISION_4,
    diagnostics: new Diagnostics(),
    heartbeat,
    polling: {
      format: POLLING_FORMAT,
      maxHttpBufferSize: 1_000,
      packetsPerPayload: 100,
      compressionThreshold: undefined,
      idlePolls: new DelayLine(1_000, (poll) => poll.onIdle()),
    },
    upgrades: new DelayLine(400, (upgrade) => upgrade.abandon()),
    closings: new DelayLine(2_000, (socket) => socket.end("forced close")),
    maxBufferedAmount: 1_000,
    onLimitExceeded: (limit) => exceeded.push(limit),
    onListenerError: (error) => errors.push(error),
    onSocketFlushed: () => {},
    onSocketClosed: (socket) => forgotten.push(socket),
  };
  const socket = new EngineSocket(
    "id",
    {
      request: new Request(ENDPOINT),
      remoteAddress: "10.0.0.1",
      secure: false,
      issued: 0,
    },
    websocket?.real,
    settings,
  );
  const events: unknown[][] = [];
  socket.owner = {
    onMessage: (data) => events.push(["message", data]),
    onClose: (reason, details) =>
      events.push([reason, ...details ? [details.description] : []]),
  };
  const get = () => Promise.resolve(socket.handlePoll(new Request(ENDPOINT))!);
  const post = (body: string) =>
    Promise.resolve(
      socket.handlePoll(new Request(ENDPOINT, { method: "POST", body }))!,
    );
  return { socket, settings, events, errors, exceeded, forgotten, get, post };
}

async function text(response: Promise<Response>): Promise<string> {
  return await (await response).text();
}

/** Makes sure that all timers stop, which may take them a tick. */
function assertNoTimer(time: FakeTime): void {
  time.tick(50);
  assertFalse(time.next());
}

Deno.test("EngineSocket hands messages to its owner and its listeners", () => {
  using _time = new FakeTime();
  const transport = new FakeTransport();
  const { socket, events } = open(transport);
  const heard: unknown[] = [];
  socket.on("message", (data) => heard.push(data));
  socket.on("data", (data) => heard.push(data));
  transport.owner?.onPacket({ type: "message", data: "a" });
  transport.owner?.onPacket({ type: "message" });
  transport.owner?.onPacket({ type: "message", data: Uint8Array.of(1) });
  assertEquals(events, [
    ["message", "a"],
    ["message", ""],
    ["message", Uint8Array.of(1)],
  ]);
  assertEquals(heard.length, 6);
  socket.end("forced close");
});

Deno.test("EngineSocket answers for what it is", () => {
  using _time = new FakeTime();
  const { socket } = open();
  assertEquals(socket.readyState, "open");
  assertEquals(socket.transport.name, "polling");
  assertEquals(socket.remoteAddress, "10.0.0.1");
  assertEquals([socket.upgraded, socket.upgrading], [false, false]);
  socket.end("forced close");
  assertEquals(socket.readyState, "closed");
  assertFalse(socket.writable);
});

Deno.test("EngineSocket pings, and ends with a ping timeout when no pong comes", () => {
  using time = new FakeTime();
  const transport = new FakeTransport();
  const { socket, events, forgotten } = open(transport);
  time.tick(1_000);
  assertEquals(transport.sent, ["2"]);
  time.tick(600);
  assertEquals(events, [["ping timeout"]]);
  assertEquals(forgotten, [socket]);
  assertEquals(transport.closed, 1);
  assertNoTimer(time);
});

Deno.test("EngineSocket pings again after a pong", () => {
  using time = new FakeTime();
  const transport = new FakeTransport();
  const { socket } = open(transport);
  let heartbeats = 0;
  socket.on("heartbeat", () => heartbeats++);
  for (let round = 1; round <= 3; round++) {
    time.tick(1_020);
    assertEquals(transport.sent.length, round);
    transport.owner?.onPacket({ type: "pong" });
  }
  assertEquals(heartbeats, 3);
  socket.end("forced close");
});

Deno.test("EngineSocket waits anew for a pong once, while the client sends something else", () => {
  using time = new FakeTime();
  const transport = new FakeTransport();
  const { events } = open(transport);
  time.tick(1_000);
  for (let i = 0; i < 4; i++) {
    time.tick(250);
    transport.owner?.onPacket({ type: "message", data: "x" });
  }
  assertEquals(events.at(-1), ["ping timeout"]);
});

Deno.test("EngineSocket ends with what the transport tells", () => {
  using _time = new FakeTime();
  const endings: [(owner: TransportOwner) => void, string][] = [
    [(owner) => owner.onPacketError(new Error()), "parse error"],
    [
      (owner) => owner.onTransportError({ description: "x" }),
      "transport error",
    ],
    [
      (owner) => owner.onTransportClose({ description: "x" }),
      "transport close",
    ],
    [(owner) => owner.onPacket({ type: "ping" }), "transport error"],
  ];
  for (const [end, reason] of endings) {
    const transport = new FakeTransport();
    const { events, forgotten } = open(transport);
    const { owner } = transport;
    end(owner!);
    end(owner!);
    assertEquals(events.map(([reason]) => reason), [reason]);
    assertEquals(forgotten.length, 1);
  }
});

Deno.test("EngineSocket heeds a close packet on long-polling alone", async () => {
  using _time = new FakeTime();
  const transport = new FakeTransport();
  const websocket = open(transport);
  transport.owner?.onPacket({ type: "close" });
  assertEquals(websocket.events, []);
  websocket.socket.end("forced close");
  const polling = open();
  const held = polling.get();
  assertEquals(await text(polling.post("1")), "ok");
  assertEquals(polling.events, [["transport close"]]);
  assertEquals(await text(held), "6");
});

Deno.test("EngineSocket sends nothing once it has ended", () => {
  using _time = new FakeTime();
  const transport = new FakeTransport();
  const { socket } = open(transport);
  socket.send("a");
  socket.end("forced close");
  socket.send("b");
  assertEquals(transport.sent, ["4a"]);
});

Deno.test("EngineSocket ends when too much waits for its client", () => {
  using _time = new FakeTime();
  const transport = new FakeTransport();
  const { socket, events, exceeded } = open(transport);
  transport.bufferedAmount = 1_000;
  socket.send("a");
  assertEquals([events, exceeded], [[], []]);
  transport.bufferedAmount = 1_001;
  socket.send("b");
  assertEquals(events[0]?.[0], "transport error");
  assertEquals(exceeded, ["maxBufferedAmount"]);
  assertEquals(transport.sent, ["4a"]);
});

Deno.test("EngineSocket answers no more pings than its client reads", () => {
  using _time = new FakeTime();
  const transport = new FakeTransport();
  const { events, exceeded } = open(transport, new ClientHeartbeat(1_500));
  transport.owner?.onPacket({ type: "ping" });
  assertEquals([transport.sent, exceeded], [["3"], []]);
  transport.bufferedAmount = 1_001;
  transport.owner?.onPacket({ type: "ping" });
  assertEquals(events[0]?.[0], "transport error");
  assertEquals(exceeded, ["maxBufferedAmount"]);
  assertEquals(transport.sent, ["3"]);
});

Deno.test("EngineSocket ends when too much waits for a poll that does not come", () => {
  using _time = new FakeTime();
  const { socket, events } = open();
  for (let i = 0; i < 12; i++) socket.send("x".repeat(10));
  assertEquals(events[0]?.[0], "transport error");
});

Deno.test("EngineSocket calls back when a message has left", async () => {
  using _time = new FakeTime();
  const { socket, get } = open();
  const flushed: string[] = [];
  socket.send("a", {}, () => flushed.push("a"));
  socket.send("b", {}, () => flushed.push("b"));
  assertEquals(flushed, []);
  assertEquals(await text(get()), "4a\x1e4b");
  assertEquals(flushed, ["a", "b"]);
  socket.end("forced close");
});

Deno.test("EngineSocket.close() on a WebSocket ends at once and leaves no timer", () => {
  using time = new FakeTime();
  const transport = new FakeTransport();
  const { socket, settings, events } = open(transport);
  socket.close();
  assertEquals(events, [["forced close"]]);
  assertEquals(settings.closings.size, 0);
  assertNoTimer(time);
});

Deno.test("EngineSocket.close() lets long-polling deliver what waits first", async () => {
  using _time = new FakeTime();
  const { socket, events, get } = open();
  socket.send("a");
  socket.close();
  assertEquals(socket.readyState, "closing");
  socket.send("too late");
  assertEquals(events, []);
  assertEquals(await text(get()), "4a");
  assertEquals(events, []);
  assertEquals(await text(get()), "1");
  assertEquals(events, [["forced close"]]);
});

Deno.test("EngineSocket.close() waits no longer than the heartbeat or the limit for a poll", () => {
  using time = new FakeTime();
  const { socket, events } = open();
  socket.close();
  time.tick(2_100);
  assertEquals(events.length, 1);
  assertEquals(socket.readyState, "closed");
  assertNoTimer(time);
});

Deno.test("EngineSocket.close(true) ends at once", async () => {
  using _time = new FakeTime();
  const { socket, events, get } = open();
  const held = get();
  socket.close(true);
  assertEquals(events, [["forced close"]]);
  assertEquals(await text(held), "1");
});

/** A session on its way to a WebSocket. */
function openUpgrading() {
  const session = open();
  const websocket = new FakeTransport();
  session.socket.startUpgrade(websocket.real);
  const send = (packet: Parameters<TransportOwner["onPacket"]>[0]) =>
    websocket.owner?.onPacket(packet);
  return { ...session, websocket, send };
}

Deno.test("EngineSocket moves to a WebSocket and loses nothing", async () => {
  using _time = new FakeTime();
  const { socket, websocket, events, get, send } = openUpgrading();
  const names: string[] = [];
  socket.on("upgrading", () => names.push("upgrading"));
  socket.on("upgrade", ({ name }) => names.push(`upgrade ${name}`));
  const held = get();
  assert(socket.upgrading);
  send({ type: "ping", data: "probe" });
  assertEquals(websocket.sent, ["3probe"]);
  assertEquals(await text(held), "6");
  socket.send("a");
  socket.send("b");
  send({ type: "upgrade" });
  assertEquals(websocket.sent, ["3probe", "4a", "4b"]);
  assertEquals(names, ["upgrading", "upgrade websocket"]);
  assertEquals([socket.upgraded, socket.upgrading], [true, false]);
  assertEquals(socket.transport.name, "websocket");
  send({ type: "message", data: "c" });
  assertEquals(events, [["message", "c"]]);
  assertEquals(socket.handlePoll(new Request(ENDPOINT)), undefined);
  socket.end("forced close");
});

Deno.test("EngineSocket sends over a WebSocket the bytes as they were when they were sent", () => {
  using _time = new FakeTime();
  const { socket, websocket, send } = openUpgrading();
  const bytes = Uint8Array.of(1, 2);
  socket.send(bytes);
  bytes.fill(9);
  send({ type: "ping", data: "probe" });
  send({ type: "upgrade" });
  assertEquals(websocket.sent, ["3probe", Uint8Array.of(1, 2)]);
  socket.end("forced close");
});

Deno.test("EngineSocket stays on long-polling when the client does not move", async () => {
  using time = new FakeTime();
  const { socket, websocket, events, get, send } = openUpgrading();
  send({ type: "ping", data: "probe" });
  time.tick(450);
  assertEquals(websocket.closed, 1);
  assertFalse(socket.upgrading);
  const held = get();
  socket.send("a");
  assertEquals(await text(held), "4a");
  assertEquals(events, []);
  socket.end("forced close");
  assertNoTimer(time);
});

Deno.test("EngineSocket may try another WebSocket after one that was given up", () => {
  using _time = new FakeTime();
  const { socket, websocket } = openUpgrading();
  websocket.owner?.onTransportClose({ description: "gone" });
  const second = new FakeTransport();
  socket.startUpgrade(second.real);
  second.owner?.onPacket({ type: "ping", data: "probe" });
  second.owner?.onPacket({ type: "upgrade" });
  assert(socket.upgraded);
  socket.end("forced close");
});

Deno.test("EngineSocket turns down a second WebSocket, during and after the first", () => {
  using _time = new FakeTime();
  const { socket, websocket, send } = openUpgrading();
  const second = new FakeTransport();
  socket.startUpgrade(second.real);
  assertEquals(second.closed, 1);
  send({ type: "ping", data: "probe" });
  send({ type: "upgrade" });
  const third = new FakeTransport();
  socket.startUpgrade(third.real);
  assertEquals(third.closed, 1);
  assertEquals(websocket.closed, 0);
  socket.end("forced close");
});

for (const probed of [false, true]) {
  const when = probed ? "behind the probe" : "before the probe";
  Deno.test(`EngineSocket ends ${when} and takes the WebSocket with it`, () => {
    using time = new FakeTime();
    const { socket, settings, websocket, events, send } = openUpgrading();
    if (probed) send({ type: "ping", data: "probe" });
    socket.end("transport close");
    assertEquals(websocket.closed, 1);
    assertEquals(events, [["transport close"]]);
    assertEquals(settings.upgrades.size, 0);
    assertNoTimer(time);
  });
}

Deno.test("EngineSocket that closes during an upgrade ends over either transport", async () => {
  using _time = new FakeTime();
  const stays = openUpgrading();
  stays.send({ type: "ping", data: "probe" });
  stays.socket.close();
  assertEquals(await text(stays.get()), "1");
  assertEquals(stays.events, [["forced close"]]);
  assertEquals(stays.websocket.closed, 1);

  const moves = openUpgrading();
  moves.send({ type: "ping", data: "probe" });
  moves.socket.send("a");
  moves.socket.close();
  moves.send({ type: "upgrade" });
  assertEquals(moves.websocket.sent, ["3probe", "4a"]);
  assertEquals(moves.events, [["forced close"]]);
});

Deno.test("EngineSocket's listeners that throw stop nothing", () => {
  using _time = new FakeTime();
  const transport = new FakeTransport();
  const { socket, events, errors } = open(transport);
  for (const name of ["packet", "data", "message", "close"] as const) {
    socket.on(name, () => {
      throw new Error(name);
    });
  }
  transport.owner?.onPacket({ type: "message", data: "a" });
  socket.end("forced close");
  assertEquals(events, [["message", "a"], ["forced close"]]);
  assertEquals(errors.map((error) => (error as Error).message), [
    "packet",
    "data",
    "message",
    "close",
  ]); // all thrown above
});
