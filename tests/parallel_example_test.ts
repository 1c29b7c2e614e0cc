/** The example of one server on all cores. */

import { assertEquals } from "@std/assert";
import { next, Visitors, within } from "./_support/clients.ts";
import { until } from "./_support/cluster_bed.ts";

const ROOT = new URL("../", import.meta.url);

Deno.test("examples/parallel.ts shares a room among its workers", async () => {
  await using example = await startExample();
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

async function startExample() {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "serve",
      "--parallel",
      "--allow-net",
      "--host=127.0.0.1",
      "--port=0",
      "examples/parallel.ts",
    ],
    cwd: ROOT,
    env: { DENO_JOBS: "2", NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const [output, rest] = child.stderr.tee();
  const drained = Promise.all([
    rest.pipeTo(new WritableStream()),
    child.stdout.pipeTo(new WritableStream()),
  ]);
  const url = await within(findUrl(output), "the address of the example");
  return {
    url,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      const { code } = await within(child.status, "the end of the example");
      await drained;
      assertEquals(code, 0);
    },
  };
}

/** Reads what Deno says of where it listens. */
async function findUrl(output: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  const decoded = output.pipeThrough(
    new TextDecoderStream() as TransformStream<Uint8Array, string>, // which takes any bytes
  );
  for await (const chunk of decoded) {
    text += chunk;
    const [url] = /http:\/\/[\d.]+:\d+/.exec(text) ?? [];
    if (url !== undefined) return url;
  }
  throw new Error(`The example said: ${text}`);
}
