/** Servers behind `node:http`, by real requests; all of tests/conformance runs there too. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { Server, type ServerOptions } from "@deno-socketio/server";
import { Server as EngineServer } from "@deno-socketio/server/engine";
import { attach } from "@deno-socketio/server/node";
import { ask, engineOf, next, Visitors, within } from "../_support/clients.ts";
import {
  encodeFrame,
  endpoint,
  PollingSession,
  RawConnection,
  request,
  requestUpgrade,
  UPGRADE_HEADERS,
  WireSocket,
} from "../_support/wire.ts";
import { testFrom } from "../_support/environment.ts";

const test = testFrom("2.8");

/** A site with a Socket.IO server. */
class Bed implements AsyncDisposable {
  readonly io: Server;
  readonly http: HttpServer;
  readonly visitors = new Visitors();
  readonly origin: string;
  readonly url: string;

  private constructor(io: Server, http: HttpServer, origin: string) {
    this.io = io;
    this.http = http;
    this.origin = origin;
    this.url = `${origin}/socket.io/`;
  }

  static async start(options: ServerOptions = {}): Promise<Bed> {
    const io = new Server(options);
    const http = createServer((request, response) => {
      response.statusCode = 404;
      response.end(`The site has no ${request.url}`);
    });
    attach(io, http);
    return new Bed(io, http, await listen(http));
  }

