/** `serveClient`: the official client's bundles, out of the folder that npm has them in. */

import "socket.io-client/package.json" with { type: "json" };
import {
  assert,
  assertEquals,
  assertNotEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { brotliDecompressSync, gunzipSync, inflateSync } from "node:zlib";
import { Server, type ServerOptions } from "../mod.ts";
import { requires } from "./_support/environment.ts";

/** As the guide to migrating finds it. */
const DIST = new URL(
  "dist/",
  import.meta.resolve("socket.io-client/package.json"),
);
const PATH = "/socket.io/";
const MAIN = "socket.io.js";
const SCRIPT = "application/javascript; charset=utf-8";
const MAP = "application/json; charset=utf-8";

/** Answers to requests for `path`, of a server that lives as long as the call. */
async function ask(
  path: string,
  init: RequestInit = {},
  options: ServerOptions = {},
): Promise<Response> {
  await using io = new Server({ serveClient: DIST, ...options });
  const handle = io.handler(() => new Response("the rest of the site"));
  return await handle(new Request(`http://localhost${path}`, init));
}

const files: [name: string, type: string][] = [
  ["socket.io.js", SCRIPT],
  ["socket.io.js.map", MAP],
  ["socket.io.min.js", SCRIPT],
  ["socket.io.min.js.map", MAP],
  ["socket.io.esm.min.js", SCRIPT],
  ["socket.io.esm.min.js.map", MAP],
  ["socket.io.msgpack.min.js", SCRIPT],
  ["socket.io.msgpack.min.js.map", MAP],
];

Deno.test("serveClient knows all files of the client's folder", async () => {
  const names = await Array.fromAsync(Deno.readDir(DIST), ({ name }) => name);
  assertEquals(names.sort(), files.map(([name]) => name).sort());
});

for (const [name, type] of files) {
  Deno.test(`serveClient serves ${name}`, async () => {
    const response = await ask(PATH + name);
    assertEquals(response.status, 200);
    assertEquals(response.headers.get("content-type"), type);
    assertEquals(response.headers.get("cache-control"), "public, max-age=0");
    assertEquals(
      await response.bytes(),
      await Deno.readFile(new URL(name, DIST)),
    );
  });
}

Deno.test("serveClient answers a query, as page builders add one", async () => {
  const response = await ask(`${PATH}${MAIN}?v=1`);
  assertEquals(response.status, 200);
  await response.body?.cancel();
});

Deno.test("serveClient answers HEAD with the headers of GET, and no body", async () => {
  const get = await ask(PATH + MAIN);
  const head = await ask(PATH + MAIN, { method: "HEAD" });
  assertEquals(head.status, 200);
  assertEquals(head.body, null);
  assertEquals([...head.headers], [...get.headers]);
  await get.body?.cancel();
});

/** The tag of a file's content. */
async function etagOf(name: string): Promise<string> {
  const head = await ask(PATH + name, { method: "HEAD" });
  return head.headers.get("etag") ?? "";
}

Deno.test("serveClient tags each content, the same each time", async () => {
  const tag = await etagOf(MAIN);
  assert(/^"[\w-]+"$/.test(tag), tag);
  assertEquals(await etagOf(MAIN), tag);
  assertNotEquals(await etagOf("socket.io.min.js"), tag);
});

for (const method of ["GET", "HEAD"]) {
  for (const prefix of ["", "W/"]) {
    Deno.test(`serveClient answers ${method} with 304 to whom has ${prefix}"…" already`, async () => {
      const tag = await etagOf(MAIN);
      const response = await ask(PATH + MAIN, {
        method,
        headers: { "if-none-match": prefix + tag },
      });
      assertEquals(response.status, 304);
      assertEquals(response.body, null);
      assertEquals(response.headers.get("etag"), tag);
    });
  }
}

Deno.test("serveClient serves whom has an older version", async () => {
  const response = await ask(PATH + MAIN, {
    headers: { "if-none-match": '"4.7.0"' },
  });
  assertEquals(response.status, 200);
  await response.body?.cancel();
});

const UNPACK: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
  br: brotliDecompressSync,
  gzip: gunzipSync,
  deflate: inflateSync,
};
for (const [encoding, unpack] of Object.entries(UNPACK)) {
  const needs = encoding === "br" ? { deno: "2.7" } : {};
  const name = `serveClient compresses in ${encoding}`;
  Deno.test(requires(needs, name, async () => {
    const response = await ask(PATH + MAIN, {
      headers: { "accept-encoding": encoding },
    });
    assertEquals(response.headers.get("content-encoding"), encoding);
    assertEquals(response.headers.get("vary"), "Accept-Encoding");
    assertEquals(response.headers.get("content-type"), SCRIPT);
    const content = await Deno.readFile(new URL(MAIN, DIST));
    const packed = await response.bytes();
    assert(packed.length * 2 < content.length);
    assertEquals(new Uint8Array(unpack(packed)), content);
  }));
}

Deno.test("serveClient compresses nothing for whom cannot unpack it", async () => {
  const response = await ask(PATH + MAIN, {
    headers: { "accept-encoding": "zstd, br;q=0" },
  });
  assertEquals(response.headers.get("content-encoding"), null);
  assertEquals(
    await response.bytes(),
    await Deno.readFile(new URL(MAIN, DIST)),
  );
});

