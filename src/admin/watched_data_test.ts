import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { unwatched, watchData } from "./watched_data.ts";

function watch<Data>(data: Data) {
  let changes = 0;
  const view = watchData(data, () => changes++);
  return { view, count: () => changes };
}

interface Tree {
  name?: string;
  child?: Tree;
  list?: unknown[];
}

Deno.test("watchData() tells of what is written, however deep", () => {
  const data: Tree = { child: { child: {} } };
  const { view, count } = watch(data);
  view.name = "a";
  view.child!.child!.name = "b";
  assertEquals(count(), 2);
  delete view.name;
  Object.defineProperty(view, "name", { value: "c", configurable: true });
  assertEquals(count(), 4);
  view.list = [];
  view.list.push(1);
  assert(count() > 5);
  assertEquals(data.list, [1]);
  assertEquals(data.child?.child?.name, "b");
});

Deno.test("watchData() shows the same view of the same object", () => {
  const { view } = watch<Tree>({ child: {} });
  assertStrictEquals(view.child, view.child);
  view.list = [view.child];
  assertStrictEquals(view.list[0], view.child);
});

Deno.test("watchData() keeps no view in the data, however often it is watched", () => {
  const data: Tree = {};
  const { view, count } = watch(data);
  const again = watchData(view, () => {});
  again.child = view;
  assertStrictEquals(unwatched(again), data);
  assertStrictEquals(data.child, data);
  assertEquals(count(), 0);
});

Deno.test("watchData() leaves alone what works for itself alone", () => {
  class Account {
    #money = 1;
    get money() {
      return this.#money;
    }
  }
  const { view } = watch({
    account: new Account(),
    time: new Date(0),
    map: new Map([[1, 2]]),
    bytes: Uint8Array.of(1),
    run: () => 3,
  });
  assertEquals(
    [view.account.money, view.time.getTime(), view.map.get(1), view.bytes[0]],
    [1, 0, 2, 1],
  );
  assertEquals(view.run(), 3);
  const account = new Account();
  assertStrictEquals(watch(account).view, account);
  assertEquals([watch(1).view, watch(null).view], [1, null]);
});

Deno.test("watchData() shows what is frozen as it is", () => {
  const { view, count } = watch({ fixed: Object.freeze({ inner: {} }) });
  assertEquals(view.fixed.inner, {});
  const frozen = watch(Object.freeze({ inner: { a: 1 } }));
  assertEquals(frozen.view.inner.a, 1);
  assertEquals(count(), 0);
});
