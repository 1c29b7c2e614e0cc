import type { DiagnosticsEventMap } from "../diagnostic_events.ts";
import type { Diagnostics } from "../diagnostics.ts";
import { indent, quote } from "../quote.ts";

/** How much a {@linkcode consoleLogger} tells. */
export type LogLevel = "silent" | "error" | "warn" | "info" | "debug";

/** What a {@linkcode consoleLogger} writes to: a `console` is one. */
export type LogSink = Record<
  Exclude<LogLevel, "silent">,
  (line: string, ...more: unknown[]) => void
>;

/** Options of {@linkcode consoleLogger}. */
export interface ConsoleLoggerOptions {
  /**
   * How much is told: failures of the application and of adapters at `error`, what
   * clients do wrong at `warn`, who comes and goes at `info`, connections and the name
   * of every event at `debug`.
   *
   * @default {"info"}
   */
  readonly level?: LogLevel;
  /**
   * Where to write.
   *
   * @default {console}
   */
  readonly sink?: LogSink;
}

const LEVELS: readonly LogLevel[] = [
  "silent",
  "error",
  "warn",
  "info",
  "debug",
];

/**
 * Writes what a server observes to the console, a line each, from now on.
 *
 * Texts that clients may choose are quoted, shortened, and hold no control characters;
 * what events carry is not written.
 *
 * @example Let the environment decide
 * ```ts ignore
 * // LOG=debug deno run --allow-net --allow-env=LOG main.ts
 * import { Server } from "@deno-socketio/server";
 * import { consoleLogger, isLogLevel } from "@deno-socketio/server/observe";
 *
 * const io = new Server();
 * const level = Deno.env.get("LOG") ?? "info";
 * if (isLogLevel(level)) consoleLogger(io, { level });
 * ```
 *
 * @param io The server.
 * @param options See {@linkcode ConsoleLoggerOptions}.
 * @returns A function that ends it.
 * @throws {RangeError} If the level is none.
 */
export function consoleLogger(
  { diagnostics }: { readonly diagnostics: Diagnostics },
  { level = "info", sink = console }: ConsoleLoggerOptions = {},
): () => void {
  if (!isLogLevel(level)) {
    throw new RangeError(
      `Cannot log at "${level}": it is none of ${LEVELS.join(", ")}`,
    );
  }
  const listening = new AbortController();
  const { signal } = listening;
  const log = <Type extends keyof DiagnosticsEventMap>(
    at: Exclude<LogLevel, "silent">,
    type: Type,
    describe: (event: DiagnosticsEventMap[Type]) => string,
  ) => {
    if (LEVELS.indexOf(at) > LEVELS.indexOf(level)) return;
    diagnostics.addEventListener(type, (event) => {
      const line = `${new Date().toISOString()} ${at} ${type}`;
      const text = `${line} ${describe(event)}`.trimEnd();
      if (!("error" in event) || at !== "error") return sink[at](text);
      event.preventDefault(); // the console need not be told twice
      // An error may have what a client sent in its message: a sink of its own knows how
      // to write it, the console does not care.
      if (sink !== console) return sink[at](text, event.error);
      sink[at](`${text}\n${indent(Deno.inspect(event.error))}`);
    }, { signal });
  };

  log("error", "callbackerror", ({ source }) => source);
  log("error", "adaptererror", ({ namespace }) => quote(namespace));
  log(
    "warn",
    "limitexceeded",
    ({ limit, address }) => `${limit} ${bare(address)}`,
  );
  log(
    "warn",
    "packeterror",
    ({ error, address }) => `${quote(String(error))} ${bare(address)}`,
  );
  log(
    "warn",
    "handshakerefused",
    ({ status, code, message, context: { name } }) =>
      `${status} ${code} ${quote(message)} ${name ?? ""}`.trimEnd(),
  );
  log(
    "warn",
    "connectionrefused",
    ({ namespace, message, address }) =>
      `${quote(namespace)} ${quote(message)} ${bare(address)}`,
  );
  log(
    "info",
    "connection",
    ({ namespace, id, address, recovered }) =>
      `${quote(namespace)} ${bare(id)} ${bare(address)}${
        recovered ? " recovered" : ""
      }`,
  );
  log(
    "info",
    "disconnection",
    ({ namespace, id, reason, description }) =>
      `${quote(namespace)} ${bare(id)} ${reason}${inBrackets(description)}`,
  );
  log("info", "serverclose", () => "");
  log("info", "adapterchange", () => "");
  log(
    "debug",
    "sessionstart",
    ({ transport, address }) => `${transport} ${bare(address)}`,
  );
  log(
    "debug",
    "sessionend",
    ({ transport, address, reason, description, duration }) =>
      `${transport} ${bare(address)} ${reason}${
        inBrackets(description)
      } after ${duration} ms`,
  );
  for (const type of ["eventreceived", "eventsent"] as const) {
    log(
      "debug",
      type,
      ({ namespace, id, name, args, wantsAnswer }) =>
        `${quote(namespace)} ${bare(id)} ${quote(name)} ${args.length} ${
          args.length === 1 ? "argument" : "arguments"
        }${wantsAnswer ? ", wants an answer" : ""}`,
    );
  }
  return () => listening.abort();
}

/** Tells whether a text is a level of {@linkcode consoleLogger}. */
export function isLogLevel(text: string): text is LogLevel {
  return LEVELS.some((level) => level === text);
}

/**
 * Leaves an address or an id as it is, and quotes what only claims to be one: an id may
 * have the name of a namespace in it.
 */
function bare(text: string): string {
  return /^[\w.:/#-]+$/.test(text) ? text : quote(text);
}

function inBrackets(text: string | undefined): string {
  return text === undefined ? "" : ` (${quote(text)})`;
}
