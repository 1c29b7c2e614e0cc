import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { CallbackErrorEvent, Diagnostics } from "./diagnostics.ts";

/** Runs `action` and returns what it wrote to the console as errors. */
function consoleErrors(action: () => void): unknown[][] {
  const written: unknown[][] = [];
  const { error } = console;
  console.error = (...args: unknown[]) => void written.push(args);
  try {
    action();
  } finally {
    console.error = error;
  }
  return written;
}

Deno.test("Diagnostics writes an error to the console", () => {
  const error = new Error("listener");
  const written = consoleErrors(() =>
    new Diagnostics().reportError(error, 'a listener of "a"')
  );
  assertEquals(written, [['Uncaught error in a listener of "a":', error]]);
});

Deno.test("Diagnostics tells its listeners, and then the console", () => {
  const diagnostics = new Diagnostics();
  const events: CallbackErrorEvent[] = [];
  diagnostics.addEventListener("callbackerror", (event) => events.push(event));
  const written = consoleErrors(() => diagnostics.reportError("x", "a test"));
  assertEquals(written.length, 1);
  const [event] = events;
  assertInstanceOf(event, CallbackErrorEvent);
  assertEquals([event.error, event.source], ["x", "a test"]);
  assert(event.cancelable);
});

Deno.test("Diagnostics keeps the console clear of what a listener has handled", () => {
  const diagnostics = new Diagnostics();
  diagnostics.addEventListener(
    "callbackerror",
    (event) => event.preventDefault(),
    { once: true },
  );
  assertEquals(
    consoleErrors(() => diagnostics.reportError("x", "a test")),
    [],
  );
  assertEquals(
    consoleErrors(() => diagnostics.reportError("x", "a test")).length,
    1,
  );
});

Deno.test("Diagnostics takes listeners of other events, as objects too", () => {
  const diagnostics = new Diagnostics();
  const seen: string[] = [];
  diagnostics.addEventListener("other", {
    handleEvent: (event) => void seen.push(event.type),
  });
  diagnostics.dispatchEvent(new Event("other"));
  assertEquals(seen, ["other"]);
});
