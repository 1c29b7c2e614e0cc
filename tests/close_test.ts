/** `io.close()`, whatever is under way. */

import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { DisconnectedError, Server, type Socket } from "@deno-socketio/server";
import { within } from "./_support/clients.ts";
import { ListeningBed } from "./_support/listening_bed.ts";
import {
  endpoint,
  parseOpen,
  PollingSession,
  RawConnection,
  request,
  requestUpgrade,
  UPGRADE_HEADERS,
  WireSocket,
} from "./_support/wire.ts";

/** How a socket ends, step by step. */
function ending(socket: Socket): Promise<unknown[]> {
  const steps: unknown[] = [];
  return within(
    new Promise((resolve) => {
      socket.on("disconnecting", (reason) => {
        steps.push("disconnecting", reason, socket.rooms.has("lobby"));
      });
      socket.on("disconnect", (reason) => {
        steps.push("disconnect", reason, socket.connected);
        resolve(steps);
      });
    }),
    "the end of a socket",
  );
}

const SHUT_DOWN = [
  "disconnecting",
  "server shutting down",
  true,
  "disconnect",
  "server shutting down",
  false,
];

for (const mode of ["polling", "websocket", "upgrade"] as const) {
  Deno.test(`io.close() disconnects clients, told as Node tells them (${mode})`, async () => {
    await using bed = new ListeningBed();
    const ended: Promise<unknown[]>[] = [];
    for (const name of ["/", "/admin"]) {
      bed.io.of(name).on("connection", (socket) => {
        socket.join("lobby");
        ended.push(ending(socket));
      });
    }
    const opening = bed.conn();
    const client = await bed.visitors.connect("4.8.4", mode, bed.origin);
    const conn = await opening;
    const admin = client.io.socket("/admin");
    await within(
      new Promise<void>((resolve) => admin.once("connect", resolve)),
      "a second namespace",
    );
    const reasons = [client, admin].map((socket) =>
      within(
        new Promise((resolve) => socket.once("disconnect", resolve)),
        "the end of a client",
      )
    );
    // Between two polls it would find the server gone, and call that an error.
    while (!conn.writable) await new Promise((go) => setTimeout(go, 0));
    await bed.close();
    assertEquals(await Promise.all(ended), [SHUT_DOWN, SHUT_DOWN]);
    assertEquals(await Promise.all(reasons), [
      "transport close",
      "transport close",
    ]);
  });
}

Deno.test("io.close() ends a poll that has become a stream", async () => {
  await using bed = new ListeningBed();
  await using session = await PollingSession.start(bed.url);
  await session.post("40");
  await session.receive();
  // Its head comes as soon as the server takes the poll for idle.
  const response = await within(fetch(session.url()), "an idle poll");
  const closed = bed.close();
  assertEquals(await within(response.text(), "the end of the poll"), "1");
  await closed;
});

const steps: [name: string, messages: string[], polled: string][] = [
  ["before its probe", [], "1"],
  ["behind its probe", ["2probe"], "6"],
];

for (const [name, messages, polled] of steps) {
  Deno.test(`io.close() ends an upgrade ${name}`, async () => {
    await using bed = new ListeningBed();
    const opening = bed.conn();
    await using session = await PollingSession.start(bed.url);
    const conn = await opening;
    const held = await session.hold();
    await using socket = await WireSocket.open(
      session.url({ transport: "websocket" }),
    );
    socket.send(...messages);
    if (messages.length > 0) assertEquals(await socket.receive(), "3probe");
    assertEquals(conn.upgrading, true);
    await bed.close();
    assertEquals(conn.upgrading, false);
    assertEquals((await held.answer).body, polled);
    assertEquals(await socket.drain(), []);
  });
}

Deno.test("io.close() ends a WebSocket that is only just opening", async () => {
  await using bed = new ListeningBed();
  using connection = await RawConnection.connect(bed.url);
  await connection.writeHead("GET", bed.websocket, UPGRADE_HEADERS);
  const { status } = await connection.readResponse();
  const closed = bed.close();
  assertEquals(status, 101);
  await connection.readClose();
  connection.close();
  await closed;
});

Deno.test("io.close() does not wait for a WebSocket's client that does not answer", async () => {
  await using bed = new ListeningBed();
  const opening = bed.conn();
  const { connection } = await requestUpgrade(bed.websocket);
  using _ = connection;
  await opening;
  await bed.close();
  // Still there, it has not answered the server's close frame.
  assert(await connection.readClose() !== undefined);
});

Deno.test("io.close() does not wait for a middleware of a namespace", async () => {
  await using bed = new ListeningBed();
  const { promise: asked, resolve } = Promise.withResolvers<Socket>();
  let letIn: (() => void) | undefined;
  bed.io.use((socket, next) => {
    letIn = next;
    resolve(socket);
  });
  let connections = 0;
  bed.io.on("connection", () => connections++);
  bed.visitors.open("4.8.4", "websocket", bed.origin);
  const socket = await within(asked, "the middleware");
  await bed.close();
  letIn?.();
  await Promise.resolve();
  assertEquals([connections, socket.connected], [0, false]);
});

