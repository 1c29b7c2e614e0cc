import type { EngineMiddleware } from "./middleware.ts";

/** Which origins a rule fits: all, none, one, or those that match. */
export type OriginRule =
  | boolean
  | string
  | RegExp
  | readonly (string | RegExp)[];

/** Which origins get CORS headers: by a rule, or by a function that calls back with one. */
export type CorsOrigin =
  | OriginRule
  | ((
    origin: string | undefined,
    callback: (error: Error | null, origin?: OriginRule) => void,
  ) => void);

/** CORS headers, under the names that npm's `cors` package uses. */
export interface CorsOptions {
  /**
   * The origins that may read our answers: `true` reflects any, `false` adds no
   * headers at all.
   *
   * @default {"*"}
   */
  origin?: CorsOrigin;
  /**
   * The methods that a preflight allows.
   *
   * @default {"GET,HEAD,PUT,PATCH,POST,DELETE"}
   */
  methods?: string | readonly string[];
  /** The headers that a preflight allows; by default those it asks for. */
  allowedHeaders?: string | readonly string[];
  /** The headers of our answers that a page may read. */
  exposedHeaders?: string | readonly string[];
  /**
   * Whether requests may carry cookies.
   *
   * @default {false}
   */
  credentials?: boolean;
  /** Seconds that a browser may remember a preflight. */
  maxAge?: number;
  /**
   * Whether preflights go on to the handler instead of being answered.
   *
   * @default {false}
   */
  preflightContinue?: boolean;
  /**
   * The status of an answer to a preflight.
   *
   * @default {204}
   */
  optionsSuccessStatus?: number;
}

/** Chooses the CORS options of a request, and calls back with them. */
export type CorsOptionsDelegate = (
  request: Request,
  callback: (error: Error | null, options?: CorsOptions) => void,
) => void;

/**
 * Makes the middleware that answers preflights and adds CORS headers.
 *
 * @param options What npm's `cors` takes.
 */
export function cors(
  options: CorsOptions | CorsOptionsDelegate,
): EngineMiddleware {
  return async (request, _info, next) => {
    const chosen = typeof options === "function"
      ? await callback<CorsOptions>((done) => options(request, done)) ?? {}
      : options;
    const origin = request.headers.get("origin");
    // An origin that is undefined is a mistake, and must not let everybody in.
    const rule = "origin" in chosen ? chosen.origin : "*";
    const allowed = await allowedOrigin(rule ?? false, origin);
    if (allowed === undefined) return await next();
    const preflight = request.method === "OPTIONS";
    const response = preflight && !chosen.preflightContinue
      ? new Response(null, { status: chosen.optionsSuccessStatus ?? 204 })
      : await next();
    const { headers } = response;
    if (allowed.origin !== undefined) {
      headers.set("access-control-allow-origin", allowed.origin);
    }
    if (allowed.varies) headers.append("vary", "Origin");
    if (chosen.credentials) {
      headers.set("access-control-allow-credentials", "true");
    }
    if (chosen.exposedHeaders?.length) {
      headers.set("access-control-expose-headers", list(chosen.exposedHeaders));
    }
    if (preflight) addPreflightHeaders(headers, request, chosen);
    return response;
  };
}

function addPreflightHeaders(
  headers: Headers,
  request: Request,
  options: CorsOptions,
): void {
  const methods = list(options.methods ?? "GET,HEAD,PUT,PATCH,POST,DELETE");
  if (methods !== "") headers.set("access-control-allow-methods", methods);
  if (!options.allowedHeaders) {
    headers.append("vary", "Access-Control-Request-Headers");
  }
  const allowed = options.allowedHeaders ||
    (request.headers.get("access-control-request-headers") ?? "");
  if (allowed.length > 0) {
    headers.set("access-control-allow-headers", list(allowed));
  }
  if (options.maxAge !== undefined) {
    headers.set("access-control-max-age", String(options.maxAge));
  }
}

/** The value of the header, and whether it depends on the request; `undefined` for no CORS. */
async function allowedOrigin(
  rule: CorsOrigin,
  origin: string | null,
): Promise<{ origin: string | undefined; varies: boolean } | undefined> {
  if (typeof rule === "function") {
    const chosen = await callback<OriginRule>((done) =>
      rule(origin ?? undefined, done)
    );
    return chosen === undefined
      ? undefined
      : await allowedOrigin(chosen, origin);
  }
  if (rule === false || rule === "") return undefined;
  if (rule === "*") return { origin: "*", varies: false };
  if (typeof rule === "string") return { origin: rule, varies: true };
  const matches = origin !== null && matchesOrigin(rule, origin);
  return { origin: matches ? origin : undefined, varies: true };
}

/** Tells whether `origin` fits a rule other than a function. */
export function matchesOrigin(rule: OriginRule, origin: string): boolean {
  if (typeof rule === "boolean") return rule;
  if (typeof rule === "string") return rule === origin;
  if (rule instanceof RegExp) return origin.search(rule) >= 0; // unlike test(), keeps no position
  return rule.some((each) => matchesOrigin(each, origin));
}

function list(names: string | readonly string[]): string {
  return typeof names === "string" ? names : names.join(",");
}

function callback<Value>(
  start: (done: (error: Error | null, value?: Value) => void) => void,
): Promise<Value | undefined> {
  return new Promise((resolve, reject) =>
    start((error, value) => error ? reject(error) : resolve(value))
  );
}
