const FOLDER = new URL("./", import.meta.url);
const LINE_DEADLINE = 20_000;
const running = new Set<Deno.ChildProcess>();

/** Makes an interrupted benchmark end its servers too. */
export function endServersOnSignals(): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => {
      for (const child of running) child.kill("SIGKILL");
      Deno.exit(1);
    });
  }
}

/** A server under test in a process of its own; it ends with the scope. */
export class ServerProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #output: ReadableStreamDefaultReader<string>;
  readonly #errors: Promise<string>;
  #port: Promise<string | undefined> | undefined;

  constructor(
    [command, ...args]: readonly [string, ...string[]],
    env: Record<string, string> = {},
  ) {
    this.#child = new Deno.Command(command, {
      args,
      cwd: FOLDER,
      env: { ...env, NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    running.add(this.#child);
    this.#output = this.#child.stdout
      .pipeThrough(new TextDecoderStream()).getReader();
    this.#errors = new Response(this.#child.stderr).text();
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** The port it listens on: the first line it prints. NaN if there is none. */
  async port(): Promise<number> {
    this.#port ??= this.line();
    return parseInt(await this.#port ?? "");
  }

  /**
   * Reads the next line that it prints: few, each in one write.
   *
   * @param deadline Milliseconds to wait for it.
   * @returns The line, `undefined` if the server ended or took too long.
   */
  async line(deadline: number = LINE_DEADLINE): Promise<string | undefined> {
    const timer = setTimeout(() => this.kill("SIGKILL"), deadline);
    const { value } = await this.#output.read();
    clearTimeout(timer);
    return value;
  }

  /** Ends it, and tells what it said to stderr. */
  async complaint(): Promise<string> {
    this.kill("SIGKILL");
    return (await this.#errors).trim().replaceAll(/\s+/g, " ").slice(0, 300);
  }

  kill(signal: Deno.Signal): void {
    try {
      this.#child.kill(signal);
    } catch {
      // It has already ended.
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill("SIGKILL");
    await this.#child.status;
    running.delete(this.#child);
    await this.#errors;
    await this.#output.cancel();
  }
}
