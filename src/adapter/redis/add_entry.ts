import type { Outbox } from "./outbox.ts";
import type { NewEntry } from "./stream_entry.ts";

/**
 * Adds an entry to a stream.
 *
 * @param outbox Sends it.
 * @param stream The name of the stream.
 * @param maxLen How many entries the stream is to keep, or somewhat more.
 * @param entry The entry.
 */
export function addEntry(
  outbox: Outbox,
  stream: string,
  maxLen: number,
  entry: NewEntry,
): Promise<unknown> {
  const args = [stream, "MAXLEN", "~", `${maxLen}`, "*"];
  for (const [name, value] of Object.entries(entry)) args.push(name, value);
  return outbox.command("XADD", ...args);
}
