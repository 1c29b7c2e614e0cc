/** The ways to let a server listen, and to end it. */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { type EngineSocket, Server } from "../mod.ts";
import { ask, next, Visitors, within } from "./_support/clients.ts";
import { UPGRADE_HEADERS } from "./_support/wire.ts";

const ROOT = new URL("../", import.meta.url);
const HANDSHAKE = "/socket.io/?EIO=4&transport=polling";

function portOf(io: Server): number {
  const address = io.httpServer?.addr;
  assert(address !== undefined && "port" in address);
  return address.port;
}

async function statusOf(url: string, init?: RequestInit): Promise<number> {
  const response = await fetch(url, init);
  await response.body?.cancel();
  return response.status;
}

Deno.test("io.listen() serves clients until io.close()", async () => {
  await using visitors = new Visitors();
  const io = new Server();
  io.on("connection", (socket) => {
    socket.on("echo", (value, reply) => reply(value));
  });
  assertEquals(io.httpServer, undefined);
  const options = { hostname: "127.0.0.1", port: 0, onListen() {} };
  assertEquals(io.listen(options), io);
  const url = `http://127.0.0.1:${portOf(io)}`;
  assertThrows(() => io.listen(0), Error, "Cannot listen");

  const client = await visitors.connect("4.8.4", "upgrade", url);
  assertEquals(await ask(client, "echo", "hello"), ["hello"]);
  assertEquals(await statusOf(url), 404);

  const end = next(client, "disconnect");
  await within(io.close(), "the end of the server");
  assertEquals(await end, ["transport close", (await end)[1]]);
  await assertRejects(() => fetch(url), TypeError);
});

Deno.test("io.listen() takes a port", async () => {
  await using io = new Server();
  io.listen(0);
  assertEquals(
    await statusOf(`http://127.0.0.1:${portOf(io)}${HANDSHAKE}`),
    200,
  );
});

Deno.test("io.close() answers polls that wait, and may be called twice", async () => {
  const io = new Server();
  io.listen({ hostname: "127.0.0.1", port: 0, onListen() {} });
  const url = `http://127.0.0.1:${portOf(io)}${HANDSHAKE}`;
  const conn = new Promise<EngineSocket>((resolve) => {
    io.engine.on("connection", resolve);
  });
  const handshake = await (await fetch(url)).text();
  const { sid } = JSON.parse(handshake.slice(1));
  const poll = fetch(`${url}&sid=${sid}`);
  while (!(await conn).writable) await new Promise((go) => setTimeout(go, 0));
  const closed = Promise.all([io.close(), io.close()]);
  assertEquals(await (await within(poll, "the poll")).text(), "1");
  await within(closed, "the end of the server");
});

Deno.test("await using ends a server", async () => {
  let url: string;
  {
    await using io = new Server();
    io.listen({ hostname: "127.0.0.1", port: 0, onListen() {} });
    url = `http://127.0.0.1:${portOf(io)}`;
    assertEquals(await statusOf(url + HANDSHAKE), 200);
  }
  await assertRejects(() => fetch(url), TypeError);
});

Deno.test("io.close() leaves an HTTP server alone that it did not start", async () => {
  await using visitors = new Visitors();
  const io = new Server();
  const http = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    io.handler(() => new Response("still here")),
  );
  await using _ = { [Symbol.asyncDispose]: () => http.shutdown() };
  const url = `http://127.0.0.1:${http.addr.port}`;
  const client = await visitors.connect("4.8.4", "websocket", url);
  const end = next(client, "disconnect");
  await io.close();
  assertEquals((await end)[0], "transport close");
  assertEquals(await (await fetch(url)).text(), "still here");
  assertEquals(await statusOf(url + HANDSHAKE), 503);
});

Deno.test("io.handler() leaves requests outside its path to the fallback", async () => {
  await using io = new Server({ path: "/live" });
  const seen: unknown[] = [];
  const http = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    io.handler((request, info) => {
      seen.push(new URL(request.url).pathname, info?.remoteAddr?.transport);
      return new Response("fallback", { status: 418 });
    }),
  );
  await using _ = { [Symbol.asyncDispose]: () => http.shutdown() };
  const url = `http://127.0.0.1:${http.addr.port}`;
  assertEquals(await statusOf(`${url}/page`, { method: "POST" }), 418);
  assertEquals(await statusOf(url + HANDSHAKE), 418);
  assertEquals(await statusOf(`${url}/live/?EIO=4&transport=polling`), 200);
  assertEquals(
    await statusOf(`${url}/live/default/?EIO=4&transport=polling`),
    200,
  );
  assertEquals(seen, ["/page", "tcp", "/socket.io/", "tcp"]);
});