const cors = { origin: "https://app.example", credentials: true };
const origin = cors.origin;

Deno.test("serveClient marks its answers with the CORS headers of the server", async () => {
  const tag = await etagOf(MAIN);
  const requests: RequestInit[] = [
    { headers: { origin } },
    { method: "HEAD", headers: { origin } },
    { headers: { origin, "if-none-match": tag } },
    { headers: { origin, "accept-encoding": "gzip" } },
  ];
  for (const init of requests) {
    const { headers, body } = await ask(PATH + MAIN, init, { cors });
    await body?.cancel();
    assertEquals(headers.get("access-control-allow-origin"), origin);
    assertEquals(headers.get("access-control-allow-credentials"), "true");
    assertStringIncludes(headers.get("vary") ?? "", "Origin");
  }
});

Deno.test("serveClient answers a preflight", async () => {
  const response = await ask(
    PATH + MAIN,
    { method: "OPTIONS", headers: { origin } },
    { cors },
  );
  assertEquals([response.status, response.body], [204, null]);
  assertEquals(response.headers.get("access-control-allow-origin"), origin);
});

Deno.test("serveClient adds no CORS headers unless told to", async () => {
  const { headers, body } = await ask(PATH + MAIN, { headers: { origin } });
  await body?.cancel();
  assertEquals(headers.get("access-control-allow-origin"), null);
});

for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"]) {
  Deno.test(`serveClient refuses ${method}, and says what it takes`, async () => {
    const response = await ask(PATH + MAIN, { method });
    assertEquals([response.status, response.body], [405, null]);
    assertEquals(response.headers.get("allow"), "GET, HEAD");
  });
}

for (
  const name of ["socket.io", "socket.io.css", "socket.io.esm.mjs", "index.js"]
) {
  Deno.test(`serveClient leaves ${name} to the engine, as Node does`, async () => {
    const response = await ask(PATH + name);
    assertEquals(response.status, 400);
    assertEquals(await response.json(), {
      code: 0,
      message: "Transport unknown",
    });
  });
}

Deno.test("serveClient leaves what is outside its path to others", async () => {
  for (const path of ["/socket.io.js", "/a/socket.io/socket.io.js"]) {
    assertEquals(await (await ask(path)).text(), "the rest of the site");
  }
});

Deno.test("serveClient is off unless asked for", async () => {
  await using io = new Server();
  const request = new Request(`http://localhost${PATH}${MAIN}`);
  const response = await io.handler()(request);
  assertEquals(response.status, 400);
  await response.body?.cancel();
});

const options: [claim: string, options: ServerOptions, path: string][] = [
  ["with a path of its own", { path: "/chat" }, "/chat/"],
  ["from a folder given as text", { serveClient: DIST.href }, PATH],
  [
    "from a folder without a slash behind",
    { serveClient: DIST.href.replace(/\/$/, "") },
    PATH,
  ],
];
for (const [claim, changed, path] of options) {
  Deno.test(`serveClient serves ${claim}`, async () => {
    const response = await ask(path + MAIN, {}, changed);
    assertEquals(response.status, 200);
    await response.body?.cancel();
  });
}

Deno.test("serveClient serves under the path, addTrailingSlash or not", async () => {
  const { status, body } = await ask(PATH + MAIN, {}, {
    addTrailingSlash: false,
  });
  await body?.cancel();
  assertEquals(status, 200);
});

Deno.test("serveClient refuses a folder that is no file: URL", () => {
  assertThrows(
    () => new Server({ serveClient: "https://cdn.example/dist/" }),
    TypeError,
    "Cannot serve the client from https://cdn.example/dist/: not a file: URL",
  );
});

Deno.test("serveClient takes a boolean: false is off, true tells what to set", async () => {
  const parse = (text: string): { serveClient: boolean } => JSON.parse(text);
  await using io = new Server(parse('{ "serveClient": false }'));
  assertEquals(io.serveClient(), false);
  const problem = "Cannot serve the client from true: there is no bundle here";
  assertThrows(
    () => new Server(parse('{ "serveClient": true }')),
    TypeError,
    problem,
  );
  assertThrows(() => io.serveClient(true), TypeError, problem);
});

Deno.test("serveClient() leaves all as it was where it refuses a folder", async () => {
  await using io = new Server({ serveClient: DIST });
  assertThrows(() => io.serveClient("dist"), TypeError, "not a file: URL");
  assertEquals(io.serveClient(), DIST);
  const handle = io.path("/chat").handler();
  const { status, body } = await handle(
    new Request(`http://localhost/chat/${MAIN}`),
  );
  await body?.cancel();
  assertEquals(status, 200);
});

Deno.test("serveClient answers 404 where the folder lacks the file, and tells the application once", async () => {
  await using io = new Server({ serveClient: "file:///no/such/folder/" });
  const reports: string[] = [];
  io.diagnostics.addEventListener("callbackerror", (event) => {
    event.preventDefault();
    reports.push(`${event.source}: ${event.error}`);
  });
  const handle = io.handler();
  for (const name of [MAIN, "socket.io.min.js", MAIN]) {
    const request = new Request(`http://localhost${PATH}${name}`);
    const { status, body } = await handle(request);
    assertEquals([status, body], [404, null]);
  }
  assertEquals(reports, [
    `serveClient: Error: Cannot find the client in file:///no/such/folder/${MAIN}`,
  ]);
});
