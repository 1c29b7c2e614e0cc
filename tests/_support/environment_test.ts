import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { launchChromium, requires, startRedis } from "./environment.ts";

const NOTHING = { path: "/nowhere", ci: false };

function test(): void {}

Deno.test("requires() leaves a test alone that needs nothing", () => {
  const definition = requires({}, "Thing works", test, NOTHING);
  assertEquals(definition, { name: "Thing works", fn: test });
});

Deno.test("requires() ignores a test and names what is missing", () => {
  const needs = { chromium: true, postgres: true, redis: true };
  const definition = requires(needs, "Thing works", test, NOTHING);
  assertEquals(
    definition.name,
    "Thing works [needs chromium and postgres and redis-server]",
  );
  assertEquals(definition.ignore, true);
});

Deno.test("requires() fails such a test under CI", (t) => {
  const environment = { path: "/nowhere", ci: true };
  const definition = requires(
    { redis: true },
    "Thing works",
    test,
    environment,
  );
  assertEquals(definition.name, "Thing works");
  assertEquals(definition.ignore, undefined);
  assertThrows(
    () => definition.fn(t),
    Error,
    "Cannot run under CI: needs redis-server",
  );
});

Deno.test("requires() ignores a test that needs a later Deno, under CI too", () => {
  const environment = { path: "/nowhere", ci: true };
  const definition = requires(
    { deno: "99.1" },
    "Thing works",
    test,
    environment,
  );
  assertEquals(definition.name, "Thing works [needs Deno 99.1]");
  assertEquals(definition.ignore, true);
});

Deno.test(requires(
  { chromium: true },
  "launchChromium() shows a page of this machine and no other",
  async () => {
    await using server = Deno.serve({
      hostname: "127.0.0.1",
      port: 0,
      onListen() {},
      handler: () => {
        const page = "<label>Name <input></label><button>Greet</button>" +
          "<script>document.querySelector('button').onclick = () => " +
          "document.title = `Hello ${document.querySelector('input').value}`" +
          "</script>";
        return new Response(page, { headers: { "content-type": "text/html" } });
      },
    });
    await using browser = await launchChromium();
    const page = await browser.newPage();
    await page.goto(`http://localhost:${server.addr.port}/`);
    await page.getByLabel("Name").fill("Ada");
    await page.getByRole("button", { name: "Greet" }).click();
    await page.waitForFunction("document.title !== ''");
    assertEquals(await page.title(), "Hello Ada");
    const failed = page.waitForEvent("requestfailed");
    await page.evaluate("void fetch('http://elsewhere.test/').catch(() => {})");
    assertStringIncludes(
      (await failed).failure()?.errorText ?? "",
      "ERR_NAME_NOT_RESOLVED",
    );
  },
));

Deno.test(requires(
  { redis: true },
  "startRedis() starts a server that answers",
  async () => {
    await using redis = await startRedis();
    using connection = await Deno.connect(redis);
    await connection.write(new TextEncoder().encode("PING\r\n"));
    const buffer = new Uint8Array(64);
    const length = await connection.read(buffer);
    const answer = new TextDecoder().decode(buffer.subarray(0, length ?? 0));
    assertEquals(answer, "+PONG\r\n");
  },
));
