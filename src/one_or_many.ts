/**
 * A set that is not one as long as it has a single value.
 *
 * Most rooms have one member and most sockets one room, their own: a `Set` for each
 * of them would take a tenth of the memory of a connection.
 */
export type OneOrMany<Value> = Value | Set<Value>;

/** Adds `value`. Returns the set to keep in place of the old one. */
export function withValue<Value extends string | object>(
  values: OneOrMany<Value>,
  value: Value,
): OneOrMany<Value> {
  if (values instanceof Set) return values.add(value);
  return values === value ? values : new Set([values, value]);
}

/** Takes `value` out. Returns what to keep: `undefined`, or a set, which may be empty. */
export function withoutValue<Value extends string | object>(
  values: OneOrMany<Value>,
  value: Value,
): OneOrMany<Value> | undefined {
  if (!(values instanceof Set)) return values === value ? undefined : values;
  values.delete(value);
  return values; // an empty one too: whoever holds it sees what comes
}

/** Tells whether `value` is in. */
export function hasValue<Value extends string | object>(
  values: OneOrMany<Value>,
  value: Value,
): boolean {
  return values instanceof Set ? values.has(value) : values === value;
}

/** Goes through the values, of which there may be none. */
export function valuesOf<Value extends string | object>(
  values: OneOrMany<Value> | undefined,
): Iterable<Value> {
  if (values === undefined) return [];
  return values instanceof Set ? values : [values];
}
