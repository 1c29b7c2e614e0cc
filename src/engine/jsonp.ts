import type { Packet } from "../engine_parser/mod.ts";
import type { Body, PollingFormat } from "./format.ts";
import type { EncodedMessage } from "./message.ts";
import { readParameter } from "./query.ts";

/**
 * Long-polling by `<script>` and `<form>`, for browsers without cross-origin requests:
 * each answer is a script which calls a function of the page, each POST a form.
 *
 * The page names its function by a number, and nothing else of the request gets into
 * the script.
 */
export class JsonpFormat implements PollingFormat {
  readonly takesBytes: boolean;
  readonly #format: PollingFormat;
  readonly #function: string;

  /**
   * @param index The number, as the client has sent it.
   * @param format What the scripts and forms carry: text alone.
   */
  constructor(index: string, format: PollingFormat) {
    this.takesBytes = format.takesBytes;
    this.#format = format;
    this.#function = `___eio[${index.replace(/[^0-9]/g, "")}]`;
  }

  keep(message: EncodedMessage): EncodedMessage {
    return this.#format.keep(message);
  }

  measure(message: EncodedMessage): number {
    return this.#format.measure(message);
  }

  encode(messages: readonly EncodedMessage[]): string {
    const text = JSON.stringify(this.#format.encode(messages))
      // JSON may have them as they are, and scripts might not.
      .replaceAll("\u2028", "\\u2028")
      .replaceAll("\u2029", "\\u2029");
    return `${this.#function}(${text});`;
  }

  respond(body: BodyInit): Response {
    const response = new Response(body);
    response.headers.set("content-type", "text/javascript;charset=UTF-8");
    response.headers.set("x-content-type-options", "nosniff");
    return response;
  }

  begin(body: ReadableStream<Uint8Array>): Response {
    return this.respond(body);
  }

  encodeRest(messages: readonly EncodedMessage[]): Uint8Array {
    return new TextEncoder().encode(this.encode(messages));
  }

  /** Reads the field `d` of a form; a body without one says nothing. */
  decode(body: Body): Iterable<Packet> {
    const text = typeof body === "string"
      ? readParameter(body, "d")
      : undefined;
    return text === undefined ? [] : this.#format.decode(unescapeLines(text));
  }
}

/**
 * Brings line breaks back. The client writes them as `\n`, since browsers would change
 * them in a form, and a `\n` that was there before as `\\n`.
 */
function unescapeLines(text: string): string {
  return text.replace(
    /(\\)?\\n/g,
    (match, escaped) => escaped === undefined ? "\n" : match,
  ).replaceAll("\\\\n", "\\n");
}
