import { assertEquals } from "@std/assert";
import { SmallMap } from "./small_map.ts";

/** Does the same to a small map and to a `Map`, and compares them after each step. */
function compare(steps: readonly [set: boolean, key: string][]): void {
  const small = new SmallMap<string, number>();
  const map = new Map<string, number>();
  steps.forEach(([set, key], value) => {
    if (set) {
      small.set(key, value);
      map.set(key, value);
    } else {
      small.delete(key);
      map.delete(key);
    }
    assertEquals([...small], [...map]);
    assertEquals(small.size, map.size);
    for (const key of ["a", "b", "c"]) {
      assertEquals(small.get(key), map.get(key));
    }
  });
}

Deno.test("SmallMap does what a Map does, with one entry and with more", () => {
  for (let seed = 0; seed < 6 ** 5; seed++) {
    const digits = seed.toString(6).padStart(5, "0");
    compare(Array.from(digits, (digit) => {
      const at = Number(digit);
      return [at < 3, "abc".charAt(at % 3)];
    }));
  }
});

Deno.test("SmallMap.clear() forgets one entry, and several", () => {
  for (const keys of [[], ["a"], ["a", "b"]]) {
    const map = new SmallMap<string, number>();
    for (const key of keys) map.set(key, 1);
    map.clear();
    assertEquals([...map], []);
    map.set("c", 2);
    assertEquals([...map], [["c", 2]]);
  }
});

Deno.test("SmallMap keeps undefined as a value", () => {
  const map = new SmallMap<string, undefined>();
  map.set("a", undefined);
  assertEquals(map.size, 1);
  assertEquals([...map], [["a", undefined]]);
});
