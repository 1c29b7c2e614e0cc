import { assert, assertEquals, assertRejects } from "@std/assert";
import { Random } from "../_support/random.ts";
import { FUZZERS } from "./all.ts";
import { fuzz, readFuzzOptions } from "./fuzzer.ts";
import { serverFuzzer } from "./server.ts";

for (const fuzzer of FUZZERS) {
  // A server has more to say than a function.
  const seconds = fuzzer === serverFuzzer ? 2 : 0.5;
  Deno.test(`Random input breaks no promise of ${fuzzer.name}`, async () => {
    await fuzz(fuzzer, readFuzzOptions(seconds));
  });
}

Deno.test("Random makes the same choices with the same seed", () => {
  const choices = (seed: number) => {
    const random = new Random(seed);
    return [random.next(), random.text(9), random.json(), random.bytes(9)];
  };
  assertEquals(choices(7), choices(7));
  assert(JSON.stringify(choices(7)) !== JSON.stringify(choices(8)));
});

Deno.test("fuzz() names the seed of what failed", async () => {
  const cause = new Error("broken");
  const fuzzer = {
    name: "a test",
    run(random: Random) {
      if (random.oneIn(3)) throw cause;
    },
  };
  const error = await assertRejects(
    () => fuzz(fuzzer, { seconds: 60, seed: 1 }),
    Error,
    "a test failed; repeat it with FUZZ_SEED=",
  );
  assertEquals(error.cause, cause);
  const seed = Number(/FUZZ_SEED=(\d+)/.exec(error.message)?.[1]);
  await assertRejects(() => fuzz(fuzzer, { seconds: 0, seed }), Error);
});
