/** Whether a text is the id of a stream's entry: `1526919030474-55`, as Redis writes it. */
export function isStreamId(text: string): boolean {
  return /^(0|[1-9]\d{0,18})-(0|[1-9]\d{0,18})$/.test(text);
}

/** Compares two ids: below 0 if `a` is before `b`, above if it is behind. */
export function compareIds(a: string, b: string): number {
  if (a === b) return 0;
  const [dashA, dashB] = [a.indexOf("-"), b.indexOf("-")];
  return compareNumbers(a.slice(0, dashA), b.slice(0, dashB)) ||
    compareNumbers(a.slice(dashA + 1), b.slice(dashB + 1));
}

/** Compares whole numbers, which may be too large for one of JavaScript's. */
function compareNumbers(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}

/** The later of two ids, of which either may be missing. */
export function laterId(
  a: string | undefined,
  b: string | undefined,
): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return compareIds(a, b) < 0 ? b : a;
}
