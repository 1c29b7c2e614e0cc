/** Options of {@linkcode EngineOptions.httpCompression}. */
export interface HttpCompressionOptions {
  /**
   * Answers shorter than this many bytes are sent as they are.
   *
   * @default {1024}
   */
  threshold?: number;
}

/** The encodings we offer, best first, and what `CompressionStream` calls them. */
const ENCODINGS = [["br", "brotli"], ["gzip", "gzip"], [
  "deflate",
  "deflate",
]] as const;

/**
 * Makes a text answer, compressed where that is wanted and the client takes it.
 *
 * @param body The text.
 * @param request The request to answer.
 * @param threshold Length from which on it is compressed; `undefined` for never.
 */
export function textResponse(
  body: string,
  request: Request,
  threshold: number | undefined,
): Response {
  const response = new Response(body);
  return threshold === undefined || body.length < threshold
    ? response
    : compress(response, request);
}

/** Compresses an answer if the client takes one of our encodings. */
export function compress(response: Response, request: Request): Response {
  const accepted = acceptedEncodings(request.headers.get("accept-encoding"));
  const encoding = ENCODINGS.find(([name]) => accepted.has(name));
  if (encoding === undefined || response.body === null) return response;
  const compressed = new Response(
    response.body.pipeThrough(new CompressionStream(encoding[1])),
    response,
  );
  compressed.headers.set("content-encoding", encoding[0]);
  compressed.headers.append("vary", "Accept-Encoding");
  return compressed;
}

function acceptedEncodings(header: string | null): Set<string> {
  const accepted = new Set<string>();
  for (const part of header?.split(",") ?? []) {
    const [name = "", ...parameters] = part.toLowerCase().split(";");
    if (!parameters.some((parameter) => /^\s*q=0(\.0*)?\s*$/.test(parameter))) {
      accepted.add(name.trim());
    }
  }
  return accepted;
}
