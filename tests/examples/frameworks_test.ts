/** A site and its Socket.IO server on one port, with each framework. */

import { assertEquals } from "@std/assert";
import { Hono } from "hono";
import { cors } from "hono/cors";
import { type RequestInfo, Server } from "@deno-socketio/server";
import { connect } from "@deno-socketio/server/testing";
import { ask, next, Visitors } from "../_support/clients.ts";
import { isDenoAtLeast } from "../../src/deno_version.ts";
import { testFrom } from "../_support/environment.ts";
import { startExample } from "../_support/example.ts";

const NET = "--allow-net=127.0.0.1";

interface Site {
  /** The name that it gives itself. */
  readonly name: string;
  readonly file: string;
  readonly permissions?: readonly string[];
  /** Arguments in front of the file's, if not those of `deno run`. */
  readonly command?: readonly string[];
  /** What it ends with, if it heeds SIGTERM. */
  readonly code?: number;
  /** The Deno that it takes. */
  readonly deno?: string;
}

const sites: Site[] = [
  { name: "Deno.serve", file: "deno_serve.ts" },
  {
    name: "deno serve",
    file: "deno_serve_command.ts",
    command: ["serve", "--host=127.0.0.1", "--port=0"],
    // Before 2.9 `deno serve` did not heed it.
    ...isDenoAtLeast("2.9") ? { code: 0 } : {},
  },
  { name: "Hono", file: "hono.ts" },
  {
    name: "Express",
    file: "express.ts",
    permissions: ["--allow-env"],
    code: 0,
    deno: "2.8",
  },
  { name: "Fastify", file: "fastify.ts", code: 0, deno: "2.8" },
];

for (const site of sites) {
  const { name, file, permissions = [], command, code, deno = "2.5" } = site;
  const test = testFrom(deno);
  test(`examples/frameworks/${file} serves a site and Socket.IO on one port`, async () => {
    const path = `examples/frameworks/${file}`;
    await using site = await startExample(
      command !== undefined
        ? [...command, path]
        : ["run", "--no-prompt", NET, ...permissions, path, "0"],
      code === undefined ? {} : { code },
    );
    const page = await fetch(site.url);
    assertEquals(await page.text(), `A site of ${name}\n`);
    const missing = await fetch(`${site.url}/nowhere`);
    await missing.body?.cancel();
    assertEquals(missing.status, 404);

    await using visitors = new Visitors();
    const heard: Promise<unknown[]>[] = [];
    for (const mode of ["polling", "websocket", "upgrade"] as const) {
      const client = await visitors.connect("4.8.4", mode, site.url);
      assertEquals(await ask(client, "hello", mode), [
        `Hello, ${mode}, from ${name}`,
      ]);
      heard.push(next(client, "notice"));
    }
    const posted = await fetch(`${site.url}/notice`, {
      method: "POST",
      headers: { "content-type": "text/plain" },
      body: "lunch",
    });
    await posted.body?.cancel();
    assertEquals(posted.status, 204);
    for (const notice of heard) assertEquals(await notice, ["lunch"]);
  });
}

Deno.test("io.handler() can be a route of Hono, behind its middlewares", async () => {
  await using io = new Server();
  const handler = io.handler();
  const app = new Hono<{ Bindings: RequestInfo }>();
  app.use(cors({ origin: "https://example.com" }));
  app.all("/socket.io/*", (c) => handler(c.req.raw, c.env));
  for (const transport of ["polling", "websocket"] as const) {
    await using client = await connect(io, {
      transport,
      headers: { origin: "https://example.com" },
      handler: (request, info) => app.fetch(request, info),
    });
    assertEquals(
      client.response.headers.get("access-control-allow-origin"),
      "https://example.com",
    );
  }
});

/** What Fresh and Oak offer, which are on JSR alone: a function from request to response. */
const documented: Record<
  string,
  (request: Request, info?: Deno.ServeHandlerInfo) => Promise<
    Response | undefined
  >
> = {
  // Of Fresh 2: `app.handler()`.
  Fresh: (request) =>
    Promise.resolve(new Response(`Fresh: ${new URL(request.url).pathname}`)),
  // Of Oak 17: `app.handle`, which gives nothing where its context may not respond.
  Oak: (request) =>
    Promise.resolve(
      request.method === "GET"
        ? new Response(`Oak: ${new URL(request.url).pathname}`)
        : undefined,
    ),
};

for (const [name, app] of Object.entries(documented)) {
  Deno.test(`io.handler() passes on to a handler like ${name}'s what is not Socket.IO's`, async () => {
    await using io = new Server();
    const handler = io.handler(async (request) =>
      await app(request) ?? new Response(null, { status: 404 })
    );
    await using client = await connect(io, { handler });
    assertEquals(client.connected, true);
    const page = await handler(new Request("http://localhost/about"));
    assertEquals(await page.text(), `${name}: /about`);
  });
}
