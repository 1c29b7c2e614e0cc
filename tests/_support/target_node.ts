import type {
  Report,
  RunningServer,
  Target,
  TargetOptions,
} from "./target_contract.ts";
import { Reports } from "./target_reports.ts";
import { within } from "./within.ts";

const PACKAGES = ["engine.io@6.6.12", "socket.io@4.8.4"];
const PROGRAM = new URL("./node_server.mjs", import.meta.url);

/** The npm packages on Node, a process for each server. */
export const nodeTarget: Target = {
  name: "node",
  startEngine: (options = {}) => start("engine", "engine_echo", options),
  startSocketIo: (app, options = {}) => start("socket.io", app, options),
};

async function start(
  level: "engine" | "socket.io",
  app: string,
  options: TargetOptions,
): Promise<RunningServer> {
  const packages = await installed(PACKAGES);
  const child = new Deno.Command("node", {
    args: [
      decodeURIComponent(PROGRAM.pathname),
      JSON.stringify({ packages, level, app, options }),
    ],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();

  const reports = new Reports();
  const stderr = new Response(child.stderr).text();
  const stdout = readReports(child.stdout, reports);
  const input = child.stdin.getWriter();
  const ended = child.status.then(async ({ code, signal }) => {
    const problem = await stderr;
    await stdout;
    const error = new Error(
      `The Node server ended (code ${code}, signal ${signal}): ${problem}`,
    );
    reports.fail(error);
    return code === 0 ? undefined : error;
  });
  const ask = (question: string) =>
    input.write(new TextEncoder().encode(`${question}\n`));

  const { url } = await reports.take("listening");
  return {
    url,
    reported: (kind, fields) => reports.take(kind, fields),
    async sessions() {
      await ask("sessions");
      return (await reports.take("sessions")).count;
    },
    async stop() {
      await ask("stop");
      await reports.take("stopped");
    },
    async [Symbol.asyncDispose]() {
      // The program ends with its input, so none outlives this process.
      await input.close().catch(() => {});
      const error = await within(ended, "the end of the Node server");
      if (error !== undefined) throw error;
    },
  };
}

async function readReports(
  output: ReadableStream<Uint8Array<ArrayBuffer>>,
  reports: Reports,
): Promise<void> {
  let rest = "";
  for await (const text of output.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) reports.push(JSON.parse(line) as Report); // written by node_server.mjs
  }
}

const installations = new Map<string, Promise<string>>();

/** The folder with the packages, installed at first use and kept outside the checkout. */
export function installed(packages: readonly string[]): Promise<string> {
  // A scope's slash would be one more folder.
  const name = packages.join("+").replaceAll("/", "-");
  const installation = installations.get(name) ?? install(packages, name);
  installations.set(name, installation);
  return installation;
}

async function install(
  packages: readonly string[],
  name: string,
): Promise<string> {
  const home = Deno.env.get("HOME");
  const cache = Deno.env.get("XDG_CACHE_HOME") ??
    (home === undefined ? "/tmp" : `${home}/.cache`);
  const folder = `${cache}/deno-socketio-conformance/${name}`;
  if (await exists(folder)) return folder;

  await Deno.mkdir(`${cache}/deno-socketio-conformance`, { recursive: true });
  // Test files may install at the same time: each its own, the first one stays.
  const draft = await Deno.makeTempDir({
    dir: `${cache}/deno-socketio-conformance`,
  });
  const { success, stderr } = await new Deno.Command("npm", {
    args: [
      "install",
      "--prefix",
      draft,
      "--no-audit",
      "--no-fund",
      ...packages,
    ],
  }).output();
  if (!success) {
    throw new Error(
      `Cannot install ${packages}: ${new TextDecoder().decode(stderr)}`,
    );
  }
  try {
    await Deno.rename(draft, folder);
  } catch (error) {
    if (!await exists(folder)) throw error;
    await Deno.remove(draft, { recursive: true });
  }
  return folder;
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
