/** The names of all there are, for a reader. */
export function names(all: readonly { name: string }[]): string {
  return all.map(({ name }) => name).join(", ");
}

/** The entries that a list such as `a,b` names; all for `undefined`. */
export function choose<Entry extends { name: string }>(
  all: readonly Entry[],
  list: string | undefined,
): Entry[] {
  const wanted = list?.split(",");
  for (const name of wanted ?? []) {
    if (!all.some((entry) => entry.name === name)) {
      throw new RangeError(`Cannot find "${name}": there are ${names(all)}`);
    }
  }
  return all.filter(({ name }) => wanted?.includes(name) ?? true);
}

/** How many rounds are asked for. */
export function parseRounds(text: string): number {
  const rounds = Number(text);
  if (Number.isInteger(rounds) && rounds > 0) return rounds;
  throw new RangeError(`Cannot repeat "${text}" times`);
}
