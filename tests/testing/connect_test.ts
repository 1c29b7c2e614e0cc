/** How clients of the testing kit connect, and what keeps them from it. */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { Server } from "@deno-socketio/server";
import { MsgpackCodec } from "@deno-socketio/server/msgpack";
import {
  connect,
  ConnectError,
  settled,
  type TestHandler,
} from "@deno-socketio/server/testing";

const TRANSPORTS = ["websocket", "polling"] as const;

for (const transport of TRANSPORTS) {
  Deno.test(`connect() joins over ${transport}`, async () => {
    await using io = new Server();
    await using client = await connect(io, { transport });
    assert(client.connected);
    assertEquals(client.peer.id, client.id);
    assertEquals(client.peer.conn.transport.name, transport);
    assertEquals(io.engine.clientsCount, 1);
  });

  Deno.test(`connect() needs no timer, over ${transport}`, async () => {
    await using io = new Server();
    io.on("connection", (socket) => {
      socket.on("add", (a, b, reply) => reply(a + b));
    });
    const { setTimeout } = globalThis;
    globalThis.setTimeout = (() => {
      throw new Error("a timer");
    }) as unknown as typeof setTimeout; // never called
    try {
      await using client = await connect(io, { transport });
      assertEquals(await client.emitWithAck("add", 1, 2), 3);
    } finally {
      globalThis.setTimeout = setTimeout;
    }
  });

  Deno.test(`connect() shows its options to the server, over ${transport}`, async () => {
    await using io = new Server({ trustProxy: false });
    io.of("/admin");
    await using client = await connect(io, {
      namespace: "/admin",
      auth: { token: "secret" },
      headers: { cookie: "a=b", origin: "https://example.com" },
      query: { room: "a&b", transport: "ignored" },
      address: "203.0.113.7",
      url: "https://example.com",
      transport,
    });
    const { handshake, nsp } = client.peer;
    assertEquals(client.namespace, "/admin");
    assertEquals(nsp.name, "/admin");
    assertEquals(handshake.auth, { token: "secret" });
    assertEquals(handshake.headers.cookie, "a=b");
    assertEquals(handshake.query, { room: "a&b", EIO: "4", transport });
    assertEquals(handshake.address, "203.0.113.7");
    assert(handshake.secure && handshake.xdomain);
  });

  Deno.test(`connect() rejects with what a middleware says, over ${transport}`, async () => {
    await using io = new Server();
    io.use(() => {
      throw Object.assign(new Error("who are you?"), { data: { code: 7 } });
    });
    const error = await assertRejects(
      () => connect(io, { transport }),
      ConnectError,
      "who are you?",
    );
    assertEquals([error.data, error.status], [{ code: 7 }, undefined]);
    assertEquals(io.engine.clientsCount, 0);
  });

  Deno.test(`connect() rejects with the status of a refusal, over ${transport}`, async () => {
    await using io = new Server({ allowRequest: () => false });
    const error = await assertRejects(
      () => connect(io, { transport }),
      ConnectError,
      "Forbidden",
    );
    assertEquals(error.status, transport === "polling" ? 403 : 400);
    io.drain({ timeout: 0 });
    await assertRejects(
      () => connect(io, { transport }),
      ConnectError,
      "Cannot connect: the server answered 503",
    );
  });

  Deno.test(`connect() rejects when the server closes meanwhile, over ${transport}`, async () => {
    const io = new Server();
    io.use((_socket, _next) => void io.close());
    await assertRejects(
      () => connect(io, { transport }),
      ConnectError,
      "Cannot connect: transport close",
    );
    assertEquals(io.engine.clientsCount, 0);
  });

  Deno.test(`connect() gives up by its signal, over ${transport}`, async () => {
    await using io = new Server();
    const asked = Promise.withResolvers<void>();
    io.use((_socket, _next) => asked.resolve());
    const controller = new AbortController();
    const { signal } = controller;
    const connecting = connect(io, { transport, signal });
    await asked.promise;
    controller.abort(new Error("enough"));
    await assertRejects(() => connecting, Error, "enough");
    await settled();
    assertEquals(io.engine.clientsCount, 0);
  });

  Deno.test(`connect() that gives up before it is let in leaves no session, over ${transport}`, async () => {
    const verdict = Promise.withResolvers<boolean>();
    const asked = Promise.withResolvers<void>();
    await using io = new Server({
      allowRequest: () => {
        asked.resolve();
        return verdict.promise;
      },
    });
    const controller = new AbortController();
    const { signal } = controller;
    const connecting = connect(io, { transport, signal });
    await asked.promise;
    controller.abort();
    await assertRejects(() => connecting, DOMException);
    verdict.resolve(true);
    await settled();
    assertEquals(io.engine.clientsCount, 0);
  });

  Deno.test(`connect() goes through a handler of the application, over ${transport}`, async () => {
    await using io = new Server({ path: "/live" });
    const seen: string[] = [];
    const handler = io.handler(() => new Response("the rest"));
    await using client = await connect(io, {
      transport,
      handler: (request, info) => {
        seen.push(new URL(request.url).pathname, info.remoteAddr.hostname);
        return handler(request, info);
      },
    });
    assert(client.connected);
    assertEquals(seen.slice(0, 2), ["/live/", "127.0.0.1"]);
  });

  Deno.test(`connect() rejects with what a handler throws, over ${transport}`, async () => {
    await using io = new Server();
    await assertRejects(
      () =>
        connect(io, {
          transport,
          handler: () => {
            throw new TypeError("not today");
          },
        }),
      TypeError,
      "not today",
    );
    await assertRejects(
      () => connect(io, { transport, handler: () => new Response("a page") }),
      ConnectError,
    );
    const forgetful = (() => {}) as unknown as TestHandler; // a mistake
    await assertRejects(
      () => connect(io, { transport, handler: forgetful }),
      TypeError,
      "the handler has returned no response",
    );
  });

  Deno.test(`TestClient.response has what listeners of initial_headers add, over ${transport}`, async () => {
    await using io = new Server();
    io.engine.on("initial_headers", (headers) => headers.set("x-test", "yes"));
    await using client = await connect(io, { transport });
    assertEquals(client.response.headers.get("x-test"), "yes");
  });

  Deno.test(`connect() meets the limits and middlewares of the engine, over ${transport}`, async () => {
    await using io = new Server({
      limits: { connectionsPerAddress: 1 },
      allowedOrigins: ["https://example.com"],
    });
    io.engine.use((request, _info, next) =>
      request.headers.has("x-robot")
        ? new Response("no robots", { status: 451 })
        : next()
    );
    const headers = { origin: "https://example.com" };
    await using _client = await connect(io, { transport, headers });
    await assertRejects(
      () => connect(io, { transport, headers }),
      ConnectError,
      "Forbidden",
    );
    await using _other = await connect(io, {
      transport,
      headers,
      address: "::1",
    });
    await assertRejects(
      () => connect(io, { transport, headers: { origin: "http://evil.test" } }),
      ConnectError,
      "Forbidden",
    );
    const error = await assertRejects(
      () => connect(io, { transport, headers: { "x-robot": "1" } }),
      ConnectError,
      "no robots",
    );
    assertEquals(error.status, 451);
  });
}

