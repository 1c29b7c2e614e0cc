import { isDenoAtLeast } from "../../deno_version.ts";
import type { Body } from "../format.ts";

/** Before 2.8 Deno let bodies of no length through that declare one all the same. */
const LENGTHS_ARE_TRUE = isDenoAtLeast("2.8");

/** Bytes up to which a body is read in one call, which is the cheapest way. */
const SHORT = 16 * 1024;

/**
 * The body of a request, read under a limit.
 *
 * The runtime keeps what it has read of a body that never ends for as long as its
 * connection lasts, unless it is read part by part: only then can it be given up.
 */
export class BodyReader {
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #isCancelled = false;

  /**
   * Reads the body of `request`.
   *
   * @param request The request.
   * @param max How many bytes it may have.
   * @param asBytes Whether it is to stay bytes.
   * @returns The body; `undefined` once it has more bytes.
   * @throws {Error} By the promise, if the body breaks off or is given up.
   */
  read(
    request: Request,
    max: number,
    asBytes: boolean,
  ): Promise<Body | undefined> {
    const length = declaredLength(request);
    if (length === undefined || length <= max && length > SHORT) {
      return this.#readParts(request.body, max, asBytes);
    }
    if (!(length <= max)) return Promise.resolve(undefined); // no number, too
    return asBytes ? request.bytes() : request.text();
  }

  async #readParts(
    body: ReadableStream<Uint8Array> | null,
    max: number,
    asBytes: boolean,
  ): Promise<Body | undefined> {
    const parts: Uint8Array[] = [];
    let length = 0;
    const reader = this.#reader = body?.getReader();
    for (;;) {
      const part = (await reader?.read())?.value;
      if (this.#isCancelled) throw new Error("the session has ended");
      if (part === undefined) break;
      parts.push(part);
      length += part.length;
      if (length > max) {
        this.cancel();
        return undefined;
      }
    }
    const bytes = join(parts, length);
    return asBytes ? bytes : new TextDecoder().decode(bytes);
  }

  /** Gives up a body that is not short. */
  cancel(): void {
    this.#isCancelled = true;
    this.#reader?.cancel().catch(() => {}); // it has broken off by itself
  }
}

function declaredLength({ headers }: Request): number | undefined {
  const declared = headers.get("content-length");
  if (declared === null) return undefined;
  if (!LENGTHS_ARE_TRUE && headers.has("transfer-encoding")) return undefined;
  return Number(declared);
}

function join(
  parts: readonly Uint8Array[],
  length: number,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
