import type { HandshakeInfo } from "../engine/mod.ts";

/**
 * What a client asked for when it connected.
 *
 * The fields are those of Node's Socket.IO, and can be written as JSON.
 */
export interface Handshake {
  /** The headers of the first request, names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The parameters of its URL, those of the protocol too. */
  readonly query: Readonly<Record<string, string>>;
  /** What the client sent as its credentials. */
  // deno-lint-ignore no-explicit-any -- the application knows what its clients send
  auth: any;
  /** When the client came, as text. */
  readonly time: string;
  /** The same in milliseconds of the epoch. */
  readonly issued: number;
  /** The path and query of the URL. */
  readonly url: string;
  /** The client's address, `""` where there is none. */
  readonly address: string;
  /** Whether a page of another origin may have made the request: it has an `Origin`. */
  readonly xdomain: boolean;
  /** Whether the client came over TLS. */
  readonly secure: boolean;
  /** The request itself, on the server that got it; not part of the JSON. */
  readonly request?: Request;
}

/**
 * Describes a handshake. Headers, query and time are read when they are first
 * asked for: most sockets never need them.
 */
export function createHandshake(info: HandshakeInfo, auth: unknown): Handshake {
  const { request } = info;
  const once = <Value>(make: () => Value) => {
    let made: { readonly value: Value } | undefined;
    return () => (made ??= { value: make() }).value;
  };
  const headers = once(() => Object.fromEntries(request.headers));
  const query = once(() =>
    Object.fromEntries(new URL(request.url).searchParams)
  );
  const handshake: Handshake = {
    get headers() {
      return headers();
    },
    get query() {
      return query();
    },
    auth,
    get time() {
      return String(new Date(info.issued));
    },
    issued: info.issued,
    get url() {
      const { pathname, search } = new URL(request.url);
      return pathname + search;
    },
    address: info.remoteAddress,
    get xdomain() {
      return request.headers.has("origin");
    },
    secure: info.secure,
  };
  return Object.defineProperty(handshake, "request", { value: request });
}
