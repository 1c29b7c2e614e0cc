import { assertEquals, assertFalse } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import type { HeartbeatPeer } from "../heartbeat.ts";
import { ClientHeartbeat } from "./heartbeat.ts";

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

function open() {
  const heartbeat = new ClientHeartbeat(1_000);
  const peer = new FakePeer();
  heartbeat.start(peer);
  return { heartbeat, peer };
}

Deno.test("ClientHeartbeat gives up a peer that does not ping", () => {
  using time = new FakeTime();
  const { peer } = open();
  time.tick(999);
  assertEquals(peer.events, []);
  time.tick(21);
  assertEquals(peer.events, ["timeout"]);
  time.tick(20);
  assertFalse(time.next());
});

Deno.test("ClientHeartbeat answers each ping, and waits anew", () => {
  using time = new FakeTime();
  const { heartbeat, peer } = open();
  for (let round = 1; round <= 3; round++) {
    time.tick(900);
    heartbeat.onBeat(peer);
    assertEquals(peer.events, Array(round).fill("pong"));
  }
  heartbeat.stop(peer);
});

Deno.test("ClientHeartbeat.extend() changes nothing", () => {
  using time = new FakeTime();
  const { heartbeat, peer } = open();
  time.tick(900);
  heartbeat.extend();
  time.tick(120);
  assertEquals(peer.events, ["timeout"]);
});

Deno.test("ClientHeartbeat leaves no timer behind stop() and close()", () => {
  using time = new FakeTime();
  const { heartbeat, peer } = open();
  heartbeat.stop(peer);
  heartbeat.close();
  assertFalse(time.next());
  assertEquals(peer.events, []);
});
