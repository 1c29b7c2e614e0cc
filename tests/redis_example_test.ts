/** The example of servers that meet in Redis, each a process of its own. */

import { assertEquals } from "@std/assert";
import { ask, next, Visitors, within } from "./_support/clients.ts";
import { until } from "./_support/cluster_bed.ts";
import { requires, startRedis } from "./_support/environment.ts";

const ROOT = new URL("../", import.meta.url);

Deno.test(
  requires({ redis: true }, "examples/redis.ts joins processes", async () => {
    await using redis = await startRedis();
    await using a = await startExample(redis.port);
    await using b = await startExample(redis.port);
    await using visitors = new Visitors();
    const client = await visitors.connect("4.8.4", "websocket", a.url);
    const other = await visitors.connect("4.8.4", "websocket", b.url);
    await until(async () => {
      const [ids] = await ask(client, "who") as [string[]]; // what the example answers
      return ids.length === 2;
    }, "both sockets");
    const said = next(other, "said");
    client.emit("say", "hello");
    const [{ text, by }] = await said as [{ text: string; by: string }]; // what the example sends
    assertEquals([text, by], ["hello", client.id]);
  }),
);

/** Starts the example on a free port, with the permissions it says it needs. */
async function startExample(redisPort: number) {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--allow-net=127.0.0.1",
      "examples/redis.ts",
      "0",
      `redis://127.0.0.1:${redisPort}`,
    ],
    cwd: ROOT,
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
      child.kill("SIGINT");
      const { code } = await within(child.status, "the end of the example");
      await drained;
      assertEquals(code, 0);
    },
  };
}

/** The address that `Deno.serve` prints. */
async function findUrl(
  output: ReadableStream<Uint8Array<ArrayBuffer>>,
): Promise<string> {
  let text = "";
  for await (const chunk of output.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const url = /http:\/\/\S+?:\d+/.exec(text)?.[0];
    if (url !== undefined) return url;
  }
  throw new Error(`Cannot start the example:\n${text}`);
}
