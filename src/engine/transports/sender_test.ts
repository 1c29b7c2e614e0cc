import { assert, assertEquals, assertFalse } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { WEBSOCKET_FORMAT } from "../format.ts";
import type { EncodedMessage, Frame } from "../message.ts";
import { Backlogs } from "./backlog.ts";
import { Sender } from "./sender.ts";

const MIB = 1024 * 1024;

/** A WebSocket that keeps what it is given until a test lets it leave. */
class SlowSocket {
  readyState: number = WebSocket.OPEN;
  readonly kept: Frame[] = [];
  readonly left: Frame[] = [];

  get bufferedAmount(): number {
    return this.kept.reduce((sum, { length }) => sum + length, 0);
  }

  send(data: Frame): void {
    this.kept.push(typeof data === "string" ? data : data.slice());
  }

  /** Lets the client read, so many frames or all. */
  read(count = this.kept.length): void {
    this.left.push(...this.kept.splice(0, count));
  }
}

function open() {
  const socket = new SlowSocket();
  const backlogs = new Backlogs();
  let drained = 0;
  const sender = new Sender(socket, WEBSOCKET_FORMAT, backlogs, {
    onDrained: () => drained++,
  });
  return { socket, backlogs, sender, drained: () => drained };
}

const text = (length: number): EncodedMessage => ({
  frames: ["x".repeat(length - 1)], // and the packet's type
});

/** Sends until something is kept here. */
function fill(sender: Sender, message: () => EncodedMessage): number {
  let sent = 0;
  while (sender.send(message())) sent++;
  return sent;
}

Deno.test("Sender gives the runtime what it is sent", () => {
  const { socket, sender } = open();
  assert(sender.writable);
  assert(sender.send({ frames: ["a", Uint8Array.of(1)] }));
  assertEquals(socket.kept, ["4a", Uint8Array.of(1)]);
  assertEquals(sender.bufferedAmount, 3);
  assertFalse(sender.writable);
  socket.read();
  assert(sender.writable);
});

Deno.test("Sender gives a runtime that sends any amount without a timer", () => {
  using time = new FakeTime();
  const { socket, sender } = open();
  for (let i = 0; i < 100; i++) {
    assert(sender.send(text(MIB / 4)));
    socket.read();
  }
  assertEquals(socket.left.length, 100);
  assertFalse(time.next());
});

Deno.test("Sender gives the runtime its share of bytes, and keeps the rest", () => {
  using _time = new FakeTime();
  const { socket, sender, backlogs } = open();
  for (let i = 0; i < 100; i++) sender.send(text(MIB / 4));
  assert(socket.bufferedAmount <= 1.25 * MIB);
  assertEquals(sender.bufferedAmount, 25 * MIB);
  assertFalse(sender.writable);
  sender.drop();
  backlogs.close();
});

Deno.test("Sender counts what the runtime takes for each frame", () => {
  using _time = new FakeTime();
  const { socket, sender, backlogs } = open();
  for (let i = 0; i < 10_000; i++) sender.send(text(2));
  assert(socket.kept.length < 1_100);
  assertEquals(sender.bufferedAmount, 20_000);
  assert(sender.hasBuffered(1_000_000));
  assertFalse(sender.hasBuffered(2_000_000));
  sender.drop();
  backlogs.close();
});

Deno.test("Sender sends on in order when the client reads, and tells that all has left", () => {
  using time = new FakeTime();
  const { socket, sender, drained } = open();
  const count = 50_000;
  for (let i = 0; i < count; i++) sender.send({ frames: [`${i}`] });
  assert(sender.hasBacklog);
  let steps = 0;
  while (sender.hasBacklog) {
    socket.read();
    time.tick(10);
    steps++;
    assert(socket.kept.length < 1_100);
  }
  socket.read();
  assert(steps > 10);
  assertEquals(drained(), 1);
  assertEquals(socket.left, Array.from({ length: count }, (_, i) => `4${i}`));
  assert(sender.writable);
  assert(sender.send({ frames: ["more"] }));
  time.tick(100);
  assertFalse(time.next());
});

Deno.test("Sender gives more once a quarter is left, not before", () => {
  using time = new FakeTime();
  const { socket, sender, backlogs } = open();
  const given = fill(sender, () => text(1_024));
  sender.send(text(1_024));
  socket.read(Math.floor(given / 2));
  time.tick(10);
  const half = socket.kept.length;
  assertEquals(half, given - Math.floor(given / 2));
  socket.read(half - Math.floor(given / 5));
  time.tick(200);
  assertEquals(socket.kept.length, Math.floor(given / 5) + 2);
  assertFalse(sender.hasBacklog);
  backlogs.close();
});

Deno.test("Sender keeps bytes as they were when they were sent, and messages in one piece", () => {
  using time = new FakeTime();
  const { socket, sender } = open();
  fill(sender, () => text(MIB));
  const bytes = Uint8Array.of(1);
  sender.send({ frames: ["first", bytes] });
  bytes[0] = 2;
  sender.send({ frames: ["second", bytes] });
  bytes[0] = 3;
  while (sender.hasBacklog) {
    socket.read();
    time.tick(10);
  }
  socket.read();
  assertEquals(socket.left.slice(-4), [
    "4first",
    Uint8Array.of(1),
    "4second",
    Uint8Array.of(2),
  ]);
});

Deno.test("Sender looks at a client that does not read ten times in a second", () => {
  using time = new FakeTime();
  const { socket, sender, backlogs } = open();
  fill(sender, () => text(MIB));
  let looks = 0;
  const { kept } = socket;
  Object.defineProperty(socket, "bufferedAmount", {
    get() {
      looks++;
      return kept.length * MIB;
    },
  });
  time.tick(10_000);
  assert(looks >= 90 && looks <= 110, `${looks} looks`);
  sender.drop();
  backlogs.close();
});

Deno.test("Sender.drop() lets go of what waits, and leaves no timer", () => {
  using time = new FakeTime();
  const { socket, sender, drained } = open();
  fill(sender, () => text(MIB));
  const given = socket.kept.length;
  sender.drop();
  socket.read();
  time.tick(1_000);
  assertEquals([socket.kept.length, socket.left.length], [0, given]);
  assertEquals(drained(), 0);
  assertFalse(time.next());
});

Deno.test("Sender gives nothing to a socket that closes meanwhile", () => {
  using time = new FakeTime();
  const { socket, sender, drained } = open();
  fill(sender, () => text(MIB));
  const given = socket.kept.length;
  socket.read();
  socket.readyState = WebSocket.CLOSING;
  time.tick(1_000);
  assertEquals([socket.kept.length, socket.left.length], [0, given]);
  assertEquals([sender.hasBacklog, drained()], [false, 0]);
  assertFalse(time.next());
});

Deno.test("Sender forgets places of what has left while more comes", () => {
  using time = new FakeTime();
  const { socket, sender, backlogs } = open();
  fill(sender, () => text(1_024));
  let sent = 0;
  for (let round = 0; round < 20; round++) {
    for (let i = 0; i < 2_000; i++) sender.send({ frames: [`${sent++}`] });
    socket.read();
    time.tick(10);
  }
  while (sender.hasBacklog) {
    socket.read();
    time.tick(10);
  }
  socket.read();
  assertEquals(
    socket.left.slice(-sent),
    Array.from({ length: sent }, (_, i) => `4${i}`),
  );
  backlogs.close();
});
