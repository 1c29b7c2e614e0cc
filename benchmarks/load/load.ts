import { fileURLToPath } from "node:url";
import { run } from "./process.ts";
import type { ServerProcess } from "./server_process.ts";

/** What the load generator prints: seconds, microseconds of latency, KiB. */
export interface Figures {
  /** Units done in the measured part. */
  readonly n: number;
  readonly wall: number;
  /** CPU time of the server, and its two parts to 10 ms. */
  readonly cpu: number;
  readonly user: number;
  readonly sys: number;
  /** CPU time of the load generator. */
  readonly client: number;
  readonly p50: number;
  readonly p99: number;
  readonly rss_before: number;
  readonly rss: number;
  readonly clients: number;
  /** Connects done in their measured part. */
  readonly connects: number;
  readonly connect_wall: number;
  readonly connect_cpu: number;
}

/** Why there are no figures. */
export interface Failure {
  readonly error: string;
}

const FOLDER = new URL("./", import.meta.url);
const PROGRAM = fileURLToPath(new URL("out/load", FOLDER));

/** Compiles the load generator. */
export async function compileLoad(): Promise<void> {
  if (Deno.build.os !== "linux") {
    throw new Error("Cannot measure: CPU time and memory are read from Linux");
  }
  await Deno.mkdir(new URL("out/", FOLDER), { recursive: true });
  const sources: string[] = [];
  for await (const { name } of Deno.readDir(new URL("client/", FOLDER))) {
    if (name.endsWith(".c")) sources.push(`client/${name}`);
  }
  const options = ["-O2", "-Wall", "-Wextra", "-o", PROGRAM];
  const compiler = await run("cc", [...options, ...sources.sort()]);
  if (!compiler.ok) {
    throw new Error(`Cannot compile the load generator: ${compiler.stderr}`);
  }
}

/** What is put under load: processes, and the ports that clients are spread over. */
export interface Target {
  readonly ports: readonly number[];
  readonly pids: readonly number[];
  /** Ends it, and tells what it said to stderr. */
  complaint(): Promise<string>;
}

/**
 * Puts a server under load.
 *
 * @param server The server.
 * @param options Options of the load generator, as in `client/client.h`.
 * @returns What it measured.
 */
export async function runLoad(
  server: ServerProcess,
  options: string,
): Promise<Figures | Failure> {
  return await loadAll({
    ports: [await server.port()],
    pids: [server.pid],
    complaint: () => server.complaint(),
  }, options);
}

/**
 * Puts the servers of a fleet under load.
 *
 * @param target The fleet.
 * @param options Options of the load generator, as in `client/client.h`.
 * @returns What it measured: CPU time and memory are those of all processes.
 */
export async function loadAll(
  target: Target,
  options: string,
): Promise<Figures | Failure> {
  const { ports, pids } = target;
  if (ports.some(Number.isNaN)) {
    return { error: `did not start: ${await target.complaint()}` };
  }
  const load = await run(PROGRAM, [
    ...options.split(" "),
    `port=${ports}`,
    `pid=${pids}`,
  ]);
  if (load.ok) return JSON.parse(load.stdout);
  const complaints = [load.stderr, await target.complaint()];
  return { error: complaints.filter((text) => text !== "").join("; ") };
}
