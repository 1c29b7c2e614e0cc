/** One file of event types, for a server, a client on Deno and a page. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { launchChromium, requires } from "../_support/environment.ts";
import { runExample, startExample } from "../_support/example.ts";

const FOLDER = "examples/shared_types";

function start() {
  return startExample([
    "run",
    "--no-prompt",
    "--allow-net=127.0.0.1",
    "--allow-read",
    `${FOLDER}/server.ts`,
    "0",
  ]);
}

function vote(choice: string, url: string): Promise<string> {
  return runExample([
    "run",
    "--no-prompt",
    "--allow-net=127.0.0.1",
    "--allow-env",
    `${FOLDER}/client.ts`,
    choice,
    url,
  ]);
}

Deno.test("examples/shared_types/client.ts votes from Deno", async () => {
  await using server = await start();
  const output = await vote("coffee", server.url);
  assertStringIncludes(output, "tea: 0\ncoffee: 1\n");
  assert(output.endsWith("Voted for coffee\n"));
  assert((await vote("milk", server.url)).endsWith("There is no milk\n"));
});

Deno.test(
  requires(
    { chromium: true },
    "examples/shared_types shows a vote from Deno in a page, and the other way round",
    async () => {
      await using server = await start();
      await using browser = await launchChromium();
      const page = await browser.newPage();
      const errors: string[] = [];
      page.on("pageerror", ({ message }) => errors.push(message));
      await page.goto(server.url);
      await page.getByRole("button", { name: "tea: 0" }).waitFor();
      await vote("tea", server.url);
      await page.getByRole("button", { name: "tea: 1" }).click();
      await page.getByRole("button", { name: "tea: 2" }).waitFor();
      assertStringIncludes(await vote("tea", server.url), "tea: 3");
      assertEquals(errors, []);
    },
  ),
);
