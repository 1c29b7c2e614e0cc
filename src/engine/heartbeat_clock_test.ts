/** The heartbeat of a server's sessions, when a client is slow and when the clock jumps. */

import { assert, assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { EngineServer } from "./server.ts";
import type { Socket } from "./socket.ts";

const PING_INTERVAL = 1_000;
const PING_TIMEOUT = 500;
/** Timers are late by a fiftieth at most. */
const LATE = PING_INTERVAL / 50;
const HOUR = 3_600_000;

/** A polling session of a server whose requests need no network. */
class Session implements Disposable {
  readonly events: string[] = [];
  readonly socket: Socket;
  readonly #engine: EngineServer;

  private constructor(engine: EngineServer, socket: Socket) {
    this.#engine = engine;
    this.socket = socket;
    socket.on("packetCreate", ({ type }) => this.events.push(type));
    socket.on("close", (reason) => this.events.push(reason));
  }

  static async start(): Promise<Session> {
    const engine = new EngineServer({
      pingInterval: PING_INTERVAL,
      pingTimeout: PING_TIMEOUT,
    });
    const opening = new Promise<Socket>((resolve) =>
      engine.once("connection", resolve)
    );
    const response = await engine.handle(request(""));
    assertEquals(response.status, 200);
    await response.body?.cancel();
    return new Session(engine, await opening);
  }

  /** Sends a packet, which is read when this resolves. */
  async post(body: string): Promise<void> {
    const { id } = this.socket;
    const response = await this.#engine.handle(request(`&sid=${id}`, body));
    assertEquals(await response.text(), "ok");
  }

  [Symbol.dispose](): void {
    this.#engine.close();
  }
}

function request(query: string, body?: string): Request {
  const url = `http://localhost/engine.io/?EIO=4&transport=polling${query}`;
  return new Request(url, body === undefined ? {} : { method: "POST", body });
}

/** A wall clock that can be set, beside timers that go on as ever. */
class WallClock implements Disposable {
  readonly #now = Date.now;
  #offset = 0;

  constructor() {
    const now = this.#now;
    Date.now = () => now() + this.#offset;
  }

  jump(milliseconds: number): void {
    this.#offset += milliseconds;
  }

  [Symbol.dispose](): void {
    Date.now = this.#now;
  }
}

Deno.test("A session whose client sends no pong ends at the ping timeout", async () => {
  using time = new FakeTime();
  using session = await Session.start();
  time.tick(PING_INTERVAL + LATE);
  assertEquals(session.events, ["ping"]);
  time.tick(PING_TIMEOUT + LATE);
  assertEquals(session.events, ["ping", "ping timeout"]);
});

Deno.test("A message while a pong is due gives the whole timeout again, once", async () => {
  using time = new FakeTime();
  using session = await Session.start();
  time.tick(PING_INTERVAL);
  time.tick(PING_TIMEOUT - 10);
  await session.post("4slow");
  time.tick(PING_TIMEOUT - 10);
  assertEquals(session.events, ["ping"]);
  await session.post("4slower");
  time.tick(10 + LATE);
  assertEquals(session.events, ["ping", "ping timeout"]);
});

Deno.test("A message before the ping does not give more time for the pong", async () => {
  using time = new FakeTime();
  using session = await Session.start();
  for (let i = 0; i < 9; i++) {
    await session.post("4busy");
    time.tick(PING_INTERVAL / 10);
  }
  time.tick(PING_INTERVAL / 10 + LATE);
  assertEquals(session.events, ["ping"]);
  time.tick(PING_TIMEOUT + LATE);
  assertEquals(session.events, ["ping", "ping timeout"]);
});

Deno.test("A message is no pong: the next ping waits for one", async () => {
  using time = new FakeTime();
  using session = await Session.start();
  time.tick(PING_INTERVAL + LATE);
  await session.post("4not a pong");
  time.tick(PING_TIMEOUT - 10);
  await session.post("3");
  time.tick(PING_INTERVAL - 10);
  assertEquals(session.events, ["ping"]);
  time.tick(10 + LATE);
  assertEquals(session.events, ["ping", "ping"]);
});

Deno.test("Each ping has its own second chance", async () => {
  using time = new FakeTime();
  using session = await Session.start();
  for (let round = 1; round <= 3; round++) {
    time.tick(PING_INTERVAL + LATE);
    time.tick(PING_TIMEOUT - 50);
    await session.post("4slow");
    time.tick(PING_TIMEOUT - 50);
    await session.post("3");
    assertEquals(session.events, Array(round).fill("ping"));
  }
});

for (
  const [direction, leap] of [["ahead", 5 * HOUR], ["back", -5 * HOUR]] as const
) {
  Deno.test(`A clock that leaps ${direction} by hours ends no session and stops no ping`, async () => {
    using time = new FakeTime();
    using clock = new WallClock();
    using session = await Session.start();
    const before = Date.now();
    for (let round = 1; round <= 4; round++) {
      time.tick(PING_INTERVAL / 2);
      clock.jump(leap); // until the ping
      time.tick(PING_INTERVAL / 2 - LATE);
      assertEquals(session.events.length, round - 1);
      time.tick(3 * LATE);
      assertEquals(session.events, Array(round).fill("ping"));
      clock.jump(leap); // until the pong
      time.tick(PING_TIMEOUT / 2);
      assertEquals(session.socket.readyState, "open");
      await session.post("3");
    }
    assert(Math.abs(Date.now() - before) > 7 * 5 * HOUR);
  });

  Deno.test(`A clock that leaps ${direction} by hours does not save a silent client`, async () => {
    using time = new FakeTime();
    using clock = new WallClock();
    using session = await Session.start();
    time.tick(PING_INTERVAL);
    clock.jump(leap);
    time.tick(PING_TIMEOUT - LATE);
    assertEquals(session.events, ["ping"]);
    clock.jump(leap);
    time.tick(2 * LATE);
    assertEquals(session.events, ["ping", "ping timeout"]);
  });
}