Deno.test("io.handler() answers 404 outside its path without a fallback", async () => {
  await using io = new Server();
  const handler = io.handler();
  for (const path of ["/", "/socket.iox", "/socket", "/x/socket.io/"]) {
    const response = await handler(new Request(`http://localhost${path}`));
    await response.body?.cancel();
    assertEquals(response.status, 404, path);
  }
});

Deno.test("io.handler() serves a Unix socket", {
  ignore: Deno.build.os === "windows",
}, async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/io.sock`;
  await using io = new Server({ limits: { connectionsPerAddress: 1 } });
  const addresses: string[] = [];
  io.on("connection", ({ handshake }) => addresses.push(handshake.address));
  const http = Deno.serve({ path, onListen() {} }, io.handler());
  await using _ = {
    async [Symbol.asyncDispose]() {
      await http.shutdown();
      await Deno.remove(folder, { recursive: true });
    },
  };
  const request = async (head: string, body = ""): Promise<string> => {
    using connection = await Deno.connect({ transport: "unix", path });
    await connection.write(new TextEncoder().encode(
      `${head} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n` +
        `Content-Length: ${body.length}\r\n\r\n${body}`,
    ));
    // Reads to the end without closing what `using` closes.
    let text = "";
    const chunk = new Uint8Array(4096);
    for (;;) {
      const count = await connection.read(chunk);
      if (count === null) return text;
      text += new TextDecoder().decode(chunk.subarray(0, count));
    }
  };
  await request(`GET ${HANDSHAKE}`); // is not counted for the next one
  const opened = await request(`GET ${HANDSHAKE}`);
  assert(opened.startsWith("HTTP/1.1 200"), opened);
  const sid = opened.match(/"sid":"([^"]+)"/)?.[1];
  const sent = await request(`POST ${HANDSHAKE}&sid=${sid}`, "40");
  assert(sent.endsWith("ok"), sent);
  const polled = await request(`GET ${HANDSHAKE}&sid=${sid}`);
  assert(polled.includes('40{"sid":"'), polled);
  assertEquals(addresses, [""]);
  using websocket = await Deno.connect({ transport: "unix", path });
  const upgrade = UPGRADE_HEADERS.map((header) => header.join(": "));
  await websocket.write(new TextEncoder().encode(
    [
      "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1",
      "Host: localhost",
      ...upgrade,
      "\r\n",
    ].join("\r\n"),
  ));
  let text = "";
  while (!text.includes('0{"sid":"')) {
    const chunk = new Uint8Array(4096);
    const count = await websocket.read(chunk);
    assert(count !== null, text);
    text += new TextDecoder("latin1").decode(chunk.subarray(0, count));
  }
});

Deno.test("A module may export io.handler() for deno serve", async () => {
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(
    file,
    `
    import { Server } from "@deno-socketio/server";
    const io = new Server();
    io.on("connection", (socket) => {
      socket.on("echo", (value, reply) => reply(value));
    });
    export default { fetch: io.handler(() => new Response("the rest")) };
  `,
  );
  const process = new Deno.Command(Deno.execPath(), {
    args: [
      "serve",
      "--no-prompt",
      `--config=${new URL("deno.json", ROOT).pathname}`,
      "--no-lock",
      "--host=127.0.0.1",
      "--port=0",
      file,
    ],
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const reader = process.stderr.pipeThrough(new TextDecoderStream())
    .getReader();
  await using _ = {
    async [Symbol.asyncDispose]() {
      process.kill("SIGKILL");
      await process.status;
      await reader.cancel();
      await Deno.remove(file);
    },
  };
  let printed = "";
  let url: string | undefined;
  while (url === undefined) {
    const { done, value } = await within(reader.read(), "the address");
    if (done) throw new Error(`Cannot serve: ${printed}`);
    printed += value;
    url = printed.match(/http:\/\/127\.0\.0\.1:\d+(?=\/\s)/)?.[0];
  }
  await using visitors = new Visitors();
  for (const mode of ["polling", "websocket", "upgrade"] as const) {
    const client = await visitors.connect("4.8.4", mode, url);
    assertEquals(await ask(client, "echo", mode), [mode]);
  }
  assertEquals(await (await fetch(url)).text(), "the rest");
});
