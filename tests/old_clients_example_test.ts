/** The example of old clients, which is a process of its own. */

import { assertEquals } from "@std/assert";
import { runExample } from "./_support/example.ts";

Deno.test("examples/old_clients.ts lets clients of two ages hear each other, and ends", async () => {
  assertEquals(
    await runExample([
      "run",
      "--no-prompt",
      "--allow-net=127.0.0.1",
      "--allow-env",
      "examples/old_clients.ts",
    ]),
    '[ [ "Ada", "hello" ], [ "Ada", "hello" ] ]\n' +
      '[ [ "old Bob", "hello" ], [ "old Bob", "hello" ] ]\n',
  );
});
