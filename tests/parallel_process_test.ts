/** `deno serve --parallel`, as it is run in earnest. */

import { assert, assertEquals } from "@std/assert";
import { ask, next, Visitors, within } from "./_support/clients.ts";
import { until } from "./_support/cluster_bed.ts";
import { testFrom } from "./_support/environment.ts";

const test = testFrom("2.7");

const WORKERS = 3;

/** A `deno serve --parallel` of its own, with the permissions it needs. */
class Process implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #output: Promise<string>;
  readonly url: string;

  private constructor(
    child: Deno.ChildProcess,
    output: Promise<string>,
    url: string,
  ) {
    this.#child = child;
    this.#output = output;
    this.url = url;
  }

  static async start(): Promise<Process> {
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        "serve",
        "--parallel",
        "--allow-net",
        "--host=127.0.0.1",
        "--port=0",
        decodeURIComponent(
          new URL("parallel/app.ts", import.meta.url).pathname,
        ),
      ],
      env: { DENO_JOBS: `${WORKERS}`, NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const [errors, copy] = child.stderr.tee();
    const output = Promise.all([
      new Response(errors).text(),
      new Response(child.stdout).text(),
    ]).then((texts) => texts.join(""));
    const url = await within(findUrl(copy), "deno serve");
    const process = new Process(child, output, url);
    // All must have been heard of, and all must listen: each says so itself.
    const ready = new Set<string>();
    await until(async () => {
      const response = await fetch(`${url}/count`, {
        headers: { connection: "close" },
      });
      const { count, worker } = await response.json();
      if (count === WORKERS) ready.add(worker);
      return ready.size === WORKERS;
    }, "all workers");
    return process;
  }

  /** Asks it to end, and returns its exit code. */
  async end(): Promise<number> {
    this.#child.kill("SIGTERM");
    return (await within(this.#child.status, "the end of deno serve")).code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#child.status;
    await this.#output;
  }
}

async function findUrl(stream: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  let url: string | undefined;
  const decoded = stream.pipeThrough(
    new TextDecoderStream() as TransformStream<Uint8Array, string>, // which takes any bytes
  );
  for await (const chunk of decoded) {
    text += chunk;
    url = /http:\/\/[\d.]+:\d+/.exec(text)?.[0];
    if (url !== undefined) break;
  }
  if (url === undefined) throw new Error(`deno serve said: ${text}`);
  return url;
}

test("deno serve --parallel shares the sessions of official clients", async () => {
  await using process = await Process.start();
  await using visitors = new Visitors();
  const workers = new Set<unknown>();
  const processes = new Set<unknown>();
  for (const mode of ["polling", "upgrade", "websocket"] as const) {
    const clients = await Promise.all(
      Array.from(
        { length: 8 },
        () => visitors.connect("4.8.4", mode, process.url),
      ),
    );
    for (let round = 0; round < 5; round++) {
      await Promise.all(clients.map(async (client, i) => {
        assertEquals(await ask(client, "echo", i, round), [i, round]);
      }));
    }
    for (const client of clients) {
      const [worker, pid] = await ask(client, "who");
      workers.add(worker);
      processes.add(pid);
      assert(client.connected);
    }
  }
  assertEquals(processes.size, 1);
  assert(workers.size > 1, "all clients came to one worker");
});

test("deno serve --parallel loses and reorders nothing of a burst of 100,000", async () => {
  const count = 100_000;
  await using process = await Process.start();
  await using visitors = new Visitors();
  const clients = await Promise.all(
    Array.from(
      { length: 4 },
      () => visitors.connect("4.8.4", "websocket", process.url),
    ),
  );
  const all = clients.map((client) => {
    let due = 0;
    return new Promise<void>((resolve, reject) => {
      client.on("count", (number) => {
        if (number !== due) reject(new Error(`${number} instead of ${due}`));
        if (++due === count) resolve();
      });
    });
  });
  clients[0]!.emit("burst", count);
  await within(Promise.all(all), "all broadcasts");
});

test("deno serve --parallel ends when it is asked to", async () => {
  await using process = await Process.start();
  await using visitors = new Visitors();
  const clients = await Promise.all(
    (["polling", "upgrade", "websocket"] as const).map((mode) =>
      visitors.connect("4.8.4", mode, process.url)
    ),
  );
  const left = clients.map((client) => next(client, "disconnect"));
  assertEquals(await process.end(), 0);
  await Promise.all(left);
});
