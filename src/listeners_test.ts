import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import { type AnyListener, Listeners } from "./listeners.ts";

function open() {
  const errors: [error: unknown, name: string][] = [];
  const calls: unknown[][] = [];
  const listeners = new Listeners((error, name) => errors.push([error, name]));
  const record = (label: string): AnyListener => (...args) => {
    calls.push([label, ...args]);
  };
  return { listeners, errors, calls, record };
}

Deno.test("Listeners calls in the order of add() with the arguments and this", () => {
  const { listeners, calls, record } = open();
  const self = {};
  let seen: unknown;
  listeners.add("a", record("first"));
  listeners.add("a", function (this: unknown) {
    seen = this;
  });
  listeners.add("a", record("last"));
  listeners.add("b", record("other"));
  assert(listeners.call(self, "a", [1, "x"]));
  assertEquals(calls, [["first", 1, "x"], ["last", 1, "x"]]);
  assertEquals(seen, self);
});

Deno.test("Listeners.call() tells whether there was a listener", () => {
  const { listeners, record } = open();
  assertFalse(listeners.call(undefined, "a", []));
  const listener = record("a");
  listeners.add("a", listener);
  assert(listeners.call(undefined, "a", []));
  listeners.remove("a", listener);
  assertFalse(listeners.call(undefined, "a", []));
});

Deno.test("Listeners puts a first listener in front", () => {
  const { listeners, calls, record } = open();
  listeners.add("a", record("1"));
  listeners.add("a", record("2"), undefined, true);
  listeners.add("a", record("3"), { once: true }, true);
  listeners.call(undefined, "a", []);
  listeners.call(undefined, "a", []);
  assertEquals(calls.flat(), ["3", "2", "1", "2", "1"]);
});

Deno.test("Listeners calls a once listener once", () => {
  const { listeners, calls, record } = open();
  listeners.add("a", record("once"), { once: true });
  listeners.call(undefined, "a", []);
  assertFalse(listeners.has("a"));
  listeners.call(undefined, "a", []);
  assertEquals(calls, [["once"]]);
});

Deno.test("Listeners calls a once listener once when it calls the event itself", () => {
  const { listeners } = open();
  let calls = 0;
  listeners.add("a", () => {
    calls++;
    listeners.call(undefined, "a", []);
  }, { once: true });
  listeners.call(undefined, "a", []);
  assertEquals(calls, 1);
});

Deno.test("Listeners calls a once listener once when one before it calls the event", () => {
  const { listeners, calls, record } = open();
  let depth = 0;
  listeners.add("a", () => {
    if (depth++ === 0) listeners.call(undefined, "a", ["inner"]);
  });
  listeners.add("a", record("once"), { once: true });
  listeners.call(undefined, "a", ["outer"]);
  assertEquals(calls, [["once", "inner"]]);
});

Deno.test("Listeners removes a listener when its signal aborts", () => {
  const { listeners, calls, record } = open();
  const controller = new AbortController();
  const { signal } = controller;
  listeners.add("a", record("aborted"), { signal });
  listeners.add("a", record("stays"));
  controller.abort();
  listeners.call(undefined, "a", []);
  assertEquals(calls, [["stays"]]);
  listeners.add("b", record("too late"), { signal });
  assertFalse(listeners.has("b"));
});

Deno.test("Listeners lets go of a signal when the listener is gone", () => {
  class CountingSignal extends EventTarget {
    readonly aborted = false;
    count = 0;
    override addEventListener(): void {
      this.count++;
    }
    override removeEventListener(): void {
      this.count--;
    }
  }
  const ways: ((listeners: Listeners, listener: AnyListener) => void)[] = [
    (listeners, listener) => listeners.remove("a", listener),
    (listeners) => listeners.removeAll("a"),
    (listeners) => listeners.removeAll(),
    (listeners) => listeners.call(undefined, "a", []),
  ];
  for (const way of ways) {
    const { listeners, record } = open();
    const counting = new CountingSignal();
    const signal = counting as unknown as AbortSignal; // what is used of one
    const listener = record("a");
    listeners.add("a", listener, { signal, once: true });
    assertEquals(counting.count, 1);
    way(listeners, listener);
    assertEquals(counting.count, 0);
  }
});

