/** The example of msgpack, which is a process of its own. */

import { assertEquals } from "@std/assert";
import { within } from "./_support/clients.ts";

Deno.test("examples/msgpack.ts prints what was sent as msgpack, and ends", async () => {
  const { code, stdout, stderr } = await within(
    new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--no-prompt",
        "--allow-net=127.0.0.1",
        "--allow-env",
        "examples/msgpack.ts",
      ],
      cwd: new URL("../", import.meta.url),
      stdin: "null",
    }).output(),
    "the end of the example",
  );
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assertEquals([code, text(stdout)], [
    0,
    "21.5 °C at 2026-06-21T12:00:00.000Z, raw: 0157\n" +
    "The server took 2 bytes from 2026\n",
  ], text(stderr));
});
