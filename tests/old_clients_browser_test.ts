/**
 * Old clients in a browser, where they send and take bytes over long-polling, and
 * where JSONP is possible.
 */

import "socket.io-client-v2/package.json" with { type: "json" };
import "socket.io-client-v3/package.json" with { type: "json" };
import { assert, assertEquals } from "@std/assert";
import type { Browser } from "playwright-core";
import { Server } from "../mod.ts";
import { launchChromium, requires } from "./_support/environment.ts";
import { plain } from "./_support/clients.ts";

/** The bundles of the clients, as npm has them. */
const BUNDLES: Readonly<Record<string, URL>> = {
  "/v2.js": bundle("socket.io-client-v2"),
  "/v3.js": bundle("socket.io-client-v3"),
};

function bundle(name: string): URL {
  return new URL(
    "dist/socket.io.js",
    import.meta.resolve(`${name}/package.json`),
  );
}

/** A page that connects, then asks and is asked; it leaves what it saw in `result`. */
const PAGE = `<!doctype html><meta charset="utf-8"><body><script>
  const { script, options } = JSON.parse(decodeURIComponent(location.hash.slice(1)));
  const element = document.createElement("script");
  element.src = script;
  element.onload = () => {
    const socket = io(options);
    const bytes = Uint8Array.of(1, 2, 255).buffer;
    socket.on("ask", (...args) => args.pop()(...args));
    socket.on("done", () => {
      const { engine } = socket.io;
      globalThis.result = { ...seen, transport: engine.transport.name };
    });
    const seen = {};
    socket.emit("echo", "ü\\n\\\\n\\u2028", { bytes }, (text, data) => {
      seen.text = text;
      seen.bytes = data.bytes === undefined ? undefined : [...new Uint8Array(data.bytes)];
      const { engine } = socket.io;
      const finish = () => socket.emit("answers");
      if (engine.upgrading || (options.upgrade && engine.transport.name === "polling")) engine.once("upgrade", finish);
      else finish();
    });
  };
  document.body.append(element);
</script>`;

interface Visit {
  readonly script: string;
  readonly options: Record<string, unknown>;
  readonly transport: "polling" | "websocket";
  /** The type of what it posts, where it is sure to post. */
  readonly sends?: RegExp;
}

const OCTETS = /^application\/octet-stream$/;
const TEXT = /^text\/plain;charset=UTF-8$/i;
const FORM = /^application\/x-www-form-urlencoded$/;

const visits: Record<string, Visit> = {
  "Socket.IO 2 over polling, with bytes": {
    script: "/v2.js",
    options: { transports: ["polling"] },
    transport: "polling",
    sends: OCTETS,
  },
  "Socket.IO 2 over polling, with base64": {
    script: "/v2.js",
    options: { transports: ["polling"], forceBase64: true },
    transport: "polling",
    sends: TEXT,
  },
  "Socket.IO 2 over JSONP": {
    script: "/v2.js",
    options: { transports: ["polling"], forceJSONP: true },
    transport: "polling",
    sends: FORM,
  },
  "Socket.IO 2 from JSONP to WebSocket": {
    script: "/v2.js",
    options: { forceJSONP: true, upgrade: true },
    transport: "websocket",
  },
  "Socket.IO 2 from polling to WebSocket": {
    script: "/v2.js",
    options: { upgrade: true },
    transport: "websocket",
  },
  "Socket.IO 3 over JSONP": {
    script: "/v3.js",
    options: { transports: ["polling"], forceJSONP: true },
    transport: "polling",
    sends: FORM,
  },
};

async function visit(
  browser: Browser,
  origin: string,
  { script, options, transport, sends }: Visit,
): Promise<void> {
  const page = await browser.newPage();
  const types: string[] = [];
  const errors: string[] = [];
  page.on("pageerror", ({ message }) => errors.push(message));
  page.on("request", (request) => {
    if (request.method() !== "POST") return;
    types.push(request.headers()["content-type"] ?? "");
  });
  const hash = encodeURIComponent(JSON.stringify({ script, options }));
  // A script that the server holds keeps the page from being loaded.
  await page.goto(`${origin}/#${hash}`, { waitUntil: "commit" });
  const result = await page.waitForFunction("globalThis.result");
  assertEquals(await result.jsonValue(), {
    text: "ü\n\\n\u2028",
    bytes: [1, 2, 255],
    transport,
  });
  if (sends !== undefined) {
    assert(types.some((type) => sends.test(type)), types.join());
  }
  assertEquals(errors, []);
  await page.close();
}

Deno.test(
  requires({ chromium: true }, "Old clients in a browser", async (t) => {
    await using io = new Server({ allowEIO3: true });
    const failures: unknown[] = [];
    io.on("connection", (socket) => {
      socket.on("echo", (...args) => args.pop()(...args));
      socket.on("answers", async () => {
        const bytes = Uint8Array.of(4, 0, 255);
        const answer = await socket.emitWithAck("ask", { bytes });
        if (JSON.stringify(plain(answer)) !== JSON.stringify({ bytes })) {
          failures.push(answer);
        }
        socket.emit("done");
      });
    });
    await using http = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      io.handler(async ({ url }) => {
        const file = BUNDLES[new URL(url).pathname];
        return file === undefined
          ? new Response(PAGE, { headers: { "content-type": "text/html" } })
          : new Response(await Deno.readTextFile(file), {
            headers: { "content-type": "text/javascript" },
          });
      }),
    );
    await using browser = await launchChromium();
    for (const [name, each] of Object.entries(visits)) {
      await t.step(name, async () => {
        await visit(browser, `http://127.0.0.1:${http.addr.port}`, each);
        assertEquals(failures, []);
      });
    }
  }),
);
