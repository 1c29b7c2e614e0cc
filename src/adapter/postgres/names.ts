import { quote } from "../../quote.ts";

/** The longest name of a channel that PostgreSQL takes, in bytes. */
const MAX_CHANNEL_BYTES = 63;

/** A name as SQL has it without quotes, or with them. */
const IDENTIFIER = String
  .raw`(?:[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|"(?:[^"\0]|"")+")`;
const TABLE = new RegExp(`^${IDENTIFIER}(?:\\.${IDENTIFIER}){0,2}$`);

const utf8 = new TextEncoder();

/**
 * Names the channel of a namespace, as the official adapter does.
 *
 * @throws {RangeError} If there can be no such channel.
 */
export function toChannel(prefix: string, nsp: string): string {
  const channel = `${prefix}#${nsp}`;
  if (channel.includes("\0") || channel.includes("\n")) {
    throw new RangeError(
      `Cannot listen to the channel ${
        quote(channel)
      }: there are line breaks or zeros in its name`,
    );
  }
  if (utf8.encode(channel).length > MAX_CHANNEL_BYTES) {
    throw new RangeError(
      `Cannot listen to the channel ${
        quote(channel)
      }: PostgreSQL takes names of at most ${MAX_CHANNEL_BYTES} bytes`,
    );
  }
  return channel;
}

/** Writes any name as SQL, in quotes. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * Checks the name of a table, which becomes a part of statements as it is: perhaps
 * with a schema before it, perhaps in quotes.
 *
 * @throws {TypeError} If it is none.
 */
export function checkTableName(name: string): void {
  if (TABLE.test(name)) return;
  throw new TypeError(`Cannot use tableName ${name}: it is no name of a table`);
}
