import { compress } from "../engine/compression.ts";
import { cors } from "../engine/cors.ts";
import type {
  CorsOptions,
  CorsOptionsDelegate,
  Handler,
} from "../engine/mod.ts";

/** The bundles of the official client, and the maps to their sources. */
const BUNDLE = /^socket\.io(\.esm|\.msgpack)?(\.min)?\.js(\.map)?$/;

/**
 * Serves the official client's bundles.
 *
 * @param folder The `dist` folder of npm's `socket.io-client`, as a `file:` URL.
 * @param path What the paths of our requests begin with, without a slash at its end.
 * @param corsOptions Which CORS headers the answers get.
 * @param onMissing Hears of the first file that is not in the folder.
 * @returns A handler for requests that ask for a bundle; `undefined` for others.
 * @throws {TypeError} If `folder` is no `file:` URL.
 */
export function clientBundle(
  folder: URL | string | true,
  path: string,
  corsOptions: CorsOptions | CorsOptionsDelegate | undefined,
  onMissing: (error: Error) => void,
): (request: Request) => ReturnType<Handler> | undefined {
  if (folder === true) {
    throw new TypeError(
      "Cannot serve the client from true: there is no bundle here. Set the dist folder of npm's socket.io-client, as a file: URL",
    );
  }
  const base = URL.parse(folder);
  if (base?.protocol !== "file:") {
    throw new TypeError(
      `Cannot serve the client from ${base ?? folder}: not a file: URL`,
    );
  }
  if (!base.pathname.endsWith("/")) base.pathname += "/";
  const prefix = `${path}/`;
  let hasMissed = false;
  const missing = (file: URL): Response => {
    if (!hasMissed) onMissing(new Error(`Cannot find the client in ${file}`));
    hasMissed = true;
    return new Response(null, { status: 404 });
  };
  const withCors = corsOptions === undefined ? undefined : cors(corsOptions);
  return (request) => {
    // Nearly all requests are the engine's: none of them has this in its path.
    if (!request.url.includes("socket.io.")) return undefined;
    const { pathname } = new URL(request.url);
    const name = pathname.slice(prefix.length);
    if (!pathname.startsWith(prefix) || !BUNDLE.test(name)) return undefined;
    const serve = () => serveFile(new URL(name, base), request, missing);
    return withCors?.(request, undefined, serve) ?? serve();
  };
}

async function serveFile(
  file: URL,
  request: Request,
  missing: (file: URL) => Response,
): Promise<Response> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    return new Response(null, { status: 405, headers: { allow: "GET, HEAD" } });
  }
  let content: Uint8Array<ArrayBuffer>;
  try {
    content = await Deno.readFile(file);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return missing(file);
  }
  const etag = `"${await digest(content)}"`;
  const headers = {
    "cache-control": "public, max-age=0",
    "content-type": file.pathname.endsWith(".map")
      ? "application/json; charset=utf-8"
      : "application/javascript; charset=utf-8",
    etag,
  };
  const known = request.headers.get("if-none-match");
  if (known === etag || known === `W/${etag}`) {
    return new Response(null, { status: 304, headers });
  }
  return request.method === "HEAD"
    ? new Response(null, { headers })
    : compress(new Response(content, { headers }), request);
}

async function digest(content: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", content);
  return new Uint8Array(hash).toBase64({ alphabet: "base64url" }).slice(0, 22);
}
