import { isDenoAtLeast } from "../deno_version.ts";

/** Options of {@linkcode EngineOptions.httpCompression}. */
export interface HttpCompressionOptions {
  /**
   * Answers shorter than this many bytes are sent as they are.
   *
   * @default {1024}
   */
  threshold?: number;
}

/**
 * The encodings we know, and what `CompressionStream` calls them. Brotli is last: it
 * takes the one thread five times as long.
 */
const ENCODINGS: readonly [name: string, format: CompressionFormat][] = [
  ["gzip", "gzip"],
  ["deflate", "deflate"],
  ["br", "brotli" as CompressionFormat], // of which Deno 2.5 knows nothing
];

/** Those that this Deno can make, once somebody asked. */
let offered: typeof ENCODINGS | undefined;

/**
 * The `cache-control` of what is meant for one client.
 *
 * Before 2.9 Deno itself compresses text from 64 bytes on, whatever our option says,
 * and must be told not to.
 */
export const NO_STORE: string = isDenoAtLeast("2.9")
  ? "no-store"
  : "no-store, no-transform";

/**
 * Compresses an answer where that is wanted and the client takes it.
 *
 * @param threshold Bytes from which on it is compressed; `undefined` for never.
 * @param response The answer.
 * @param body What is in it.
 * @param request The request that is answered.
 */
export function compressFrom(
  threshold: number | undefined,
  response: Response,
  body: string | Uint8Array,
  request: Request,
): Response {
  return threshold === undefined || !isAsLongAs(body, threshold)
    ? response
    : compress(response, request);
}

/** UTF-8 bytes that one UTF-16 unit can take. */
const MAX_BYTES_PER_UNIT = 3;

/** Tells whether `body` has at least `count` bytes. */
function isAsLongAs(body: string | Uint8Array, count: number): boolean {
  if (body.length * MAX_BYTES_PER_UNIT < count) return false;
  return body.length >= count ||
    typeof body === "string" && new TextEncoder().encode(body).length >= count;
}

/** Compresses an answer if the client takes one of our encodings. */
export function compress(response: Response, request: Request): Response {
  const accepted = acceptedEncodings(request.headers.get("accept-encoding"));
  offered ??= ENCODINGS.filter(([, format]) => canCompress(format));
  const encoding = offered.find(([name]) => accepted.has(name));
  if (encoding === undefined || response.body === null) return response;
  const compressed = new Response(
    response.body.pipeThrough(new CompressionStream(encoding[1])),
    response,
  );
  compressed.headers.set("content-encoding", encoding[0]);
  compressed.headers.append("vary", "Accept-Encoding");
  return compressed;
}

function canCompress(format: CompressionFormat): boolean {
  try {
    return new CompressionStream(format) !== undefined;
  } catch {
    return false;
  }
}

/** Characters of the longest `Accept-Encoding` that is read; browsers send thirty. */
const MAX_HEADER_LENGTH = 1_000;

function acceptedEncodings(header: string | null): Set<string> {
  const accepted = new Set<string>();
  if (header === null || header.length > MAX_HEADER_LENGTH) return accepted;
  for (const part of header.split(",")) {
    const [name = "", ...parameters] = part.toLowerCase().split(";");
    if (!parameters.some((parameter) => /^\s*q=0(\.0*)?\s*$/.test(parameter))) {
      accepted.add(name.trim());
    }
  }
  return accepted;
}