Deno.test("connect() takes a copy of the response that accepts it, and no other", async () => {
  await using io = new Server();
  const handler = io.handler();
  const connectBy = (change: (response: Response) => Response) =>
    connect(io, {
      handler: async (request, info) => change(await handler(request, info)),
    });
  await using client = await connectBy((response) =>
    new Response(null, response)
  );
  assert(client.connected);
  for (const init of [{ status: 101 }, { status: 200 }]) {
    await assertRejects(
      () => connectBy(() => new Response(null, init)),
      ConnectError,
      "another response",
    );
  }
});

Deno.test("connect() rejects for a namespace that is not there, and makes dynamic ones", async () => {
  await using io = new Server();
  await assertRejects(
    () => connect(io, { namespace: "/nowhere" }),
    ConnectError,
    "Invalid namespace",
  );
  io.of(/^\/room-\d$/).on("connection", (socket) => socket.emit("in"));
  await using client = await connect(io, { namespace: "room-1" });
  assertEquals(await client.next("in"), []);
  assertEquals(client.peer.nsp.name, "/room-1");
});

Deno.test("connect() waits for a middleware that waits for the clock", async () => {
  using time = new FakeTime();
  await using io = new Server();
  io.use((_socket, next) => void setTimeout(next, 3_000));
  const connecting = connect(io);
  await time.tickAsync(3_000);
  await using client = await connecting;
  assert(client.connected);
});

Deno.test("connect() speaks msgpack where the server does", async () => {
  const parser = new MsgpackCodec();
  await using io = new Server({ parser });
  io.on("connection", (socket) => {
    socket.on("when", (date, reply) => reply(date));
  });
  await using client = await connect(io, { parser });
  const date = new Date(0);
  assertEquals(await client.emitWithAck("when", date), date);
});

Deno.test("A client that speaks JSON to msgpack is not let in", async () => {
  await using io = new Server({ parser: new MsgpackCodec() });
  await assertRejects(() => connect(io), ConnectError);
});

Deno.test("TestClient.peer throws without a connection", async () => {
  await using io = new Server();
  await using client = await connect(io);
  client.disconnect();
  assertThrows(() => client.peer, Error, "not connected");
});