  /** Closes all, as an application does: nothing may be left that keeps it open. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.visitors[Symbol.asyncDispose]();
    await this.io.close();
    await close(this.http);
  }
}

async function listen(http: HttpServer): Promise<string> {
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}`; // it listens on a port
}

function close(http: HttpServer): Promise<unknown> {
  http.closeIdleConnections();
  return within(
    new Promise((resolve) => http.close(resolve)),
    "the end of the HTTP server",
  );
}

for (const mode of ["polling", "websocket", "upgrade"] as const) {
  test(`attach() serves official clients, and lets the HTTP server close (${mode})`, async () => {
    await using bed = await Bed.start();
    bed.io.on("connection", (socket) => {
      socket.on("double", (bytes, reply) => {
        reply(bytes.map((byte: number) => 2 * byte), socket.handshake.address);
      });
    });
    const client = await bed.visitors.connect("4.8.4", mode, bed.origin);
    const [bytes, address] = await ask(client, "double", Uint8Array.of(1, 2));
    assertEquals(new Uint8Array(bytes as Uint8Array), Uint8Array.of(2, 4));
    assertEquals(address, "127.0.0.1");
  });

  test(`attach() notices that a client is gone (${mode})`, async () => {
    await using bed = await Bed.start();
    const client = await bed.visitors.connect("4.8.4", mode, bed.origin);
    const [socket] = bed.io.sockets.sockets.values();
    assert(socket !== undefined);
    const gone = next(socket, "disconnect");
    engineOf(client).close();
    assertEquals((await gone)[0], "transport close");
  });
}

test("attach() takes an Engine.IO server by itself", async () => {
  const engine = new EngineServer();
  engine.on("connection", (socket) => socket.send("welcome"));
  const http = createServer();
  attach(engine, http);
  const url = `${await listen(http)}/engine.io/`;
  {
    await using session = await PollingSession.start(url);
    assertEquals(await session.receive(), "4welcome");
    await using socket = await WireSocket.open(
      endpoint(url, { transport: "websocket" }),
    );
    assertEquals((await socket.receiveMany(2))[1], "4welcome");
  }
  engine.close();
  await close(http);
});

test("attach() leaves all other requests to the listeners that there were", async () => {
  await using bed = await Bed.start({ path: "/live" });
  for (const path of ["/", "/livestock", "/socket.io/?EIO=4"]) {
    const { status, body } = await request(bed.origin + path);
    assertEquals([status, body], [404, `The site has no ${path}`]);
  }
  const { body } = await request(
    `${bed.origin}/live/?EIO=4&transport=polling`,
  );
  assertMatch(body, /^0\{/);
});

test("attach() ends WebSockets that nobody else would answer", async () => {
  await using bed = await Bed.start();
  using connection = await RawConnection.connect(bed.origin);
  await connection.writeHead("GET", `${bed.origin}/other`, UPGRADE_HEADERS);
  assertEquals(await connection.readFrame(), undefined);
});

test("attach() leaves WebSockets to other listeners", async () => {
  await using bed = await Bed.start();
  bed.http.on("upgrade", ({ url }, socket: Duplex) => {
    if (url === "/other") {
      socket.end("HTTP/1.1 418 \r\ncontent-length: 0\r\n\r\n");
    }
  });
  const { status, connection } = await requestUpgrade(`${bed.origin}/other`);
  connection.close();
  assertEquals(status, 418);
});

test("A WebSocket behind attach() is answered with the engine's headers", async () => {
  await using bed = await Bed.start({ cookie: true });
  bed.io.engine.on("initial_headers", (headers) => {
    headers.append("set-cookie", "a=1");
    headers.append("set-cookie", "b=2");
    headers.set("x-test", "yes");
  });
  const url = endpoint(bed.url, { transport: "websocket" });
  const { status, headers, connection } = await requestUpgrade(url);
  assertEquals(status, 101);
  assertEquals(headers.get("x-test"), "yes");
  assertEquals(headers.get("set-cookie"), "b=2");
  const frame = await connection.readFrame();
  assertMatch(new TextDecoder().decode(frame?.payload), /^0\{/);
  connection.close();
  const polled = await request(endpoint(bed.url, { transport: "polling" }));
  assertEquals(polled.headers.getSetCookie().slice(1), ["a=1", "b=2"]);
});

test("A WebSocket behind attach() is refused with the engine's answer, and its connection ends", async () => {
  const bed = await Bed.start({ allowRequest: () => false });
  const url = endpoint(bed.url, { transport: "websocket" });
  const { status, body, connection } = await requestUpgrade(url);
  assertEquals([status, body], [400, "Forbidden"]);
  await connection.write(encodeFrame(1, "2probe"));
  await bed[Symbol.asyncDispose](); // the client keeps its end open
  connection.close();
});

test("A body that is too large is answered while it comes, behind attach()", async () => {
  await using bed = await Bed.start({ maxHttpBufferSize: 1_000 });
  await using session = await PollingSession.start(bed.url);
  using connection = await RawConnection.connect(bed.url);
  await connection.writeHead("POST", session.url(), [
    ["Transfer-Encoding", "chunked"],
  ]);
  await connection.write(`7d0\r\n${"4".repeat(2_000)}\r\n`);
  const { status, headers } = await connection.readResponse();
  assertEquals([status, headers.get("connection")], [413, "close"]);
});

for (const host of ["", "a b", "[", "x:99999999", "a/b"]) {
  test(`A request for the host "${host}" costs attach() nothing`, async () => {
    await using bed = await Bed.start();
    for (const transport of ["polling", "websocket"]) {
      using connection = await RawConnection.connect(bed.url);
      const headers = transport === "polling" ? [] : UPGRADE_HEADERS;
      await connection.write(
        [
          `GET /socket.io/?EIO=4&transport=${transport} HTTP/1.1`,
          `Host: ${host}`,
          ...headers.map(([name, value]) => `${name}: ${value}`),
          "\r\n",
        ].join("\r\n"),
      );
      await connection.readResponse().catch(() => {}); // an answer, or the end
    }
    await using _session = await PollingSession.start(bed.url);
  });
}

test("serveClient works behind attach()", async () => {
  await using bed = await Bed.start({
    serveClient: new URL(
      "dist/",
      import.meta.resolve("socket.io-client/package.json"),
    ),
  });
  const { status, body } = await request(`${bed.url}socket.io.min.js`);
  assertEquals(status, 200);
  assertMatch(body, /Socket\.IO v4/);
});

test("A client that leaves while its poll is held ends its session, behind attach()", async () => {
  await using bed = await Bed.start();
  const ended = Promise.withResolvers<string>();
  bed.io.engine.once(
    "connection",
    (conn) => conn.once("close", ended.resolve),
  );
  await using session = await PollingSession.start(bed.url);
  (await session.hold()).abort();
  assertEquals(await within(ended.promise, "the end"), "transport error");
});
