import { Random } from "../_support/random.ts";

/** Something that is fed with random input, to see whether its promises hold. */
export interface Fuzzer {
  /** What is fuzzed, for people. */
  readonly name: string;
  /**
   * Tries one input.
   *
   * @param random What to choose it with, and nothing else.
   * @throws If a promise did not hold.
   */
  run(random: Random): void | Promise<void>;
  /**
   * Sets the stage, once.
   *
   * @returns What checks the promises that concern all inputs, and clears away.
   */
  start?(): () => Promise<void>;
}

/** How a fuzzer is run. */
export interface FuzzOptions {
  readonly seconds: number;
  /** The seed of the first input; those that follow count up. */
  readonly seed: number;
}

/**
 * Tries inputs until the time is up.
 *
 * @returns How many it tried.
 * @throws {Error} If one failed, with its seed; the cause is what it threw.
 */
export async function fuzz(
  fuzzer: Fuzzer,
  { seconds, seed: first }: FuzzOptions,
): Promise<number> {
  const end = Date.now() + seconds * 1_000;
  const finish = fuzzer.start?.();
  let seed = first;
  const fail = (cause: unknown) =>
    new Error(
      `${fuzzer.name} failed; repeat it with FUZZ_SEED=${seed}: ${cause}`,
      { cause },
    );
  try {
    do {
      const running = fuzzer.run(new Random(seed));
      if (running !== undefined) await running;
      seed++;
    } while (Date.now() < end);
  } catch (error) {
    // What else is wrong follows from it.
    await finish?.().catch(() => {});
    throw fail(error);
  }
  await finish?.().catch((error) => {
    throw fail(error);
  });
  return seed - first;
}

/** Reads `FUZZ_SECONDS` and `FUZZ_SEED`; the seed is random by default. */
export function readFuzzOptions(seconds: number): FuzzOptions {
  const number = (name: string, otherwise: number) => {
    const value = Deno.env.get(name);
    if (value === undefined) return otherwise;
    if (/^\d+(\.\d+)?$/.test(value)) return Number(value);
    throw new RangeError(`Cannot use ${name}=${value}: not a number`);
  };
  return {
    seconds: number("FUZZ_SECONDS", seconds),
    seed: number(
      "FUZZ_SEED",
      crypto.getRandomValues(new Uint32Array(1))[0]! % 1_000_000_000,
    ),
  };
}
