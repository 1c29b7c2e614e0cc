/**
 * Examples as users run them: processes of their own.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { within } from "./clients.ts";

const ROOT = new URL("../../", import.meta.url);

/** An example that listens. */
export interface RunningExample extends AsyncDisposable {
  /** Where it listens. */
  readonly url: string;
}

/** How an example is started and ended. */
export interface ExampleOptions {
  readonly env?: Record<string, string>;
  /** What ends it: by default the signal whose code it then has. */
  readonly signal?: Deno.Signal;
  /** The code that it ends with; 143 by default, for who does not heed SIGTERM. */
  readonly code?: number;
}

/**
 * Starts an example, and waits until Deno tells where it listens.
 *
 * @param args Arguments of `deno`.
 * @param options How.
 */
export async function startExample(
  args: readonly string[],
  { env = {}, signal = "SIGTERM", code: expected = 143 }: ExampleOptions = {},
): Promise<RunningExample> {
  const child = spawn(args, env);
  const [output, rest] = child.stderr.tee();
  const drained = Promise.all([
    rest.pipeTo(new WritableStream()),
    child.stdout.pipeTo(new WritableStream()),
  ]);
  const url = await within(findUrl(output), "the address of the example");
  return {
    url,
    async [Symbol.asyncDispose]() {
      child.kill(signal);
      const { code } = await within(child.status, "the end of the example");
      await drained;
      assertEquals(code, expected);
    },
  };
}

/**
 * Runs an example to its end, which must be a good one.
 *
 * @param args Arguments of `deno`.
 * @returns What it printed.
 */
export async function runExample(args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await within(
    spawn(args, {}).output(),
    "the end of the example",
  );
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

function spawn(
  args: readonly string[],
  env: Record<string, string>,
): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: ROOT,
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Reads what Deno says of where it listens. */
async function findUrl(
  output: ReadableStream<Uint8Array<ArrayBuffer>>,
): Promise<string> {
  let text = "";
  for await (const chunk of output.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const [url] = /http:\/\/[\w.]+:\d+/.exec(text) ?? [];
    if (url !== undefined) return url;
  }
  throw new Error(`Cannot start the example:\n${text}`);
}
