/** A PostgreSQL server that a test can kill, start again and freeze. */

import { until } from "./cluster_bed.ts";
import { findFreePort, getProgram } from "./environment.ts";

const READY = "database system is ready to accept connections";
/** Clients that are too early are told something else. */
const FAILURE = /FATAL: {2}(could not|lock file|data directory)/;
/** How often another port is tried if somebody takes the chosen one first. */
const ATTEMPTS = 5;

/** Nothing of it must last, and it has few clients. */
const SETTINGS = [
  "fsync=off",
  "full_page_writes=off",
  "autovacuum=off",
  "max_connections=80",
  "shared_buffers=16MB",
  "unix_socket_directories=",
];

/** A PostgreSQL server of its own on a port of 127.0.0.1, which stays the same. */
export class PostgresProcess implements AsyncDisposable {
  readonly #folder: string;
  #port = 0;
  /** Set while it runs. */
  #pid: number | undefined;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Makes a server with an empty database, and starts nothing yet. */
  static async create(): Promise<PostgresProcess> {
    const folder = await Deno.makeTempDir({ prefix: "deno-socketio-postgres" });
    // The server runs as somebody else if this is root.
    await Deno.chmod(folder, 0o777);
    const server = new PostgresProcess(folder);
    server.#port = findFreePort();
    const initdb = getProgram("postgres").replace(/postgres$/, "initdb");
    const options = "-N -A trust -U postgres -E UTF8 --locale=C";
    const { success, stderr } = await new Deno.Command("sh", {
      args: ["-c", asUser(`${initdb} ${options} -D ${folder}/data`)],
    }).output();
    if (success) return server;
    await server[Symbol.asyncDispose]();
    const reason = new TextDecoder().decode(stderr);
    throw new Error(`Cannot create a PostgreSQL database: ${reason}`);
  }

  /** Starts a server. */
  static async start(): Promise<PostgresProcess> {
    const server = await PostgresProcess.create();
    for (let attempt = 1; attempt < ATTEMPTS; attempt++) {
      try {
        await server.start();
        return server;
      } catch {
        server.#port = findFreePort();
      }
    }
    await server.start();
    return server;
  }

  /** How to connect to it, for the clients of all libraries. */
  get options(): {
    host: string;
    port: number;
    user: string;
    database: string;
  } {
    const database = "postgres";
    return { host: "127.0.0.1", port: this.#port, user: "postgres", database };
  }

  /** The first of its processes, whose children are the others, while it runs. */
  get pid(): number | undefined {
    return this.#pid;
  }

  /** The same as a URL. */
  get url(): string {
    return `postgres://postgres@127.0.0.1:${this.#port}/postgres`;
  }

  /**
   * Starts the server. It is no child of this process, so that any test may end it;
   * yet what interrupts this process in a terminal ends both.
   */
  async start(): Promise<void> {
    const settings = SETTINGS.map((setting) => `-c ${setting}`).join(" ");
    const program = asUser(
      `${
        getProgram("postgres")
      } -D ${this.#folder}/data -h 127.0.0.1 -p ${this.#port} ${settings}`,
    );
    const log = `${this.#folder}/log`;
    const { stdout } = await new Deno.Command("sh", {
      args: ["-c", `${program} </dev/null >${log} 2>&1 & echo $!`],
      cwd: "/",
    }).output();
    const pid = Number(new TextDecoder().decode(stdout));
    let text = "";
    await until(async () => {
      text = await this.#read("log");
      return text.includes(READY) || FAILURE.test(text);
    }, "PostgreSQL");
    if (!text.includes(READY)) {
      throw new Error(`Cannot start PostgreSQL:\n${text}`);
    }
    this.#pid = pid;
  }

  /** Reads a file of the server's, which may not be there yet. */
  #read(name: string): Promise<string> {
    return Deno.readTextFile(`${this.#folder}/${name}`).catch(() => "");
  }

  /** Ends the server and its connections without a word. */
  async kill(): Promise<void> {
    if (this.#pid === undefined) return;
    Deno.kill(this.#pid, "SIGQUIT");
    this.#pid = undefined;
    await until(
      async () => await this.#read("data/postmaster.pid") === "",
      "the end of PostgreSQL",
    );
  }

  /** Lets the server answer nothing. */
  async freeze(): Promise<void> {
    await this.#signal("SIGSTOP");
  }

  /** Lets it go on. */
  async thaw(): Promise<void> {
    await this.#signal("SIGCONT");
  }

  /** Lets it go on, or starts it again. */
  async revive(): Promise<void> {
    if (this.#pid === undefined) await this.start();
    else await this.thaw();
  }

  /** Signals the server, and the processes that it has for each connection. */
  async #signal(signal: Deno.Signal): Promise<void> {
    const pid = this.#pid;
    if (pid === undefined) return;
    Deno.kill(pid, signal);
    const list = await Deno.readTextFile(`/proc/${pid}/task/${pid}/children`);
    for (const child of list.split(" ")) {
      if (child === "") continue;
      try {
        Deno.kill(Number(child), signal);
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error; // it ended meanwhile
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await Deno.remove(this.#folder, { recursive: true });
  }
}

/** A command that refuses to be run by root. */
function asUser(command: string): string {
  return Deno.uid() === 0
    ? `setpriv --reuid=postgres --regid=postgres --init-groups ${command}`
    : command;
}
