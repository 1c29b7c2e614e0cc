/**
 * How long to wait for what must happen: much longer than it takes on a slow machine that
 * does other work too.
 */
export const DEADLINE = 120_000;

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

/**
 * Asks those of whom one never answers, with ever more time, until so many answers
 * have come in time: how long that takes is the machine's affair.
 */
export async function inTime<Answer>(
  count: number,
  ask: (timeout: number) => Promise<readonly Answer[]>,
): Promise<readonly Answer[]> {
  for (let timeout = 300;; timeout *= 4) {
    const answers = await ask(timeout);
    if (answers.length >= count || timeout > DEADLINE) return answers;
  }
}
