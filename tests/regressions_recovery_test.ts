/** Sessions that were interrupted: what brings them back, and what must not lose them. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { Server } from "@deno-socketio/server";
import {
  type Client,
  connected,
  engineOf,
  next,
  plain,
  settle,
  within,
} from "./_support/clients.ts";
import { WatchedBed } from "./_support/watched_bed.ts";

/** Interrupts a client that has got an event, and waits until the server knows. */
async function interrupt(
  bed: WatchedBed,
  transports: string[] = ["websocket"],
): Promise<Client> {
  const [socket, client] = await bed.pair("/", { transports });
  await settle(client, socket);
  const left = next(socket, "disconnect");
  engineOf(client).close();
  await left;
  return client;
}

Deno.test("A client that missed more than can be sent to it starts afresh", async () => {
  await using bed = new WatchedBed({
    connectionStateRecovery: {},
    maxBufferedAmount: 100_000,
  });
  const client = await interrupt(bed);
  for (let i = 0; i < 300; i++) bed.io.emit("missed", "x".repeat(1_000));
  client.connect();
  await connected(client);
  assertEquals(client.recovered, false);
  await settle(client, bed.socketOf(client));
});

Deno.test("A client that missed what can be sent to it is recovered", async () => {
  await using bed = new WatchedBed({
    connectionStateRecovery: {},
    maxBufferedAmount: 100_000,
  });
  const client = await interrupt(bed);
  let missed = 0;
  client.on("missed", () => missed++);
  for (let i = 0; i < 20; i++) bed.io.emit("missed", "x".repeat(1_000));
  client.connect();
  await connected(client);
  await settle(client, bed.socketOf(client));
  assertEquals([client.recovered, missed], [true, 20]);
});

Deno.test("A client that missed many small events starts afresh or is recovered, and never cut off", async () => {
  for (const missed of [400, 900]) {
    await using bed = new WatchedBed({
      connectionStateRecovery: {},
      maxBufferedAmount: 100_000,
    });
    const client = await interrupt(bed, ["polling"]);
    for (let i = 0; i < missed; i++) bed.io.emit("missed");
    client.connect();
    await connected(client);
    await settle(client, bed.socketOf(client));
    assertEquals(client.recovered, missed === 400);
  }
});

const ASKING = { connectionStateRecovery: { skipMiddlewares: false } };

Deno.test("A client that is refused as it comes back does not lose its session", async () => {
  await using bed = new WatchedBed(ASKING);
  let isBusy = false;
  bed.io.use(() => {
    if (isBusy) throw new Error("busy");
  });
  const client = await interrupt(bed);
  isBusy = true;
  client.connect();
  await next(client, "connect_error");
  isBusy = false;
  bed.io.emit("missed");
  const missed = next(client, "missed");
  client.connect();
  await connected(client);
  assert(client.recovered);
  await missed;
});

Deno.test("A client that is cut off as it comes back does not lose its session", async () => {
  await using bed = new WatchedBed(ASKING);
  let entered = () => {};
  const { promise: never } = Promise.withResolvers<void>();
  let isSlow = false;
  bed.io.use(() => {
    entered();
    if (isSlow) return never;
  });
  const client = await interrupt(bed);
  isSlow = true;
  const inMiddleware = new Promise<void>((resolve) => entered = resolve);
  const ended = bed.nextEnd();
  client.connect();
  await within(inMiddleware, "the middleware");
  engineOf(client).close();
  await ended;
  isSlow = false;
  client.connect();
  await connected(client);
  assert(client.recovered);
});

Deno.test("A client gets missed bytes as they were when they were sent", async () => {
  await using bed = new WatchedBed({ connectionStateRecovery: {} });
  const client = await interrupt(bed);
  const buffer = Uint8Array.of(1, 2, 3);
  bed.io.emit("missed", buffer);
  buffer.fill(9);
  const missed = next(client, "missed");
  client.connect();
  const [bytes] = await missed;
  assertEquals(plain(bytes), Uint8Array.of(1, 2, 3));
});

for (
  const [name, value] of [
    ["maxPackets", 0],
    ["maxBytes", NaN],
    ["maxSessions", -1],
  ] as const
) {
  Deno.test(`Server refuses connectionStateRecovery.${name} ${value}`, () => {
    assertThrows(
      () => new Server({ connectionStateRecovery: { [name]: value } }),
      RangeError,
      name,
    );
  });
}
