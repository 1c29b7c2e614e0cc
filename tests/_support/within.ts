/**
 * How long to wait for what must happen: much longer than it takes on a machine that
 * does other work too.
 */
export const DEADLINE = 60_000;

/** Waits for `promise`; when it takes too long, fails naming what was awaited. */
export async function within<Value>(
  promise: Promise<Value>,
  what: string,
  milliseconds = DEADLINE,
): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`Cannot wait longer for ${what}`)),
      milliseconds,
    );
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
