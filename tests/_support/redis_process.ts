/** A Redis server that a test can kill, start again and freeze. */

import { within } from "./clients.ts";
import { findFreePort } from "./environment.ts";

const READY = "Ready to accept connections";

/** A Redis server on a port of 127.0.0.1, which stays the same. */
export class RedisProcess implements AsyncDisposable {
  /** The port. */
  readonly port: number;
  #child: Deno.ChildProcess | undefined;
  #drained: Promise<unknown> | undefined;

  /** Chooses a port, and starts nothing yet. */
  constructor() {
    this.port = findFreePort();
  }

  /** Starts a server. */
  static async start(): Promise<RedisProcess> {
    const redis = new RedisProcess();
    await redis.start();
    return redis;
  }

  /** The process, while it runs. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Starts the server. */
  async start(): Promise<void> {
    this.#child = new Deno.Command("redis-server", {
      args: ["--bind", "127.0.0.1", "--port", `${this.port}`, "--save", ""],
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const [output, rest] = this.#child.stdout.tee();
    // Read to the end, or Redis would stop at a full pipe.
    this.#drained = rest.pipeTo(new WritableStream());
    let log = "";
    for await (const text of output.pipeThrough(new TextDecoderStream())) {
      log += text;
      if (log.includes(READY)) return;
    }
    throw new Error(`Cannot start Redis:\n${log}`);
  }

  /** Ends the server without a word. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    this.#child = undefined;
    child.kill("SIGKILL");
    await within(
      Promise.all([child.status, this.#drained]),
      "the end of Redis",
    );
  }

  /** Lets the server answer nothing. */
  freeze(): void {
    this.#child?.kill("SIGSTOP");
  }

  /** Lets it go on. */
  thaw(): void {
    this.#child?.kill("SIGCONT");
  }

  /** Sends one command, and waits for the answer. */
  async command(text: string): Promise<string> {
    using connection = await Deno.connect({
      hostname: "127.0.0.1",
      port: this.port,
    });
    // The second one ends the connection behind the answer, however long that is.
    await connection.write(new TextEncoder().encode(`${text}\r\nQUIT\r\n`));
    const answer = await within(
      new Response(connection.readable).text(),
      `"${text}"`,
    );
    return answer.replace(/\+OK\r\n$/, "").trim();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}
