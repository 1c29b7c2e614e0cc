/** The example of one server on all cores. */

import { assertEquals } from "@std/assert";
import { next, Visitors } from "./_support/clients.ts";
import { until } from "./_support/cluster_bed.ts";
import { startExample } from "./_support/example.ts";
import { testFrom } from "./_support/environment.ts";

const test = testFrom("2.7");

test("examples/parallel.ts shares a room among its workers", async () => {
  await using example = await startExample([
    "serve",
    "--parallel",
    "--allow-net",
    "--host=127.0.0.1",
    "--port=0",
    "examples/parallel.ts",
  ], { env: { DENO_JOBS: "2" }, code: 0 });
  await until(async () => {
    const response = await fetch(example.url);
    return (await response.text()).endsWith("of 2\n");
  }, "both workers");
  await using visitors = new Visitors();
  const clients = await Promise.all(
    Array.from(
      { length: 8 },
      () => visitors.connect("4.8.4", "upgrade", example.url),
    ),
  );
  const said = clients.map((client) => next(client, "said"));
  clients[0]!.emit("say", "hello");
  for (const [message] of await Promise.all(said)) {
    const { text, by } = message as { text: string; by: string }; // what the example sends
    assertEquals([text, by], ["hello", clients[0]!.id]);
  }
});