Deno.test("io.close() settles acknowledgements that are waited for", async () => {
  await using bed = new ListeningBed();
  const sockets = new Promise<Socket>((resolve) =>
    bed.io.on("connection", resolve)
  );
  await bed.visitors.connect("4.8.4", "websocket", bed.origin);
  const socket = await sockets;
  const hour = 3_600_000;
  const pending = [
    socket.emitWithAck("question"),
    socket.timeout(hour).emitWithAck("question"),
  ].map((answer) => answer.catch((error: unknown) => error));
  const called = new Promise((resolve) =>
    socket.timeout(hour).emit("question", resolve)
  );
  const all = bed.io.timeout(hour).emitWithAck("question").catch((error) =>
    error
  );
  await bed.close();
  for (const error of await within(Promise.all(pending), "the answers")) {
    assertInstanceOf(error, DisconnectedError);
  }
  assertInstanceOf(await within(called, "the callback"), DisconnectedError);
  assert(await within(all, "the broadcast's answers") !== undefined);
});

Deno.test("io.close() may be called again, during and after", async () => {
  await using bed = new ListeningBed();
  let ends = 0;
  bed.io.on("connection", (socket) => socket.on("disconnect", () => ends++));
  await bed.visitors.connect("4.8.4", "websocket", bed.origin);
  await Promise.all([bed.close(), bed.close()]);
  await bed.close();
  assertEquals(ends, 1);
});

Deno.test("io.close() within a disconnect listener ends as well", async () => {
  await using bed = new ListeningBed();
  const { promise, resolve } = Promise.withResolvers<void>();
  bed.io.on("connection", (socket) => {
    socket.on("disconnect", () => resolve(bed.io.close()));
    socket.on("bye", () => bed.io.close());
  });
  const client = await bed.visitors.connect("4.8.4", "websocket", bed.origin);
  client.emit("bye");
  await within(promise, "the end of the server");
});

Deno.test("io.close() refuses clients from then on", async () => {
  const io = new Server();
  const http = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    io.handler(),
  );
  await using _ = { [Symbol.asyncDispose]: () => http.shutdown() };
  const url = `http://127.0.0.1:${http.addr.port}/socket.io/`;
  const { body } = await request(endpoint(url, { transport: "polling" }));
  const { sid } = parseOpen(body);
  await io.close();
  const polling = await request(endpoint(url, { transport: "polling" }));
  assertEquals(polling.status, 503);
  const websocket = await requestUpgrade(
    endpoint(url, { transport: "websocket" }),
  );
  websocket.connection.close();
  assertEquals(websocket.status, 503);
  const late = endpoint(url, { transport: "polling", sid });
  assertEquals((await request(late)).status, 400);
  assertEquals(
    (await request(late, { method: "POST", body: "4x" })).status,
    400,
  );
  assertEquals(io.engine.clientsCount, 0);
});

for (const option of ["allowRequest", "generateId"] as const) {
  Deno.test(`io.close() refuses a client whom ${option} lets in too late`, async () => {
    const asked = Promise.withResolvers<void>();
    const { promise, resolve } = Promise.withResolvers<true & string>();
    const io = new Server({
      [option]: () => {
        asked.resolve();
        return promise;
      },
    });
    const handler = io.handler();
    const http = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      handler,
    );
    await using _ = { [Symbol.asyncDispose]: () => http.shutdown() };
    const url = `http://127.0.0.1:${http.addr.port}/socket.io/`;
    const answer = request(endpoint(url, { transport: "polling" }));
    await within(asked.promise, option);
    await within(io.close(), "the end of the server");
    resolve(
      (option === "allowRequest" ? true : "late") as true & string, // as each returns
    );
    assertEquals((await answer).status, 503);
    assertEquals(io.engine.clientsCount, 0);
  });
}

Deno.test("io.close() calls back as on Node, and resolves too", async () => {
  await using bed = new ListeningBed();
  const called = Promise.withResolvers<unknown[]>();
  await bed.io.close((...args) => called.resolve(args));
  assertEquals(await within(called.promise, "the callback"), []);
});

Deno.test("io.close() reports what its callback throws", async () => {
  await using bed = new ListeningBed();
  const reported = Promise.withResolvers<unknown>();
  bed.io.diagnostics.addEventListener("callbackerror", (event) => {
    event.preventDefault();
    reported.resolve(event.error);
  });
  const error = new Error("no good end");
  await bed.io.close(() => {
    throw error;
  });
  assertEquals(await within(reported.promise, "the report"), error);
});
