/** Handshakes that nobody ends, limits that several clients meet at once, and bytes on their way. */

import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { Server } from "@deno-socketio/server/engine";
import { resolveEngineOptions } from "../src/engine/options.ts";
import { EngineBed } from "./_support/engine_bed.ts";
import { WatchedBed } from "./_support/watched_bed.ts";
import {
  endpoint,
  RawConnection,
  UPGRADE_HEADERS,
  within,
} from "./_support/wire.ts";

Deno.test({
  name:
    "A WebSocket's client that has gone before the answer holds its place for two seconds",
  sanitizeOps: false, // the runtime itself never ends such an upgrade
  async fn() {
    const asked = Promise.withResolvers<void>();
    const gone = Promise.withResolvers<void>();
    const verdict = Promise.withResolvers<boolean>();
    const engine = new Server({
      limits: { pendingHandshakes: 1 },
      allowRequest(request) {
        if (request.headers.get("upgrade") === null) return true;
        request.signal.addEventListener("abort", () => gone.resolve());
        asked.resolve();
        return verdict.promise;
      },
    });
    const abort = new AbortController(); // shutdown() would wait for the client that has gone
    const { signal } = abort;
    const listen = { hostname: "127.0.0.1", port: 0, signal, onListen() {} };
    const http = Deno.serve(listen, engine.handler());
    const url = `http://127.0.0.1:${http.addr.port}/engine.io/`;
    const connection = await RawConnection.connect(url);
    const handshake = endpoint(url, { transport: "websocket" });
    await connection.writeHead("GET", handshake, UPGRADE_HEADERS);
    await within(asked.promise, "the question");
    connection.close();
    await within(gone.promise, "the end of the connection");
    const statuses: number[] = [];
    const knock = async () => {
      const answer = await fetch(endpoint(url, { transport: "polling" }));
      await answer.body?.cancel();
      statuses.push(answer.status);
    };
    {
      using time = new FakeTime();
      verdict.resolve(true);
      await time.runMicrotasks();
      await knock();
      time.tick(2_100);
      await knock();
      engine.close();
    }
    abort.abort();
    await within(http.finished, "the end of the HTTP server");
    assertEquals(statuses, [503, 200]);
  },
});

Deno.test("allowRequest that never answers refuses its client in the end", async () => {
  const asked = Promise.withResolvers<void>();
  await using bed = new EngineBed({
    allowRequest: () => {
      asked.resolve();
      return new Promise(() => {});
    },
  });
  const controller = new AbortController();
  const { signal } = controller;
  let answer: Promise<Response>;
  {
    using time = new FakeTime();
    answer = fetch(bed.handshake("polling"), { signal });
    await asked.promise;
    time.tick(46_000);
  }
  const { status, body } = await within(answer, "the refusal");
  await body?.cancel();
  assertEquals(status, 403);
  assertEquals(bed.refusals.map(({ code }) => code), [4]);
});

Deno.test("limits.connectionsPerAddress refuses one of two that come at once", async () => {
  const both = Promise.withResolvers<boolean>();
  let asked = 0;
  await using bed = new EngineBed({
    limits: { connectionsPerAddress: 1 },
    allowRequest() {
      if (++asked === 2) both.resolve(true);
      return both.promise;
    },
  });
  const exceeded: string[] = [];
  bed.engine.diagnostics.addEventListener(
    "limitexceeded",
    ({ limit }) => exceeded.push(limit),
  );
  const knock = async () => {
    const { status, body } = await fetch(bed.handshake("polling"));
    await body?.cancel();
    return status;
  };
  const statuses = await within(Promise.all([knock(), knock()]), "the answers");
  assertEquals(statuses.toSorted(), [200, 403]);
  assertEquals(exceeded, ["connectionsPerAddress"]);
  assertEquals(bed.engine.clientsCount, 1);
});

Deno.test("resolveEngineOptions() takes a limit of undefined for none", () => {
  const limits = { pendingHandshakes: undefined, packetsPerPayload: 5 };
  const given = { limits } as unknown as { limits: { packetsPerPayload: 5 } }; // as JavaScript may call it
  assertEquals(resolveEngineOptions(given).limits, {
    connectionsPerAddress: Infinity,
    connections: Infinity,
    pendingHandshakes: 10_000,
    packetsPerPayload: 5,
  });
});

Deno.test("Bytes wait for a client on its way to a WebSocket as they were when they were sent", async () => {
  await using bed = new WatchedBed();
  // One over a WebSocket, which gets the buffer itself, comes first.
  await bed.pair();
  await using session = await bed.polling();
  await session.post("40");
  await session.receive();
  await using wire = await bed.wire(session.sid);
  wire.send("2probe");
  assertEquals(await wire.receive(), "3probe");
  const buffer = Uint8Array.of(1, 2, 3);
  bed.io.emit("bytes", buffer);
  buffer.fill(9);
  wire.send("5");
  assertEquals(await wire.receiveMany(2), [
    '451-["bytes",{"_placeholder":true,"num":0}]',
    Uint8Array.of(1, 2, 3),
  ]);
});
