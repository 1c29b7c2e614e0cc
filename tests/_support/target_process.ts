import { TextLineStream } from "./text_lines.ts";
import type { Call } from "./deno_server.ts";
import type {
  Report,
  RunningServer,
  Target,
  TargetOptions,
} from "./target_contract.ts";
import { within } from "./within.ts";

const PROGRAM = new URL("deno_server.ts", import.meta.url);

/** What is called, but for the numbers. */
type Question<Kind = Call> = Kind extends Call ? Omit<Kind, "call"> : never;

/**
 * This project's servers in one process of their own, which lives as long as the file
 * that imports this module: a case that ends it fails all that follow.
 */
class ServerProcess {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #calls = 0;
  #failure: Error | undefined;

  constructor() {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--no-check",
        "--allow-all",
        "--v8-flags=--expose-gc",
        PROGRAM.href,
      ],
      cwd: new URL("../..", import.meta.url),
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#read();
  }

  async #read(): Promise<void> {
    const lines = this.#child.stdout.pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream());
    for await (const line of lines) {
      const { call, result, error } = JSON.parse(line);
      const waiting = this.#waiting.get(call);
      this.#waiting.delete(call);
      if (error === undefined) waiting?.resolve(result);
      else waiting?.reject(new Error(error));
    }
    const { code, signal } = await this.#child.status;
    this.#failure = new Error(
      `The server's process ended (code ${code}, signal ${signal})`,
    );
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
  }

  async ask(question: Question): Promise<unknown> {
    if (this.#failure !== undefined) throw this.#failure;
    const call = ++this.#calls;
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(call, waiting);
    const line = `${JSON.stringify({ call, ...question })}\n`;
    await this.#input.write(new TextEncoder().encode(line));
    return await within(waiting.promise, `the answer to ${question.method}`);
  }
}

function createTarget(): Target {
  const process = new ServerProcess();
  let servers = 0;
  return {
    name: "deno",
    startEngine: (options = {}) => {
      const server = ++servers;
      return start(process, { method: "startEngine", server, options });
    },
    startSocketIo: (app, options: TargetOptions = {}) => {
      const server = ++servers;
      return start(process, { method: "startSocketIo", server, app, options });
    },
  };
}

async function start(
  process: ServerProcess,
  question: Question,
): Promise<RunningServer> {
  const { server } = question;
  const url = await process.ask(question) as string; // its answer
  const memory = async () =>
    await process.ask({ method: "memory", server }) as number; // its answer
  const before = await memory();
  return {
    url,
    reported: async (kind, fields = {}) =>
      await process.ask({ method: "reported", server, kind, fields }) as Report, // its answer
    sessions: async () =>
      await process.ask({ method: "sessions", server }) as number, // its answer
    stop: async () => void await process.ask({ method: "stop", server }),
    growth: async () => await memory() - before,
    async [Symbol.asyncDispose]() {
      await process.ask({ method: "dispose", server });
    },
  };
}

/** The target that the environment asks for, never in this process. */
export const target: Target = Deno.env.get("CONFORMANCE_TARGET") === "node"
  ? (await import("./target_node.ts")).nodeTarget
  : createTarget();
