import { assertEquals } from "@std/assert";
import type { Packet } from "../engine_parser/mod.ts";
import { type EncodedMessage, toWire } from "./message.ts";
import type { WebSocketTransport } from "./transports/websocket.ts";
import { Upgrade, type UpgradeHost } from "./upgrade.ts";

/** Records what an upgrade does to its transport and its host. */
class Recorder implements UpgradeHost {
  readonly events: string[] = [];
  readonly upgrade: Upgrade;

  constructor() {
    const transport = {
      bind: () => this.events.push("bind"),
      write: (message: EncodedMessage) =>
        this.events.push(`write ${toWire(message)}`),
      close: () => this.events.push("close"),
    };
    this.upgrade = new Upgrade(
      transport as unknown as WebSocketTransport, // what an upgrade uses of one
      this,
    );
  }

  onLimitExceeded(limit: string): void {
    this.events.push(`limit ${limit}`);
  }

  onProbe(): void {
    this.events.push("onProbe");
  }

  onUpgraded(): void {
    this.events.push("onUpgraded");
  }

  onUpgradeAbandoned(): void {
    this.events.push("onUpgradeAbandoned");
  }

  /** What has happened since it was asked last. */
  take(): string[] {
    return this.events.splice(0);
  }
}

const PROBE: Packet = { type: "ping", data: "probe" };
const ABANDONED = ["close", "onUpgradeAbandoned"];

Deno.test("Upgrade answers the probe and moves on", () => {
  const recorder = new Recorder();
  assertEquals(recorder.take(), ["bind"]);
  recorder.upgrade.onPacket(PROBE);
  assertEquals(recorder.take(), ["write 3probe", "onProbe"]);
  recorder.upgrade.onPacket({ type: "upgrade" });
  assertEquals(recorder.take(), ["onUpgraded"]);
});

Deno.test("Upgrade tells its host of a limit that is exceeded", () => {
  const recorder = new Recorder();
  recorder.take();
  recorder.upgrade.onLimitExceeded("maxHttpBufferSize");
  assertEquals(recorder.take(), ["limit maxHttpBufferSize"]);
});

const unexpected: Record<string, Packet[]> = {
  "an upgrade without a probe": [{ type: "upgrade" }],
  "a ping without its word": [{ type: "ping" }],
  "a ping with another word": [{ type: "ping", data: "Probe" }],
  "a message": [{ type: "message", data: "x" }],
  "a close": [{ type: "close" }],
  "a second probe": [PROBE, PROBE],
  "a message behind the probe": [PROBE, { type: "message", data: "x" }],
  "a pong behind the probe": [PROBE, { type: "pong" }],
};

for (const [name, packets] of Object.entries(unexpected)) {
  Deno.test(`Upgrade is abandoned after ${name}`, () => {
    const recorder = new Recorder();
    for (const packet of packets) {
      recorder.take();
      recorder.upgrade.onPacket(packet);
    }
    assertEquals(recorder.take(), ABANDONED);
  });
}

const endings: Record<string, (upgrade: Upgrade) => void> = {
  "abandon()": (upgrade) => upgrade.abandon(),
  "a packet that is none": (upgrade) => upgrade.onPacketError(),
  "a transport error": (upgrade) => upgrade.onTransportError(),
  "the end of the transport": (upgrade) => upgrade.onTransportClose(),
};

for (const [name, end] of Object.entries(endings)) {
  for (const probed of [false, true]) {
    const when = probed ? "behind the probe" : "before the probe";
    Deno.test(`Upgrade is abandoned once by ${name} ${when}`, () => {
      const recorder = new Recorder();
      if (probed) recorder.upgrade.onPacket(PROBE);
      recorder.take();
      end(recorder.upgrade);
      assertEquals(recorder.take(), ABANDONED);
      end(recorder.upgrade);
      recorder.upgrade.onPacket(PROBE);
      recorder.upgrade.onPacket({ type: "upgrade" });
      assertEquals(recorder.take(), []);
    });
  }

  Deno.test(`Upgrade stays upgraded after ${name}`, () => {
    const recorder = new Recorder();
    recorder.upgrade.onPacket(PROBE);
    recorder.upgrade.onPacket({ type: "upgrade" });
    recorder.take();
    end(recorder.upgrade);
    assertEquals(recorder.take(), []);
  });
}
