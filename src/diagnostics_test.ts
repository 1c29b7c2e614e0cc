import {
  assert,
  assertEquals,
  assertFalse,
  assertInstanceOf,
} from "@std/assert";
import { CallbackErrorEvent } from "./diagnostic_events.ts";
import { Diagnostics } from "./diagnostics.ts";

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

Deno.test("Diagnostics.hears() tells of listeners until the first event behind the last of them", () => {
  const diagnostics = new Diagnostics();
  const leaving = new AbortController();
  const listener = () => {};
  assertFalse(diagnostics.hears("connection"));
  diagnostics.addEventListener("connection", null);
  assertFalse(diagnostics.hears("connection"));
  diagnostics.addEventListener("connection", listener, { once: true });
  diagnostics.addEventListener("connection", () => {}, leaving);
  const fire = () => diagnostics.dispatchEvent(new Event("connection"));
  fire();
  assert(diagnostics.hears("connection"));
  leaving.abort();
  fire();
  assertFalse(diagnostics.hears("connection"));
  diagnostics.addEventListener("connection", listener);
  fire();
  assert(diagnostics.hears("connection"));
  diagnostics.removeEventListener("connection", listener);
  fire();
  assertFalse(diagnostics.hears("connection"));
});

Deno.test("Diagnostics.hears() is not misled by an event within an event", () => {
  const diagnostics = new Diagnostics();
  diagnostics.addEventListener("connection", () => {
    diagnostics.dispatchEvent(new Event("disconnection"));
  });
  diagnostics.dispatchEvent(new Event("connection"));
  assert(diagnostics.hears("connection"));
});

Deno.test("Diagnostics.observe() is ended by what it returns", () => {
  const diagnostics = new Diagnostics();
  const heard: string[] = [];
  const observe = (name: string) =>
    diagnostics.observe({ onPacketSent: () => void heard.push(name) });
  const stops = ["a", "b"].map(observe);
  diagnostics.observer?.onPacketSent(1);
  stops[0]?.();
  stops[0]?.();
  diagnostics.observer?.onPacketSent(1);
  stops[1]?.();
  assertEquals(diagnostics.observer, undefined);
  assertEquals(heard, ["a", "b", "b"]);
});

Deno.test("Diagnostics.observe() ends one observation of several by the same observer", () => {
  const diagnostics = new Diagnostics();
  const heard: string[] = [];
  const observer = (name: string) => ({
    onPacketSent: () => void heard.push(name),
  });
  const twice = observer("a");
  const stopFirst = diagnostics.observe(twice);
  diagnostics.observe(observer("b"));
  const stopLast = diagnostics.observe(twice);
  stopLast();
  stopLast();
  diagnostics.observer?.onPacketSent(1);
  assertEquals(heard.splice(0), ["a", "b"]);
  stopFirst();
  diagnostics.observer?.onPacketSent(1);
  assertEquals(heard, ["b"]);
});

Deno.test("Diagnostics reports what an observer throws", () => {
  const diagnostics = new Diagnostics();
  diagnostics.observe({
    onPacketSent() {
      throw "no";
    },
  });
  assertEquals(
    consoleErrors(() => diagnostics.observer?.onPacketSent(1)),
    [["Uncaught error in an observer:", "no"]],
  );
});

Deno.test("Diagnostics observes traffic only while somebody listens to it", () => {
  const diagnostics = new Diagnostics();
  const names: string[] = [];
  const socket = {
    ...{ id: "", namespace: "/", namespaceGroup: "/", address: "" },
    ...{ recovered: false, face: {}, hears: () => false },
    handshake: { auth: {}, headers: {} },
  };
  diagnostics.addEventListener(
    "eventsent",
    ({ name, args, wantsAnswer }) =>
      names.push(`${name} ${args} ${wantsAnswer}`),
    { once: true },
  );
  diagnostics.observer?.onEventReceived(socket, ["a"]);
  diagnostics.observer?.onEventSent(socket, ["b", 1, 2], true);
  diagnostics.observer?.onEventSent(socket, ["c"], false);
  assertEquals(diagnostics.observer, undefined);
  diagnostics.addEventListener(
    "eventreceived",
    ({ name, args, wantsAnswer }) =>
      names.push(`${name} ${args} ${wantsAnswer}`),
  );
  diagnostics.observer?.onEventReceived(socket, ["d", 3, () => {}]);
  assertEquals(names, ["b 1,2 true", "d 3 true"]);
});

Deno.test("Diagnostics reports an adapter's error as another one unless it is handled", () => {
  const diagnostics = new Diagnostics();
  const heard: unknown[] = [];
  diagnostics.addEventListener("adaptererror", (event) => {
    heard.push([event.namespace, event.error]);
    if (event.error === "handled") event.preventDefault();
  });
  assertEquals(
    consoleErrors(() => {
      diagnostics.reportAdapterError("handled", "/");
      diagnostics.reportAdapterError("other", "/a");
    }),
    [["Uncaught error in an adapter:", "other"]],
  );
  assertEquals(heard, [["/", "handled"], ["/a", "other"]]);
});
