/** `allowedOrigins` and a real browser, which says where its pages come from, or does not. */

import "socket.io-client/package.json" with { type: "json" };
import { assertEquals } from "@std/assert";
import { Server } from "@deno-socketio/server";
import { launchChromium, requires } from "./_support/environment.ts";

const DIST = new URL(
  "dist/",
  import.meta.resolve("socket.io-client/package.json"),
);

/** A page that can be asked to connect somewhere. */
const PAGE = `<!DOCTYPE html><script src="URL/socket.io/socket.io.js"></script>
<script>
  function connect(transports) {
    return new Promise((resolve) => {
      const options = { transports, reconnection: false, forceNew: true };
      const socket = io("URL", options);
      const tell = (what) => { socket.close(); resolve(what); };
      socket.on("connect", () => tell("connected"));
      socket.on("connect_error", () => tell("refused"));
    });
  }
  /** What a script learns that asks for a session by itself. */
  function include() {
    return new Promise((resolve) => {
      const script = document.createElement("script");
      window.___eio = [(text) => resolve(text.slice(0, 7))];
      script.onerror = () => resolve("refused");
      script.src = "URL/socket.io/?EIO=4&transport=polling&j=0";
      document.head.append(script);
    });
  }
</script>`;

const serve = (handler: Deno.ServeHandler<Deno.NetAddr>) =>
  Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, handler);

Deno.test(requires(
  { chromium: true },
  "allowedOrigins lets in the pages of the own site and of those it names, over each transport, and no others",
  async () => {
    const allowed: string[] = [];
    await using io = new Server({
      allowedOrigins: allowed,
      cors: { origin: true },
      serveClient: DIST,
    });
    const html = () => {
      const body = PAGE.replaceAll("URL", `http://127.0.0.1:${site.addr.port}`);
      return new Response(body, { headers: { "content-type": "text/html" } });
    };
    await using site = serve(io.handler(html));
    await using friend = serve(html);
    await using stranger = serve(html);
    for (const { addr } of [site, friend]) {
      allowed.push(`http://127.0.0.1:${addr.port}`);
    }
    await using browser = await launchChromium();
    const visit = async ({ addr }: typeof site) => {
      await using page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${addr.port}/`);
      return await page.evaluate(`Promise.all([
        connect(["polling"]), connect(["websocket"]), include(),
      ])`);
    };
    assertEquals(await visit(site), ["connected", "connected", "refused"]);
    assertEquals(await visit(friend), ["connected", "connected", "refused"]);
    assertEquals(await visit(stranger), ["refused", "refused", "refused"]);
  },
));
