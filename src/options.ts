/** The longest delay that timers take, in milliseconds. */
export const MAX_DELAY: number = 2 ** 31 - 1;

/** Throws unless `value` is a number between `min` and `max`, both included. */
export function checkRange(
  name: string,
  value: number,
  min: number,
  max: number,
): void {
  if (typeof value === "number" && value >= min && value <= max) return;
  throw new RangeError(
    `Cannot use ${name} ${value}: it is not a number from ${min} to ${max}`,
  );
}

/** Throws unless `value` is a whole number between `min` and `max`, both included. */
export function checkWhole(
  name: string,
  value: number,
  min: number,
  max: number = Number.MAX_SAFE_INTEGER,
): void {
  checkRange(name, value, min, max);
  if (Number.isInteger(value)) return;
  throw new RangeError(`Cannot use ${name} ${value}: it is not whole`);
}