Deno.test("Listeners.remove() takes the last of equal listeners", () => {
  const { listeners, record } = open();
  const [twice, other] = [record("twice"), record("other")];
  listeners.add("a", twice);
  listeners.add("a", other);
  listeners.add("a", twice);
  listeners.remove("a", twice);
  assertEquals(listeners.list("a"), [twice, other]);
  listeners.remove("a", record("a stranger"));
  listeners.remove("b", twice);
  assertEquals(listeners.list("a"), [twice, other]);
});

Deno.test("Listeners.removeAll() clears one event, or all", () => {
  const { listeners, record } = open();
  for (const name of ["a", "b", "c"]) listeners.add(name, record(name));
  listeners.removeAll("b");
  assertEquals(listeners.names(), ["a", "c"]);
  listeners.removeAll();
  assertEquals(listeners.names(), []);
  listeners.removeAll("a");
});

Deno.test("Listeners copies on write: a call reaches those that were there", () => {
  const { listeners, calls, record } = open();
  const second = record("second");
  listeners.add("a", () => {
    listeners.remove("a", second);
    listeners.add("a", record("third"));
  }, { once: true });
  listeners.add("a", second);
  listeners.call(undefined, "a", []);
  assertEquals(calls, [["second"]]);
  listeners.call(undefined, "a", []);
  assertEquals(calls, [["second"], ["third"]]);
});

Deno.test("Listeners calls the next one after one that throws", () => {
  const { listeners, errors, calls, record } = open();
  const error = new Error("listener");
  listeners.add("a", () => {
    throw error;
  });
  listeners.add("a", record("next"));
  assert(listeners.call(undefined, "a", []));
  assertEquals(errors, [[error, "a"]]);
  assertEquals(calls, [["next"]]);
});

Deno.test("Listeners reports a rejection, of any thenable", async () => {
  const { listeners, errors } = open();
  listeners.add("a", () => Promise.reject("promise"));
  listeners.add("a", () => ({
    then: (_: unknown, reject: (error: unknown) => void) => reject("thenable"),
  }));
  listeners.add("a", () => ({ then: "no function" }));
  listeners.call(undefined, "a", []);
  await Promise.resolve();
  await Promise.resolve();
  assertEquals(errors.toSorted(), [["promise", "a"], ["thenable", "a"]]);
});

Deno.test("Listeners takes any name", () => {
  const { listeners, calls, record } = open();
  for (const name of ["__proto__", "constructor", "", "toString"]) {
    assertFalse(listeners.call(undefined, name, []));
    listeners.add(name, record(name));
    assert(listeners.call(undefined, name, []));
  }
  assertEquals(calls.flat(), ["__proto__", "constructor", "", "toString"]);
});

Deno.test("Listeners.call() survives more arguments than a call can take", () => {
  const { listeners, errors } = open();
  listeners.add("a", () => {});
  listeners.call(undefined, "a", new Array(1_000_000).fill(0));
  assertEquals(errors.length, 1);
});

Deno.test("Listeners.add() refuses what is not a function", () => {
  const { listeners } = open();
  assertThrows(
    () => listeners.add("a", "no function" as unknown as AnyListener), // on purpose
    TypeError,
    'Cannot add a listener of "a": it is not a function',
  );
});

Deno.test("Listeners.callAndFollow() tells at once when no listener is asynchronous", () => {
  const { listeners, calls, record } = open();
  listeners.add("a", record("first"));
  listeners.add("a", record("once"), { once: true });
  const ends: unknown[] = [];
  const follow = () =>
    listeners.callAndFollow({}, "a", [1], (error) => ends.push(error));
  follow();
  follow();
  assertEquals(calls, [["first", 1], ["once", 1], ["first", 1]]);
  assertEquals(ends, [undefined, undefined]);
});

Deno.test("Listeners.callAndFollow() tells once, when all promises have settled, of the first error", async () => {
  const { listeners, errors } = open();
  const slow = Promise.withResolvers<void>();
  listeners.add("a", () => slow.promise);
  listeners.add("a", () => Promise.reject("first"));
  listeners.add("a", async () => {
    await slow.promise;
    throw "second";
  });
  const ends: unknown[] = [];
  listeners.callAndFollow({}, "a", [], (error) => ends.push(error));
  await Promise.resolve();
  assertEquals(ends, []);
  slow.resolve();
  await new Promise((resolve) => setTimeout(resolve, 0));
  assertEquals(ends, ["first"]);
  assertEquals(errors, [["first", "a"], ["second", "a"]]);
});
