import type { ServerOptions } from "../../mod.ts";
import type {
  RunningServer,
  Target,
  TargetOptions,
} from "./target_contract.ts";
import { Reports } from "./target_reports.ts";

const APPS = new URL("../conformance/apps/", import.meta.url);

/** This project's server, in this process. */
export const denoTarget: Target = {
  name: "deno",

  async startEngine(options = {}) {
    const { Server } = await import("../../src/engine/mod.ts");
    const reports = new Reports();
    const engine = new Server(toOptions(options));
    const app = await load("engine_echo");
    app(engine, tell(reports));
    return serve({
      path: pathOf(options, "/engine.io"),
      handler: engine.handler(),
      reports,
      sessions: () => engine.clientsCount,
      close: () => engine.close(),
    });
  },

  startSocketIo: (name, options = {}) => startApp(name, toOptions(options)),
};

/** Starts a Socket.IO server of ours with an app, and with any options. */
export async function startApp(
  name: string,
  options: ServerOptions,
): Promise<RunningServer> {
  const { Server } = await import("../../mod.ts");
  const reports = new Reports();
  const io = new Server(options);
  const observe = await load("observe");
  observe(io.engine, tell(reports));
  const app = await load(name);
  app(io, tell(reports));
  return serve({
    path: pathOf(options, "/socket.io"),
    handler: io.handler(),
    reports,
    sessions: () => io.engine.clientsCount,
    close: () => io.close(),
  });
}

type App = (
  server: unknown,
  report: (kind: string, fields: Record<string, unknown>) => void,
) => void;

async function load(name: string): Promise<App> {
  const module = await import(new URL(`${name}.mjs`, APPS).href);
  return module.default as App; // every module of that folder exports one
}

function tell(reports: Reports): Parameters<App>[1] {
  // As on the other target, what is reported is a copy that JSON can carry.
  return (kind, fields) =>
    reports.push({ kind, ...JSON.parse(JSON.stringify(fields)) });
}

function toOptions({ refuse, ...options }: TargetOptions) {
  if (refuse === undefined) return options;
  const allowRequest = (
    _request: Request,
    answer: (message: string, allowed: boolean) => void,
  ) => answer(refuse, false);
  return { ...options, allowRequest };
}

/** The path that a server with these options answers at. */
function pathOf(
  options: Pick<TargetOptions, "path" | "addTrailingSlash">,
  standard: string,
): string {
  const path = (options.path ?? standard).replace(/\/$/, "");
  return options.addTrailingSlash === false ? path : `${path}/`;
}

interface Parts {
  path: string;
  handler: Deno.ServeHandler<Deno.NetAddr>;
  reports: Reports;
  sessions: () => number;
  close: () => unknown;
}

function serve(
  { path, handler, reports, sessions, close }: Parts,
): RunningServer {
  const abort = new AbortController();
  const http = Deno.serve({
    port: 0,
    hostname: "127.0.0.1",
    signal: abort.signal,
    onListen: () => {},
  }, handler);
  const stop = async () => void await close();
  return {
    url: `http://127.0.0.1:${http.addr.port}${path}`,
    reported: (kind, fields) => reports.take(kind, fields),
    sessions: () => Promise.resolve(sessions()),
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
      abort.abort();
      await http.finished;
    },
  };
}
