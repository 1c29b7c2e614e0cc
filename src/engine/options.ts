import { checkRange, MAX_DELAY } from "../options.ts";
import type { CookieOptions } from "./cookie.ts";
import type { CorsOptions, CorsOptionsDelegate } from "./cors.ts";
import type { HttpCompressionOptions } from "./compression.ts";
import type { TrustProxy } from "./client_address.ts";
import type { TransportName } from "./transports/transport.ts";

/**
 * Decides whether a client may connect, by a boolean that it returns or resolves with,
 * or by calling `callback` as on Node. A throw or rejection refuses the client, and so
 * does a promise of anything else, unless the function declares `callback`. Who gets no
 * answer within 45 seconds is refused as well.
 */
export type AllowRequest = (
  request: Request,
  callback: (message: string | null | undefined, success: boolean) => void,
) => unknown;

/** Which `Origin` headers are let in. */
export type AllowedOrigins =
  | string
  | RegExp
  | readonly (string | RegExp)[]
  | ((origin: string | null, request: Request) => boolean | Promise<boolean>);

/** How much clients may ask of an Engine.IO server. */
export interface EngineLimits {
  /**
   * Sessions from one address at a time. Others are refused with 403. Clients without
   * an address, as on a Unix socket, are not counted: see `trustProxy`.
   *
   * @default {Infinity}
   */
  connectionsPerAddress?: number;
  /**
   * Sessions at a time. Others are answered with 503.
   *
   * @default {Infinity}
   */
  connections?: number;
  /**
   * Handshakes that wait at a time: for a function of the application, or for a
   * WebSocket to open. Others are answered with 503. As many sessions over long-polling
   * may wait for the second request of their client: where there are more, the one ends
   * that has waited for longest.
   *
   * @default {10_000}
   */
  pendingHandshakes?: number;
  /**
   * Packets in the body of one POST. A body with more ends its session with "parse
   * error".
   *
   * @default {100_000}
   */
  packetsPerPayload?: number;
}

/** Options of an Engine.IO server. */
export interface EngineOptions {
  /**
   * What the paths of our requests begin with.
   *
   * @default {"/engine.io"}, or "/socket.io" for a Socket.IO server
   */
  path?: string;
  /**
   * Whether `path` gets a `/` at its end.
   *
   * @default {true}
   */
  addTrailingSlash?: boolean;
  /**
   * Milliseconds from a pong, or from the start, to the next ping.
   *
   * @default {25_000}
   */
  pingInterval?: number;
  /**
   * Milliseconds within which a client must answer a ping.
   *
   * @default {20_000}
   */
  pingTimeout?: number;
  /**
   * Milliseconds that a client has to move to a WebSocket it has opened.
   *
   * @default {10_000}
   */
  upgradeTimeout?: number;
  /**
   * The largest message or request body that is accepted, in bytes.
   *
   * @default {1_000_000}
   */
  maxHttpBufferSize?: number;
  /**
   * How many bytes may wait for a client that does not read. Above it the session
   * ends with "transport error".
   *
   * @default {16_777_216}
   */
  maxBufferedAmount?: number;
  /**
   * The transports that clients may use.
   *
   * @default {["polling", "websocket"]}
   */
  transports?: readonly TransportName[];
  /**
   * Whether clients may move from long-polling to a WebSocket.
   *
   * @default {true}
   */
  allowUpgrades?: boolean;
  /**
   * Decides whether a client may connect. Asked once, before its session begins:
   * who may not gets 403. A throw or a rejection refuses too.
   *
   * @default everybody may
   */
  allowRequest?: AllowRequest;
  /**
   * The origins whose pages may connect. Unlike CORS, which a browser does not ask
   * before it opens a WebSocket, this guards every handshake: others get 403.
   *
   * Requests without an `Origin` pass: a page of the own site sends none when it polls,
   * nor does what is no browser. Those of JSONP, which any page can make and read, do
   * not. A function gets `null` for all of them, and decides.
   *
   * @default any origin
   */
  allowedOrigins?: AllowedOrigins;
  /**
   * Adds CORS headers, so that pages from other origins can use long-polling, which
   * comes before the WebSocket: `{ origin: "https://example.com" }`.
   *
   * @default no headers
   */
  cors?: CorsOptions | CorsOptionsDelegate;
  /**
   * Sets a cookie with the session's id, for sticky load balancers. `true` stands
   * for the defaults.
   *
   * @default {false}
   */
  cookie?: boolean | CookieOptions;
  /**
   * Compresses the answers of long-polling (gzip, deflate, or brotli from Deno 2.7 on).
   *
   * @default {{ threshold: 1024 }}
   */
  httpCompression?: boolean | HttpCompressionOptions;
  /**
   * A message that each session gets first.
   *
   * @default none
   */
  initialPacket?: string | Uint8Array;
  /**
   * Makes the id of a session, which must be unguessable.
   *
   * @default 15 random bytes in base64url
   */
  generateId?: (request: Request) => string | Promise<string>;
  /**
   * Which proxies are believed when they name the client's address and scheme
   * (`X-Forwarded-For`, `X-Forwarded-Proto`): how many there are, their addresses
   * (CIDR), or a function that tells.
   *
   * @default {false}
   */
  trustProxy?: TrustProxy;
  /**
   * How much clients may ask. Who exceeds a limit is refused or loses the session.
   *
   * @default those of {@linkcode EngineLimits}
   */
  limits?: EngineLimits;
  /**
   * Not available: Deno compresses no WebSocket messages. Anything but `false` gets
   * a warning.
   */
  perMessageDeflate?: unknown;
  /** Not available: WebSockets are Deno's own. Setting it gets a warning. */
  wsEngine?: unknown;
  /**
   * Whether clients of Socket.IO 2 are let in, which speak revision 3 of the protocol.
   * The id of such a client's socket is that of its session, which elsewhere is a
   * secret: do not let clients know each other's.
   *
   * @default {false}
   */
  allowEIO3?: boolean;
}

