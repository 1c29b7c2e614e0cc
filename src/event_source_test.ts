import { assertEquals, assertStrictEquals } from "@std/assert";
import { EventSource } from "./event_source.ts";
import { Listeners } from "./listeners.ts";

interface Events {
  message: (text: string) => void;
  close: () => void;
}

function open() {
  const listeners = new Listeners((error) => {
    throw error;
  });
  const source = new EventSource<Events>(listeners);
  const calls: string[] = [];
  const record = (label: string) => (text: string) => {
    calls.push(`${label} ${text}`);
  };
  const emit = (text: string) => listeners.call(source, "message", [text]);
  return { source, calls, record, emit };
}

Deno.test("EventSource's methods return the source", () => {
  const { source, record } = open();
  const listener = record("a");
  assertStrictEquals(source.on("message", listener), source);
  assertStrictEquals(source.once("message", listener), source);
  assertStrictEquals(source.addListener("message", listener), source);
  assertStrictEquals(source.prependListener("message", listener), source);
  assertStrictEquals(source.prependOnceListener("message", listener), source);
  assertStrictEquals(source.removeListener("message", listener), source);
  assertStrictEquals(source.off("message", listener), source);
  assertStrictEquals(source.removeAllListeners(), source);
});

Deno.test("EventSource calls in order, and once where it was said so", () => {
  const { source, calls, record, emit } = open();
  source.on("message", record("on"));
  source.once("message", record("once"));
  source.addListener("message", record("add"));
  source.prependListener("message", record("prepend"));
  source.prependOnceListener("message", record("prependOnce"));
  emit("1");
  assertEquals(calls.splice(0), [
    "prependOnce 1",
    "prepend 1",
    "on 1",
    "once 1",
    "add 1",
  ]);
  emit("2");
  assertEquals(calls, ["prepend 2", "on 2", "add 2"]);
});

Deno.test("EventSource.once() keeps the signal it is given", () => {
  const { source, calls, record, emit } = open();
  const controller = new AbortController();
  const { signal } = controller;
  source.once("message", record("once"), { signal });
  source.prependOnceListener("message", record("first"), { signal });
  controller.abort();
  emit("1");
  assertEquals(calls, []);
});

Deno.test("EventSource.off() removes one listener, or an event's all", () => {
  const { source, record } = open();
  const [a, b] = [record("a"), record("b")];
  source.on("message", a).on("message", b).on("message", a);
  source.off("message", a);
  assertEquals(source.listeners("message"), [a, b]);
  source.removeListener("message", b);
  assertEquals(source.listeners("message"), [a]);
  source.on("close", () => {}).off("message");
  assertEquals(source.eventNames(), ["close"]);
});

Deno.test("EventSource.removeAllListeners() takes an event, or all", () => {
  const { source, record } = open();
  source.on("message", record("a")).on("close", () => {});
  source.removeAllListeners("message");
  assertEquals(source.eventNames(), ["close"]);
  source.removeAllListeners();
  assertEquals(source.eventNames(), []);
});

Deno.test("EventSource tells its listeners, of which the list is a copy", () => {
  const { source, calls, record, emit } = open();
  const listener = record("a");
  source.on("message", listener).once("message", listener);
  assertEquals(source.listenerCount("message"), 2);
  assertEquals(source.listenerCount("close"), 0);
  const list = source.listeners("message");
  list.length = 0;
  emit("1");
  assertEquals(calls, ["a 1", "a 1"]);
});
