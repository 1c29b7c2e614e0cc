import { assert, assertEquals, assertFalse } from "@std/assert";
import { MapView } from "./map_view.ts";

function open() {
  const inner = new Map([["a", 1], ["b", 2]]);
  return { inner, view: new MapView(inner, (number) => `<${number}>`) };
}

Deno.test("MapView converts what is asked for", () => {
  const { view } = open();
  assertEquals(view.size, 2);
  assertEquals(view.get("a"), "<1>");
  assertEquals(view.get("c"), undefined);
  assert(view.has("b"));
  assertFalse(view.has("c"));
});

Deno.test("MapView iterates like a map", () => {
  const { view } = open();
  assertEquals([...view.keys()], ["a", "b"]);
  assertEquals([...view.values()], ["<1>", "<2>"]);
  assertEquals([...view.entries()], [["a", "<1>"], ["b", "<2>"]]);
  assertEquals([...view], [["a", "<1>"], ["b", "<2>"]]);
  assertEquals(new Map(view), new Map([["a", "<1>"], ["b", "<2>"]]));
});

Deno.test("MapView.forEach() passes value, key, the view and this", () => {
  const { view } = open();
  const self = {};
  const calls: unknown[][] = [];
  view.forEach(function (this: unknown, value, key, map) {
    calls.push([this === self, value, key, map === view]);
  }, self);
  assertEquals(calls, [[true, "<1>", "a", true], [true, "<2>", "b", true]]);
});

Deno.test("MapView follows the map", () => {
  const { inner, view } = open();
  inner.set("c", 3);
  inner.delete("a");
  assertEquals([...view], [["b", "<2>"], ["c", "<3>"]]);
});