/** The options that have no default. */
export type OptionalEngineOptions =
  | "allowRequest"
  | "allowedOrigins"
  | "cors"
  | "initialPacket"
  | "generateId"
  | "limits"
  | "perMessageDeflate"
  | "wsEngine";

/** The same with every default filled in. */
export type ResolvedEngineOptions =
  & Readonly<Required<Omit<EngineOptions, OptionalEngineOptions>>>
  & Readonly<Pick<EngineOptions, Exclude<OptionalEngineOptions, "limits">>>
  & { readonly limits: Readonly<Required<EngineLimits>> };

const DEFAULTS = {
  path: "/engine.io",
  addTrailingSlash: true,
  pingInterval: 25_000,
  pingTimeout: 20_000,
  upgradeTimeout: 10_000,
  maxHttpBufferSize: 1_000_000,
  maxBufferedAmount: 16 * 1024 * 1024,
  transports: ["polling", "websocket"],
  allowUpgrades: true,
  cookie: false,
  httpCompression: true,
  trustProxy: false,
  allowEIO3: false,
} as const;

const DEFAULT_LIMITS: Readonly<Required<EngineLimits>> = {
  connectionsPerAddress: Infinity,
  connections: Infinity,
  pendingHandshakes: 10_000,
  packetsPerPayload: 100_000,
};

/**
 * Fills in defaults and checks what was given.
 *
 * @throws {RangeError} If an option cannot work.
 * @throws {TypeError} If an option is of another type.
 */
export function resolveEngineOptions(
  options: EngineOptions,
): ResolvedEngineOptions {
  checkTypes(options);
  const { cors, ...given } = withoutUndefined(options);
  const resolved: ResolvedEngineOptions = {
    ...DEFAULTS,
    ...given,
    ...(cors ? { cors: cors as unknown === true ? {} : cors } : {}), // as on Node
    limits: { ...DEFAULT_LIMITS, ...withoutUndefined(options.limits ?? {}) },
  };
  for (
    const name of ["pingInterval", "pingTimeout", "upgradeTimeout"] as const
  ) {
    checkRange(name, resolved[name], 1, MAX_DELAY);
  }
  for (const name of ["maxHttpBufferSize", "maxBufferedAmount"] as const) {
    checkRange(name, resolved[name], 1, Infinity);
  }
  for (const [name, limit] of Object.entries(resolved.limits)) {
    checkRange(`limits.${name}`, limit, 1, Infinity);
  }
  warnOfUnavailable(options);
  for (const transport of resolved.transports) {
    if (transport !== "polling" && transport !== "websocket") {
      throw new RangeError(
        `Cannot use transport "${transport}": it is unknown`,
      );
    }
  }
  checkPath(resolved.path);
  return resolved;
}

/** Throws unless options are of the types that they are declared with, as far as they could do harm. */
function checkTypes(options: EngineOptions): void {
  const { cors, initialPacket } = options;
  for (const name of ["allowRequest", "generateId"] as const) {
    const value: unknown = options[name] ?? undefined;
    if (value !== undefined && typeof value !== "function") {
      throw new TypeError(`Cannot use ${name}: it is not a function`);
    }
  }
  if (!["undefined", "boolean", "object", "function"].includes(typeof cors)) {
    throw new TypeError(`Cannot use cors "${cors}": it is not options`);
  }
  if (
    initialPacket !== undefined && typeof initialPacket !== "string" &&
    !(initialPacket instanceof Uint8Array)
  ) {
    throw new TypeError(
      "Cannot use initialPacket: it is neither text nor bytes",
    );
  }
}

/** Throws unless a path starts with `/`. */
export function checkPath(path: string): void {
  if (path.startsWith("/")) return;
  throw new RangeError(`Cannot use path "${path}": it does not start with "/"`);
}

/** The options that were given a value. */
function withoutUndefined<Options extends object>(options: Options): Options {
  const given = Object.entries(options).filter(([, value]) =>
    value !== undefined
  );
  return Object.fromEntries(given) as Options; // a part of it, and all are optional
}

const warnedOf = new Set<string>();

/** Tells what Deno cannot offer, once each. */
function warnOfUnavailable(options: EngineOptions): void {
  for (const name of ["perMessageDeflate", "wsEngine"] as const) {
    if (!options[name] || warnedOf.has(name)) continue;
    warnedOf.add(name);
    console.warn(`Option ${name} has no effect: Deno does not offer it`);
  }
}

/** What the paths of a server's requests begin with. */
export function pathPrefix(
  options: Pick<ResolvedEngineOptions, "path" | "addTrailingSlash">,
): string {
  const path = options.path.replace(/\/$/, "");
  return options.addTrailingSlash ? path + "/" : path;
}
