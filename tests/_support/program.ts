import { TextLineStream } from "./text_lines.ts";
import { DEADLINE } from "./within.ts";

const ROOT = new URL("../../", import.meta.url);

/** A program of the tests, which prints lines of JSON. */
export class Program implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #lines: Record<string, unknown>[] = [];
  #wake: () => void = () => {};
  readonly #read: Promise<void>;

  /**
   * Starts it.
   *
   * @param file Its path from `tests/`.
   * @param args Its arguments.
   */
  constructor(file: string, ...args: string[]) {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-all", `tests/${file}`, ...args],
      cwd: ROOT,
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#read = this.#readLines();
  }

  async #readLines(): Promise<void> {
    const lines = this.#child.stdout.pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream());
    for await (const line of lines) {
      this.#lines.push(JSON.parse(line));
      this.#wake();
    }
  }

  /** Takes the next line of which something holds. */
  async find(
    holds: (line: Record<string, unknown>) => boolean,
    what: string,
  ): Promise<Record<string, unknown>> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => {
          const last = JSON.stringify(this.#lines.at(-1));
          reject(new Error(`Cannot wait longer for ${what}: ${last}`));
        },
        DEADLINE,
      );
    });
    try {
      for (;;) {
        const index = this.#lines.findIndex(holds);
        if (index >= 0) return this.#lines.splice(0, index + 1).at(-1)!;
        const woken = new Promise<void>((resolve) => this.#wake = resolve);
        await Promise.race([woken, late]);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /** Writes a line. */
  async ask(): Promise<void> {
    await this.#input.write(new TextEncoder().encode("?\n"));
  }

  /** Lets it do nothing. */
  freeze(): void {
    this.#child.kill("SIGSTOP");
  }

  /** Lets it go on. */
  thaw(): void {
    this.#child.kill("SIGCONT");
  }

  /** Ends it without a word. Returns its code. */
  async kill(): Promise<number> {
    this.#child.kill("SIGKILL");
    return (await this.#child.status).code;
  }

  /** Ends it as an orchestrator does. Returns its code. */
  async terminate(): Promise<number> {
    this.#child.kill("SIGTERM");
    return (await this.#child.status).code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#input.close().catch(() => {});
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#child.status;
    await this.#read;
  }
}
