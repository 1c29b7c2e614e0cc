/** Examples that are started as processes of their own. */

import { assertEquals } from "@std/assert";
import { ask, next, Visitors, within } from "./clients.ts";
import { until } from "./cluster_bed.ts";

const ROOT = new URL("../../", import.meta.url);

/** An example that runs. */
export interface RunningExample extends AsyncDisposable {
  /** Where it listens. */
  readonly url: string;
}

/**
 * Starts an example that serves.
 *
 * @param args What `deno run` gets: the permissions it says it needs, its file, and
 * its own arguments.
 */
export async function startExample(
  ...args: readonly string[]
): Promise<RunningExample> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", ...args],
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

/** Sees that two processes of the talk, which are not told of each other, are one. */
export async function assertTalks(
  start: () => Promise<RunningExample>,
): Promise<void> {
  await using a = await start();
  await using b = await start();
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
}
