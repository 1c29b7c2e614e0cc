/** Characters of a text of a client's that are shown. */
const MAX_TEXT = 200;

/** What ends a line elsewhere than in JSON, or drives a terminal. */
const HIDDEN = /[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** Writes a text that a client may have chosen so that it can neither end a line nor drive a terminal. */
export function quote(text: string): string {
  const short = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
  return escape(JSON.stringify(short), HIDDEN);
}

/** Writes a text of several lines so that all are indented, and none drives a terminal. */
export function indent(text: string): string {
  // deno-lint-ignore no-control-regex -- it is they that are meant
  const harmless = escape(text, /[\0-\x09\x0b-\x1f]/g);
  return escape(harmless, HIDDEN).replaceAll(/^/gm, "    ");
}

function escape(text: string, chars: RegExp): string {
  return text.replaceAll(
    chars,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
