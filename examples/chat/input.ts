/** Checks of what clients send: the types say what ours does, others may send anything. */

/** A name: one line of 1 to 24 visible characters, or `undefined`. */
export function readName(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  return readText(value.replace(/[\p{C}\s]+/gu, " "), 24);
}

/** A text of 1 to `maxLength` characters, or `undefined`. */
export function readText(
  value: unknown,
  maxLength: number,
): string | undefined {
  if (typeof value !== "string") return undefined;
  const text = value.trim();
  return text === "" || text.length > maxLength ? undefined : text;
}
