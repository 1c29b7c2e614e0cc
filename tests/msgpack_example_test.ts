/** The example of msgpack, which is a process of its own. */

import { assertEquals } from "@std/assert";
import { runExample } from "./_support/example.ts";

Deno.test("examples/msgpack.ts prints what was sent as msgpack, and ends", async () => {
  assertEquals(
    await runExample([
      "run",
      "--no-prompt",
      "--allow-net=127.0.0.1",
      "--allow-env",
      "examples/msgpack.ts",
    ]),
    "21.5 °C at 2026-06-21T12:00:00.000Z, raw: 0157\n" +
      "The server took 2 bytes from 2026\n",
  );
});
