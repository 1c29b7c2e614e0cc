/** What an engine tells its listeners about requests, and the headers they may add. */

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { Server } from "@deno-socketio/server";
import { EngineBed } from "./_support/engine_bed.ts";
import {
  endpoint,
  parseOpen,
  PollingSession,
  request,
  requestUpgrade,
} from "./_support/wire.ts";

Deno.test("connection_error tells the request, code, message and context", async () => {
  await using bed = new EngineBed({
    allowRequest: (_request, callback) => callback("no seat", false),
  });
  const url = endpoint(bed.url, { transport: "polling", own: "1" });
  const { status, body } = await request(url, { headers: { "x-own": "2" } });
  assertEquals([status, body], [403, '{"code":4,"message":"no seat"}']);
  const [error] = bed.refusals;
  assert(error !== undefined);
  const { req, ...rest } = error;
  assert(req instanceof Request);
  assertEquals(req.url, url);
  assertEquals(req.headers.get("x-own"), "2");
  assertEquals(rest, {
    code: 4,
    message: "Forbidden",
    context: { message: "no seat" },
  });
});

Deno.test("connection_error tells of a refused WebSocket and of a session's request", async () => {
  await using bed = new EngineBed();
  const { connection } = await requestUpgrade(
    endpoint(bed.url, { transport: "websocket", EIO: "3" }),
  );
  connection.close();
  await using session = await PollingSession.start(bed.url);
  await request(session.url({ EIO: "3" }), { method: "POST", body: "4x" });
  assertEquals(
    bed.refusals.map(({ req, code, context }) => [req.method, code, context]),
    [
      ["GET", 5, { protocol: 3 }],
      ["POST", 3, {
        name: "PROTOCOL_MISMATCH",
        protocol: 3,
        previousProtocol: 4,
      }],
    ],
  );
});

Deno.test("connection_error's listeners that throw change no answer", async () => {
  await using bed = new EngineBed();
  bed.engine.on("connection_error", () => {
    throw new Error("listener");
  });
  const { status } = await request(endpoint(bed.url, { transport: "none" }));
  assertEquals(status, 400);
  assertEquals(bed.failures.map(({ source }) => source), [
    'an engine listener of "connection_error"',
  ]);
});

Deno.test("connection_error is told by io.engine too", async () => {
  await using io = new Server();
  const codes: number[] = [];
  io.engine.on("connection_error", ({ code }) => codes.push(code));
  const url = "http://localhost/socket.io/?EIO=4&transport=polling&sid=nobody";
  const response = await io.handler()(new Request(url));
  await response.body?.cancel();
  assertEquals(codes, [1]);
});

/** A server whose listeners number what they see, and add a header for it. */
function observedBed(): { bed: EngineBed; seen: string[] } {
  const bed = new EngineBed({ cookie: true });
  const seen: string[] = [];
  for (const event of ["initial_headers", "headers"] as const) {
    bed.engine.on(event, (headers, { method, url }) => {
      assert(headers instanceof Headers);
      const { searchParams } = new URL(url);
      seen.push(`${event} ${method} ${searchParams.get("transport")}`);
      headers.set(`x-${event.replace("_", "-")}`, "yes");
      headers.append("set-cookie", `${event}=1`);
    });
  }
  return { bed, seen };
}

Deno.test("headers is told of each answer over polling, initial_headers of the first", async () => {
  const { bed, seen } = observedBed();
  await using _ = bed;
  const first = await request(bed.handshake("polling"));
  const { sid } = parseOpen(first.body);
  assertEquals(first.headers.get("x-initial-headers"), "yes");
  assertEquals(first.headers.get("x-headers"), "yes");
  assertEquals(
    first.headers.getSetCookie(),
    [
      `io=${sid}; Path=/; HttpOnly; SameSite=Lax`,
      "initial_headers=1",
      "headers=1",
    ],
  );
  assertEquals(seen, ["initial_headers GET polling", "headers GET polling"]);
  const url = endpoint(bed.url, { transport: "polling", sid });
  const posted = await request(url, { method: "POST", body: "1" });
  assertEquals(posted.headers.get("x-initial-headers"), null);
  assertEquals(posted.headers.get("x-headers"), "yes");
  assertEquals(seen.slice(2), ["headers POST polling"]);
});

Deno.test("headers and initial_headers are told of a WebSocket handshake, and reach the client", async () => {
  const { bed, seen } = observedBed();
  await using _ = bed;
  const { status, headers, connection } = await requestUpgrade(
    bed.handshake("websocket"),
  );
  connection.close();
  assertEquals(status, 101);
  assertEquals(headers.get("x-initial-headers"), "yes");
  assertEquals(headers.get("x-headers"), "yes");
  assertEquals(seen, [
    "initial_headers GET websocket",
    "headers GET websocket",
  ]);
});

Deno.test("headers is told of the WebSocket of an upgrade, initial_headers is not", async () => {
  const { bed, seen } = observedBed();
  await using _ = bed;
  await using session = await PollingSession.start(bed.url);
  seen.length = 0;
  const { headers, connection } = await requestUpgrade(
    session.url({ transport: "websocket" }),
  );
  connection.close();
  assertEquals(headers.get("x-headers"), "yes");
  assertEquals(headers.get("x-initial-headers"), undefined);
  assertEquals(seen, ["headers GET websocket"]);
});

Deno.test("headers is told of an answer that is held and late", async () => {
  await using bed = new EngineBed();
  const opening = bed.session();
  await using session = await PollingSession.start(bed.url);
  const socket = await opening;
  bed.engine.once("headers", (headers) => headers.set("x-late", "yes"));
  const polled = session.get();
  while (!socket.writable) await new Promise((go) => setTimeout(go, 0));
  socket.send("news");
  const { headers, body } = await polled;
  assertEquals([headers.get("x-late"), body], ["yes", "4news"]);
});

Deno.test("headers' listeners that throw leave polling and WebSocket as they are", async () => {
  await using bed = new EngineBed();
  for (const event of ["initial_headers", "headers"] as const) {
    bed.engine.on(event, (headers) => headers.set("x-bad", "\u0000"));
  }
  assertEquals((await request(bed.handshake("polling"))).status, 200);
  const { status, connection } = await requestUpgrade(
    bed.handshake("websocket"),
  );
  connection.close();
  assertEquals(status, 101);
  assertEquals(bed.failures.length, 4);
  assertEquals((await request(bed.handshake("polling"))).status, 200);
});

Deno.test("connection gives the session, which clientsCount counts until it ends", async () => {
  await using bed = new EngineBed();
  const opening = bed.session();
  await using session = await PollingSession.start(bed.url);
  const socket = await opening;
  assertEquals(socket.id, session.sid);
  assertEquals(bed.engine.clientsCount, 1);
  const counts: number[] = [];
  socket.on("close", () => counts.push(bed.engine.clientsCount));
  await session.post("1");
  assertEquals(counts, [0]);
});

Deno.test("flush and drain are told by the server, with the session", async () => {
  await using bed = new EngineBed();
  const told: unknown[] = [];
  const opening = bed.session();
  await using session = await PollingSession.start(bed.url);
  const socket = await opening;
  for (const event of ["flush", "drain"] as const) {
    bed.engine.on(event, (flushed) => {
      assertStrictEquals(flushed, socket);
      told.push(event);
    });
  }
  socket.send("one");
  assertEquals(told, []);
  assertEquals(await session.receive(), "4one");
  assertEquals(told, ["flush", "drain"]);
});
