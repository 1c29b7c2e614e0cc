/**
 * Runs the fuzzers for as long as one likes:
 * `deno run -A tests/fuzz/run.ts [seconds] [part of a name]`.
 *
 * The seconds are for all fuzzers together, 60 by default. `FUZZ_SEED` repeats what
 * has failed.
 *
 * @module
 */

import { FUZZERS } from "./all.ts";
import { fuzz, readFuzzOptions } from "./fuzzer.ts";

const [total = "60", part = ""] = Deno.args;
const chosen = FUZZERS.filter(({ name }) => name.includes(part));
const { seed } = readFuzzOptions(0);
const seconds = Number(total) / chosen.length;
console.log(`FUZZ_SEED=${seed}`);
for (const fuzzer of chosen) {
  const inputs = await fuzz(fuzzer, { seconds, seed });
  console.log(`${fuzzer.name}: ${inputs} inputs`);
}
