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
  /** The same, if it does so more than once. */
  readonly urls: readonly string[];
  /** Ends it, and returns all that it has printed. */
  end(): Promise<string>;
}

/** How an example is started and ended. */
export interface ExampleOptions {
  readonly env?: Record<string, string>;
  /** What ends it: by default the signal whose code it then has. */
  readonly signal?: Deno.Signal;
  /** The code that it ends with; 143 by default, for who does not heed SIGTERM. */
  readonly code?: number;
  /** How often it listens; once by default. */
  readonly listens?: number;
}

/**
 * Starts an example, and waits until Deno tells where it listens.
 *
 * @param args Arguments of `deno`.
 * @param options How.
 */
export async function startExample(
  args: readonly string[],
  {
    env = {},
    signal = "SIGTERM",
    code: expected = 143,
    listens = 1,
  }: ExampleOptions = {},
): Promise<RunningExample> {
  const child = spawn(args, env);
  let log = "";
  const { promise: listening, resolve, reject } = Promise.withResolvers<void>();
  const urls = () => [...log.matchAll(/http:\/\/[\w.]+:\d+/g)].flat();
  const read = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      log += text;
      if (urls().length >= listens) resolve();
    }
  };
  const drained = Promise.all([read(child.stdout), read(child.stderr)]);
  drained.then(() => reject(new Error(`Cannot start the example:\n${log}`)));
  await within(listening, "the address of the example");
  const end = async () => {
    child.kill(signal);
    const { code } = await within(child.status, "the end of the example");
    await drained;
    assertEquals(code, expected);
    return log;
  };
  let ended: Promise<string> | undefined;
  return {
    url: urls()[0] ?? "",
    urls: urls(),
    end: () => ended ??= end(),
    async [Symbol.asyncDispose]() {
      await (ended ??= end());
    },
  };
}

/**
 * Runs an example to its end, which must be a good one.
 *
 * @param args Arguments of `deno`.
 * @param milliseconds How long it may take.
 * @returns What it printed.
 */
export async function runExample(
  args: readonly string[],
  milliseconds?: number,
): Promise<string> {
  const { code, stdout, stderr } = await within(
    spawn(args, {}).output(),
    "the end of the example",
    milliseconds,
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
