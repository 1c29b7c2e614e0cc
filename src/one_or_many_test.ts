import {
  assert,
  assertEquals,
  assertFalse,
  assertStrictEquals,
} from "@std/assert";
import {
  hasValue,
  type OneOrMany,
  valuesOf,
  withoutValue,
  withValue,
} from "./one_or_many.ts";

Deno.test("withValue() makes a set of a value and another", () => {
  assertEquals(withValue<string>("a", "b"), new Set(["a", "b"]));
});

Deno.test("withValue() keeps a value that is added again as it is", () => {
  assertEquals(withValue("a", "a"), "a");
  const one = {};
  assertStrictEquals(withValue(one, one), one);
});

Deno.test("withValue() tells objects apart that are alike", () => {
  assertEquals([...valuesOf(withValue({ id: 1 }, { id: 1 }))].length, 2);
});

Deno.test("withValue() adds to the very set that it got, each value once", () => {
  const values = new Set(["a", "b"]);
  assertStrictEquals(withValue(values, "c"), values);
  assertStrictEquals(withValue(values, "c"), values);
  assertEquals(values, new Set(["a", "b", "c"]));
});

Deno.test("withoutValue() leaves nothing of a single value", () => {
  assertEquals(withoutValue("a", "a"), undefined);
});

Deno.test("withoutValue() leaves what does not have the value as it is", () => {
  assertEquals(withoutValue("a", "b"), "a");
  const values = new Set(["a"]);
  assertStrictEquals(withoutValue(values, "b"), values);
  assertEquals(values, new Set(["a"]));
});

Deno.test("withoutValue() keeps a set, though it empties it", () => {
  const values = new Set(["a", "b"]);
  assertStrictEquals(withoutValue(values, "b"), values);
  assertStrictEquals(withoutValue(values, "a"), values);
  assertEquals(values.size, 0);
  assertStrictEquals(withValue<string>(values, "c"), values);
});

Deno.test("hasValue() looks into values and sets", () => {
  assert(hasValue("a", "a"));
  assertFalse(hasValue("a", "b"));
  assert(hasValue(new Set(["a", "b"]), "b"));
  assertFalse(hasValue(new Set<string>(), "a"));
});

Deno.test("hasValue() does not take a part of a text for the text", () => {
  assertFalse(hasValue("ab", "a"));
  assertFalse(hasValue("a", ""));
  assert(hasValue("", ""));
});

const values: Record<string, [OneOrMany<string> | undefined, string[]]> = {
  "nothing": [undefined, []],
  "one value, whole": ["abc", ["abc"]],
  "the empty text": ["", [""]],
  "an empty set": [new Set(), []],
  "a set in its order": [new Set(["b", "a"]), ["b", "a"]],
};
for (const [name, [some, expected]] of Object.entries(values)) {
  Deno.test(`valuesOf() goes through ${name}`, () => {
    assertEquals([...valuesOf(some)], expected);
  });
}
