import { assertEquals } from "@std/assert";
import { target } from "../_support/target.ts";
import { DIFFERENCES } from "./differences.ts";

/** Declares one case: what a server must do, and how to see that it does. */
export type Claim = (name: string, run: () => Promise<void>) => void;

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
    Deno.test({
      name: difference === undefined ? name : `${name} (Node: ${difference})`,
      ignore: difference !== undefined,
      fn: () => run().catch(unfold),
    });
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
