/**
 * Writes a table.
 *
 * @param head The titles of the columns.
 * @param rows The cells.
 * @returns Markdown.
 */
export function table(
  head: readonly string[],
  rows: readonly string[][],
): string {
  const rule = head.map((_, column) => column === 0 ? "---" : "---:");
  return [head, rule, ...rows].map((row) => `| ${row.join(" | ")} |`)
    .join("\n");
}

/**
 * Computes a median.
 *
 * @param values Numbers in any order.
 * @returns Their median, NaN if there are none.
 */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  const lower = sorted[middle - 1] ?? NaN;
  return sorted.length % 2 ? upper : (lower + upper) / 2;
}

/**
 * Writes a median with the range around it.
 *
 * @param values Numbers in any order.
 * @returns `1.10 (1.05–1.31)`, or `-` if there are none.
 */
export function spread(values: readonly number[]): string {
  if (values.length === 0) return "-";
  const middle = digits(median(values));
  if (values.length === 1) return middle;
  const low = digits(Math.min(...values));
  const high = digits(Math.max(...values));
  return `${middle} (${low}–${high})`;
}

/**
 * Writes a number with three digits.
 *
 * @param value The number.
 * @returns The text, `-` for what is no number.
 */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return "-";
  return value >= 100
    ? Math.round(value).toLocaleString("en")
    : value.toPrecision(3);
}
