import { assertEquals, assertFalse } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { type HeartbeatPeer, ServerHeartbeat } from "./heartbeat.ts";

class FakePeer implements HeartbeatPeer {
  readonly events: string[] = [];

  ping(): void {
    this.events.push("ping");
  }

  pong(): void {
    this.events.push("pong");
  }

  onConfirmed(): void {
    this.events.push("confirmed");
  }

  onPingTimeout(): void {
    this.events.push("timeout");
  }
}

/** A heartbeat that pings after 1,000 ms and waits 500 ms for the pong. */
function open() {
  const heartbeat = new ServerHeartbeat(1_000, 500);
  const peer = new FakePeer();
  heartbeat.start(peer);
  return { heartbeat, peer };
}

Deno.test("ServerHeartbeat pings after pingInterval and gives up after pingTimeout", () => {
  using time = new FakeTime();
  const { peer } = open();
  time.tick(999);
  assertEquals(peer.events, []);
  time.tick(1);
  assertEquals(peer.events, ["ping"]);
  time.tick(499);
  assertEquals(peer.events, ["ping"]);
  time.tick(11);
  assertEquals(peer.events, ["ping", "timeout"]);
  time.tick(20);
  assertFalse(time.next());
});

Deno.test("ServerHeartbeat pings anew pingInterval after each pong", () => {
  using time = new FakeTime();
  const { heartbeat, peer } = open();
  for (let round = 1; round <= 3; round++) {
    time.tick(1_020);
    assertEquals(peer.events.length, 2 * round - 1);
    time.tick(400);
    heartbeat.onBeat(peer);
    assertEquals(peer.events.slice(-2), ["ping", "confirmed"]);
  }
  heartbeat.stop(peer);
});

Deno.test("ServerHeartbeat has one ping in flight at most", () => {
  using time = new FakeTime();
  const heartbeat = new ServerHeartbeat(100, 10_000);
  const peer = new FakePeer();
  heartbeat.start(peer);
  time.tick(5_000);
  assertEquals(peer.events, ["ping"]);
  heartbeat.stop(peer);
});

Deno.test("ServerHeartbeat tells an expected pong from others", () => {
  using time = new FakeTime();
  const { heartbeat, peer } = open();
  heartbeat.onBeat(peer);
  assertEquals(peer.events, []);
  time.tick(1_000);
  heartbeat.onBeat(peer);
  heartbeat.onBeat(peer);
  assertEquals(peer.events, ["ping", "confirmed"]);
  heartbeat.stop(peer);
});

Deno.test("ServerHeartbeat's unexpected pong does not put off the next ping", () => {
  using time = new FakeTime();
  const { heartbeat, peer } = open();
  time.tick(900);
  heartbeat.onBeat(peer);
  time.tick(100);
  assertEquals(peer.events, ["ping"]);
  heartbeat.stop(peer);
});

Deno.test("ServerHeartbeat.extend() gives the whole timeout again", () => {
  using time = new FakeTime();
  const { heartbeat, peer } = open();
  time.tick(1_000);
  time.tick(400);
  heartbeat.extend(peer);
  time.tick(499);
  assertEquals(peer.events, ["ping"]);
  time.tick(30);
  assertEquals(peer.events, ["ping", "timeout"]);
});

Deno.test("ServerHeartbeat.extend() does nothing while no pong is due", () => {
  using time = new FakeTime();
  const { heartbeat, peer } = open();
  heartbeat.extend(peer);
  time.tick(999);
  assertEquals(peer.events, []);
  time.tick(1);
  assertEquals(peer.events, ["ping"]);
  heartbeat.stop(peer);
});

Deno.test("ServerHeartbeat.stop() leaves no timer", () => {
  using time = new FakeTime();
  const before = open();
  before.heartbeat.stop(before.peer);
  time.tick(20);
  assertFalse(time.next());
  const after = open();
  time.tick(1_000);
  after.heartbeat.stop(after.peer);
  time.tick(20);
  assertFalse(time.next());
  assertEquals(after.peer.events, ["ping"]);
});

Deno.test("ServerHeartbeat lets a peer stop within its ping", () => {
  using time = new FakeTime();
  const heartbeat = new ServerHeartbeat(1_000, 500);
  let pings = 0;
  const peer: HeartbeatPeer = {
    ping() {
      pings++;
      heartbeat.stop(peer);
    },
    pong() {},
    onConfirmed() {},
    onPingTimeout: () => pings++,
  };
  heartbeat.start(peer);
  time.tick(10_000);
  assertEquals(pings, 1);
  assertFalse(time.next());
});
