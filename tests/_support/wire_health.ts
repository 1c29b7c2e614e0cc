import { assertEquals } from "@std/assert";
import type { RunningServer } from "./target.ts";
import { DEADLINE, endpoint, PollingSession, WireSocket } from "./wire.ts";

/**
 * Checks that an Engine.IO echo server took no harm: it serves a client that
 * polls, upgrades and leaves, and one on WebSocket, and then has no session left.
 */
export async function assertEngineServes(server: RunningServer): Promise<void> {
  {
    await using session = await PollingSession.start(server.url);
    await session.post("4polling\x1ebAQID");
    assertEquals(await session.receiveMany(2), ["4polling", "bAQID"]);
    await using socket = await WireSocket.open(
      session.url({ transport: "websocket" }),
    );
    socket.send("2probe");
    assertEquals(await socket.receive(), "3probe");
    socket.send("5", "4upgraded");
    assertEquals(await socket.receive(), "4upgraded");
  }
  {
    await using socket = await WireSocket.open(
      endpoint(server.url, { transport: "websocket" }),
    );
    await socket.receive();
    socket.send("4websocket", Uint8Array.of(1, 2));
    assertEquals(await socket.receiveMany(2), [
      "4websocket",
      Uint8Array.of(1, 2),
    ]);
  }
  await assertEmpty(server);
  await assertMemoryIsBack(server);
}

/** Bytes that a server may hold more than at its start: it has learned how to serve. */
const MAX_GROWTH = 512 * 1024;

/** Waits until the server holds no more memory than at its start, where that can be told. */
export async function assertMemoryIsBack(
  server: RunningServer,
  maxGrowth = MAX_GROWTH,
): Promise<void> {
  const deadline = Date.now() + DEADLINE;
  for (let growth; (growth = await server.growth?.() ?? 0) > maxGrowth;) {
    if (Date.now() > deadline) {
      throw new Error(`Cannot go on: ${growth} bytes are still held`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Waits until the server has no session. */
export async function assertEmpty(server: RunningServer): Promise<void> {
  const deadline = Date.now() + DEADLINE;
  // The end of a connection shows to the server when it shows: there is no event to await.
  for (let left; (left = await server.sessions()) > 0;) {
    if (Date.now() > deadline) {
      throw new Error(`Cannot go on: ${left} sessions are left`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
