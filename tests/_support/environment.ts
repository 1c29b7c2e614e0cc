/**
 * The programs that some tests need besides Deno: a browser, Node, a Redis server,
 * a PostgreSQL server.
 *
 * @module
 */

import { type Browser, chromium } from "playwright-core";
import { isDenoAtLeast } from "../../src/deno_version.ts";
import { DEADLINE } from "./within.ts";

/** A program that a test may need. */
export type Need = "chromium" | "node" | "postgres" | "redis";

/** What a test needs. */
export interface Needs extends Readonly<Partial<Record<Need, boolean>>> {
  /** The Deno with which it began to work, such as "2.7". */
  readonly deno?: string;
}

/** Where the programs are looked for, and whether all of them must be there. */
export interface Environment {
  readonly path: string;
  readonly ci: boolean;
}

/** A Redis server of its own, on this machine only and without a file. */
export interface RedisServer extends AsyncDisposable {
  readonly hostname: string;
  readonly port: number;
}

/** Where Debian has the programs of PostgreSQL, a folder for each version. */
const POSTGRES_FOLDER = "/usr/lib/postgresql";

/** The names of each program, best first. */
const PROGRAMS: Readonly<Record<Need, readonly string[]>> = {
  chromium: ["chromium", "chromium-browser", "google-chrome"],
  node: ["node"],
  postgres: ["postgres"],
  redis: ["redis-server"],
};

const CHROMIUM_FLAGS = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // Whatever a page or the browser itself asks for, it stays on this machine.
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
];

/** How often another port is tried if somebody takes the chosen one first. */
const REDIS_ATTEMPTS = 5;

/** Below it are the ports of well-known services. */
const FIRST_PORT = 10_000;

/**
 * Describes a test that runs only where what it needs is installed.
 *
 * Elsewhere it is ignored and its name says why. Under CI it fails, unless it is Deno
 * that is too old.
 *
 * @example Usage
 * ```ts ignore
 * Deno.test(requires({ redis: true }, "RedisAdapter joins", async () => {
 *   await using redis = await startRedis();
 * }));
 * ```
 *
 * @param needs What the test needs.
 * @param name The name of the test.
 * @param fn The test.
 * @param environment Where to look for it.
 * @returns What `Deno.test` takes.
 */
export function requires(
  needs: Needs,
  name: string,
  fn: Deno.TestDefinition["fn"],
  environment: Environment = readEnvironment(),
): Deno.TestDefinition {
  if (needs.deno !== undefined && !isDenoAtLeast(needs.deno)) {
    return { name: `${name} [needs Deno ${needs.deno}]`, ignore: true, fn };
  }
  const missing = (Object.keys(PROGRAMS) as Need[]) // the keys of that record
    .filter((need) =>
      needs[need] && findProgram(need, environment.path) === undefined
    );
  if (missing.length === 0) return { name, fn };
  const reason = `needs ${
    missing.map((need) => PROGRAMS[need][0]).join(" and ")
  }`;
  if (!environment.ci) {
    return { name: `${name} [${reason}]`, ignore: true, fn };
  }
  return {
    name,
    fn() {
      throw new Error(`Cannot run under CI: ${reason}`);
    },
  };
}

/** Defines tests of what takes a later Deno, such as "2.7". */
export function testFrom(deno: string) {
  return (name: string, fn: () => void | Promise<void>): void =>
    Deno.test(requires({ deno }, name, fn));
}

/**
 * Starts a headless Chromium with a profile of its own.
 *
 * @returns The browser, to be bound with `await using`.
 */
export async function launchChromium(): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: getProgram("chromium"),
    args: CHROMIUM_FLAGS,
    // Root cannot have Chromium's sandbox, and root is what containers run as.
    chromiumSandbox: false,
    timeout: DEADLINE,
  });
  browser.on("context", (context) => context.setDefaultTimeout(DEADLINE));
  return browser;
}

/**
 * Starts a Redis server on a free port of 127.0.0.1.
 *
 * @returns The server, to be bound with `await using`.
 */
export async function startRedis(): Promise<RedisServer> {
  const program = getProgram("redis");
  let log = "";
  for (let attempt = 0; attempt < REDIS_ATTEMPTS; attempt++) {
    const port = findFreePort();
    const process = new Deno.Command(program, {
      args: ["--bind", "127.0.0.1", "--port", `${port}`, "--save", ""],
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const [ready, rest] = process.stdout.tee();
    // Read to the end, or Redis would stop at a full pipe.
    const drained = rest.pipeTo(new WritableStream());
    log = await readUntil(ready, "Ready to accept connections");
    if (log.includes("Ready to accept connections")) {
      return {
        hostname: "127.0.0.1",
        port,
        async [Symbol.asyncDispose]() {
          process.kill();
          await Promise.all([process.status, drained]);
        },
      };
    }
    await Promise.all([process.status, drained]);
  }
  throw new Error(`Cannot start Redis:\n${log}`);
}

/** Reads text until `mark` has come, or to the end. */
async function readUntil(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  mark: string,
): Promise<string> {
  let text = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (text.includes(mark)) break;
  }
  return text;
}

/**
 * Finds a port of 127.0.0.1 on which nobody listens. It is below those that the system
 * hands out to who asks for any: so nobody takes it by chance while a server that had it
 * is away, and who chooses it here too is one of very many.
 */
export function findFreePort(): number {
  for (;;) {
    const port = FIRST_PORT +
      Math.floor(Math.random() * (readFirstHandedOut() - FIRST_PORT));
    try {
      using listener = Deno.listen({ hostname: "127.0.0.1", port });
      return listener.addr.port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}

/** The first port that the system hands out, which only Linux tells. */
function readFirstHandedOut(): number {
  try {
    const range = Deno.readTextFileSync(
      "/proc/sys/net/ipv4/ip_local_port_range",
    );
    return Math.max(parseInt(range), 2 * FIRST_PORT); // at any rate some to choose from
  } catch {
    return 32_768;
  }
}

function readEnvironment(): Environment {
  const path = [Deno.env.get("PATH") ?? "", ...listPostgresFolders()];
  return { path: path.join(":"), ci: Deno.env.get("CI") === "true" };
}

function listPostgresFolders(): string[] {
  try {
    const versions = Array.from(
      Deno.readDirSync(POSTGRES_FOLDER),
      ({ name }) => Number(name),
    );
    return versions.sort((a, b) => b - a)
      .map((version) => `${POSTGRES_FOLDER}/${version}/bin`);
  } catch {
    return []; // it is on the PATH, or nowhere
  }
}

function findProgram(need: Need, path: string): string | undefined {
  const folders = path.split(Deno.build.os === "windows" ? ";" : ":");
  for (const name of PROGRAMS[need]) {
    for (const folder of folders) {
      const file = `${folder}/${name}`;
      if (isFile(file)) return file;
    }
  }
}

/** Tells whether a program is there. */
export function isInstalled(need: Need): boolean {
  return findProgram(need, readEnvironment().path) !== undefined;
}

/** Finds a program. */
export function getProgram(need: Need): string {
  const program = findProgram(need, readEnvironment().path);
  if (program === undefined) {
    throw new Error(`Cannot find ${PROGRAMS[need].join(" or ")} on the PATH`);
  }
  return program;
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
