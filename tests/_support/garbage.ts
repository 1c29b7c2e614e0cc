import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

// A fake clock must not keep a test from waiting for the end of its task.
const { setTimeout } = globalThis;

/** Runs the garbage collector, and says which of `objects` are still held. */
export async function stillHeld<Value extends WeakKey>(
  objects: readonly WeakRef<Value>[],
): Promise<Value[]> {
  setFlagsFromString("--expose-gc");
  // Before 2.9 a new context lacks it, unless Deno was started with that flag.
  const collect: () => void = Reflect.get(globalThis, "gc") ??
    runInNewContext("gc");
  // What the running task has looked at stays until its end.
  await new Promise<void>((resolve) => setTimeout(resolve, 0));
  collect();
  return objects.map((object) => object.deref()).filter((object) =>
    object !== undefined
  );
}
