import { assertEquals, assertRejects } from "@std/assert";
import { target } from "../_support/target.ts";
import { DIFFERENCES } from "./differences.ts";

/** Declares one case: what a server must do, and how to see that it does. */
export type Claim = (name: string, run: () => Promise<void>) => void;

/** Whether cases that do not hold on Node must fail there, instead of being ignored. */
const PROVES_DIFFERENCES = Deno.env.get("CONFORMANCE_DIFFERENCES") === "prove";

/** Begins a suite: `name` is the key of its intended differences. */
export function suite(name: string): Claim {
  const differences = DIFFERENCES[name] ?? {};
  const claimed = new Set<string>();

  Deno.test(`every intended difference of ${name} names a case`, () => {
    const stale = Object.keys(differences).filter((key) => !claimed.has(key));
    assertEquals(stale, []);
  });

  return (name, run) => {
    claimed.add(name);
    const difference = target.name === "node" ? differences[name] : undefined;
    if (difference === undefined) {
      Deno.test(name, () => run().catch(unfold));
    } else {
      Deno.test({
        name: `${name} (Node: ${difference})`,
        ignore: !PROVES_DIFFERENCES,
        // A case that fails may leave something behind.
        sanitizeOps: false,
        sanitizeResources: false,
        fn: () => assertRejects(run).then(() => {}),
      });
    }
  };
}

/** Names what failed first, and what failed in the cleaning up after it. */
function unfold(error: unknown): never {
  if (!(error instanceof SuppressedError)) throw error;
  const first = error.suppressed;
  const then = error.error;
  const message = first instanceof Error ? first.message : String(first);
  const later = then instanceof Error ? then.message : String(then);
  throw new Error(`${message}\nand then: ${later}`, { cause: first });
}
