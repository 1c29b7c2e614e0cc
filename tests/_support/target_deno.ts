import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { ServerOptions } from "../../mod.ts";
import { attach, type Attachable } from "../../src/node/mod.ts";
import type {
  RunningServer,
  Target,
  TargetOptions,
} from "./target_contract.ts";
import { Reports } from "./target_reports.ts";

const APPS = new URL("../conformance/apps/", import.meta.url);

/** A server in this process. */
export interface DenoServer extends RunningServer {
  /** Drops the reports that nobody has taken. */
  forget(): void;
}

/** A way to start them. */
interface DenoTarget extends Target {
  startEngine(options?: TargetOptions): Promise<DenoServer>;
  startSocketIo(app: string, options?: TargetOptions): Promise<DenoServer>;
}

/** Starts to listen for what a server answers. */
type Listen = (io: Attachable) => Promise<
  { readonly port: number; close(): Promise<void> }
>;

/** This project's server, in this process. */
export const denoTarget: DenoTarget = createTarget(listenByDeno);

/** The same behind a server of `node:http`. */
export const attachedTarget: Target = createTarget(listenByNode);

function createTarget(listen: Listen): DenoTarget {
  return {
    name: "deno",

    async startEngine(options = {}) {
      const { Server } = await import("../../src/engine/mod.ts");
      const reports = new Reports();
      const engine = new Server(toOptions(options));
      const app = await load("engine_echo");
      app(engine, tell(reports));
      return serve({
        path: pathOf(options, "/engine.io"),
        http: await listen(engine),
        reports,
        sessions: () => engine.clientsCount,
        close: () => engine.close(),
      });
    },

    startSocketIo: (name, options = {}) =>
      startApp(name, toOptions(options), listen),
  };
}

/** Starts a Socket.IO server of ours with an app, and with any options. */
export async function startApp(
  name: string,
  options: ServerOptions,
  listen: Listen = listenByDeno,
): Promise<DenoServer> {
  const { Server } = await import("../../mod.ts");
  const reports = new Reports();
  const io = new Server(options);
  const observe = await load("observe");
  observe(io.engine, tell(reports));
  const app = await load(name);
  app(io, tell(reports));
  return serve({
    path: pathOf(options, "/socket.io"),
    http: await listen(io),
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

function listenByDeno(io: Attachable): ReturnType<Listen> {
  const abort = new AbortController();
  const http = Deno.serve({
    port: 0,
    hostname: "127.0.0.1",
    signal: abort.signal,
    onListen: () => {},
  }, io.handler());
  return Promise.resolve({
    port: http.addr.port,
    async close() {
      abort.abort();
      await http.finished;
    },
  });
}

async function listenByNode(io: Attachable): ReturnType<Listen> {
  const http = createServer((_request, response) => {
    response.statusCode = 404;
    response.end();
  });
  attach(io, http);
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const { port } = http.address() as AddressInfo; // it listens on a port
  return {
    port,
    async close() {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

interface Parts {
  path: string;
  http: Awaited<ReturnType<Listen>>;
  reports: Reports;
  sessions: () => number;
  close: () => unknown;
}

function serve(
  { path, http, reports, sessions, close }: Parts,
): DenoServer {
  const stop = async () => void await close();
  return {
    url: `http://127.0.0.1:${http.port}${path}`,
    reported: (kind, fields) => reports.take(kind, fields),
    sessions: () => Promise.resolve(sessions()),
    stop,
    forget: () => reports.forget(),
    async [Symbol.asyncDispose]() {
      await stop();
      await http.close();
    },
  };
}
