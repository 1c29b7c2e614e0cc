/** `engine.use()` through real requests. */

import { assert, assertEquals } from "@std/assert";
import type { EngineMiddleware } from "@deno-socketio/server/engine";
import { EngineBed } from "./_support/engine_bed.ts";
import {
  parseOpen,
  PollingSession,
  request,
  requestUpgrade,
  WireSocket,
} from "./_support/wire.ts";

/** Asserts that clients of both transports get a session and an answer. */
async function assertServes(bed: EngineBed): Promise<void> {
  bed.engine.once("connection", (socket) => socket.send("polled"));
  await using session = await PollingSession.start(bed.url);
  assertEquals(await session.receive(), "4polled");
  bed.engine.once("connection", (socket) => socket.send("hello"));
  await using socket = await WireSocket.open(bed.handshake("websocket"));
  const [open, message] = await socket.receiveMany(2);
  parseOpen(open);
  assertEquals(message, "4hello");
}

/** Adds a middleware that is in the way until it has run for both transports. */
async function handshakes(
  bed: EngineBed,
  middleware: EngineMiddleware,
): Promise<[polling: number, websocket: number]> {
  let isOn = true;
  bed.engine.use((request, info, next) =>
    isOn ? middleware(request, info, next) : next()
  );
  const { status } = await request(bed.handshake("polling"));
  const upgrade = await requestUpgrade(bed.handshake("websocket"));
  upgrade.connection.close();
  isOn = false;
  return [status, upgrade.status];
}

Deno.test("engine.use() sees each request and who sent it, in order", async () => {
  await using bed = new EngineBed();
  const seen: unknown[] = [];
  bed.engine
    .use(({ method, url }, info, next) => {
      const { searchParams } = new URL(url);
      const address = info?.remoteAddr;
      assert(address !== undefined && "hostname" in address);
      seen.push([method, searchParams.get("transport"), address.hostname]);
      return next();
    })
    .use((_request, _info, next) => {
      seen.push("second");
      return next();
    });
  await using session = await PollingSession.start(bed.url);
  await session.post("3");
  const upgrade = await requestUpgrade(session.url({ transport: "websocket" }));
  upgrade.connection.close();
  assertEquals(upgrade.status, 101);
  assertEquals(seen, [
    ["GET", "polling", "127.0.0.1"],
    "second",
    ["POST", "polling", "127.0.0.1"],
    "second",
    ["GET", "websocket", "127.0.0.1"],
    "second",
  ]);
});

Deno.test("a middleware may answer by itself", async () => {
  await using bed = new EngineBed();
  const statuses = await handshakes(
    bed,
    () => new Response("closed today", { status: 451 }),
  );
  assertEquals(statuses, [451, 451]);
  assertEquals(bed.engine.clientsCount, 0);
  assertEquals(bed.refusals, []);
  await assertServes(bed);
});

Deno.test("a middleware may change the headers of each answer", async () => {
  await using bed = new EngineBed();
  bed.engine.use(async (_request, _info, next) => {
    const response = await next();
    response.headers.set("x-frame-options", "DENY");
    response.headers.append("set-cookie", "seat=7");
    return response;
  });
  const { headers, body } = await request(bed.handshake("polling"));
  parseOpen(body);
  assertEquals(headers.get("x-frame-options"), "DENY");
  assertEquals(headers.getSetCookie(), ["seat=7"]);
  const upgrade = await requestUpgrade(bed.handshake("websocket"));
  upgrade.connection.close();
  assertEquals(upgrade.status, 101);
  assertEquals(upgrade.headers.get("x-frame-options"), "DENY");
  assertEquals(upgrade.headers.get("set-cookie"), "seat=7");
});

Deno.test("a middleware may wait before it lets a request through", async () => {
  await using bed = new EngineBed();
  bed.engine.use(async (_request, _info, next) => {
    await new Promise((go) => setTimeout(go, 0));
    return await next();
  });
  await assertServes(bed);
});

const failing: Record<string, EngineMiddleware> = {
  "throws": () => {
    throw new Error("middleware");
  },
  "rejects": () => Promise.reject(new Error("middleware")),
};

for (const [name, middleware] of Object.entries(failing)) {
  Deno.test(`a middleware that ${name} refuses the request, and no more`, async () => {
    await using bed = new EngineBed();
    assertEquals(await handshakes(bed, middleware), [400, 400]);
    assertEquals(
      bed.refusals.map(({ code, context }) => [code, context]),
      Array(2).fill([3, { name: "MIDDLEWARE_FAILURE" }]),
    );
    assertEquals(bed.failures.map(({ source }) => source), [
      "an engine middleware",
      "an engine middleware",
    ]);
    assertEquals(bed.engine.clientsCount, 0);
    await assertServes(bed);
  });
}

// What a middleware does once a WebSocket is accepted comes too late.
const late: Record<string, EngineMiddleware> = {
  "throws behind next()": async (_request, _info, next) => {
    await next();
    throw new Error("late");
  },
  "replaces the answer": async (_request, _info, next) => {
    await next();
    return new Response("replaced", { status: 410 });
  },
  "replaces the answer without waiting for it": (_request, _info, next) => {
    next();
    return new Response("replaced", { status: 410 });
  },
};

for (const [name, middleware] of Object.entries(late)) {
  Deno.test(`a middleware that ${name} leaves an accepted WebSocket alone`, async () => {
    await using bed = new EngineBed();
    const [polling, websocket] = await handshakes(bed, middleware);
    assertEquals(polling, name.startsWith("throws") ? 400 : 410);
    assertEquals(websocket, 101);
    await assertServes(bed);
  });
}

// The answer is made when the middleware's own has left already.
const hasty: Record<string, EngineMiddleware> = {
  "answers": (_request, _info, next) => {
    next();
    return new Response("too fast", { status: 410 });
  },
  "throws": (_request, _info, next) => {
    next();
    throw new Error("too fast");
  },
};

for (const [name, middleware] of Object.entries(hasty)) {
  // What next() returned rejects with "Request closed", and nobody has taken it.
  Deno.test({
    name:
      `a middleware that ${name} before a late WebSocket is accepted stops nobody`,
    async fn() {
      const asked = Promise.withResolvers<void>();
      const answer = Promise.withResolvers<boolean>();
      let count = 0;
      await using bed = new EngineBed({
        allowRequest() {
          if (++count > 1) return true;
          asked.resolve();
          return answer.promise;
        },
      });
      let isOn = true;
      bed.engine.use((request, info, next) => {
        if (!isOn) return next();
        isOn = false;
        return middleware(request, info, next);
      });
      const { status, connection } = await requestUpgrade(
        bed.handshake("websocket"),
      );
      using _ = connection;
      assertEquals(status, name === "answers" ? 410 : 400);
      await asked.promise;
      answer.resolve(true);
      await assertServes(bed);
    },
  });
}

// What next() returned rejects, and nobody has taken it: the process would end.
Deno.test({
  name:
    "a middleware that does not wait for the failure of the next stops nobody",
  async fn() {
    await using bed = new EngineBed();
    let isOn = true;
    bed.engine.use((_request, _info, next) => {
      if (!isOn) return next();
      next();
      return new Response("own", { status: 410 });
    });
    bed.engine.use((_request, _info, next) => {
      if (isOn) throw new Error("nobody waits for it");
      return next();
    });
    assertEquals((await request(bed.handshake("polling"))).status, 410);
    isOn = false;
    await assertServes(bed);
  },
});

Deno.test("a middleware that calls next() twice gets one WebSocket", async () => {
  await using bed = new EngineBed();
  let sessions = 0;
  bed.engine.on("connection", () => sessions++);
  const opening = bed.session();
  bed.engine.use(async (_request, _info, next) => {
    const [first, second] = await Promise.all([next(), next()]);
    return first.status === 101 ? first : second;
  });
  await using socket = await WireSocket.open(bed.handshake("websocket"));
  parseOpen(await socket.receive());
  await opening;
  assertEquals(sessions, 1);
});

// runMiddlewares() asks again for what is no WebSocket: a session nobody knows of.
Deno.test({
  name: "a middleware that calls next() twice begins one polling session",
  async fn() {
    await using bed = new EngineBed();
    bed.engine.use(async (_request, _info, next) => {
      await next();
      return await next();
    });
    const { status, body } = await request(bed.handshake("polling"));
    assertEquals(status, 200);
    parseOpen(body);
    assertEquals(bed.engine.clientsCount, 1);
  },
});
