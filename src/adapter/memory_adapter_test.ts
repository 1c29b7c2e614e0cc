import { assertEquals } from "@std/assert";
import {
  adapterContract,
  FakeNamespace,
} from "../../tests/_support/adapter_contract.ts";
import { MemoryAdapter } from "./memory_adapter.ts";

adapterContract("MemoryAdapter", (namespace) => new MemoryAdapter(namespace));

Deno.test("MemoryAdapter.rooms and sids are views", async () => {
  const namespace = new FakeNamespace();
  const adapter = new MemoryAdapter(namespace);
  namespace.adapter = adapter;
  const { rooms, sids } = adapter;
  await namespace.add("1", "a");
  assertEquals(rooms.get("a"), new Set(["1"]));
  assertEquals(sids.get("1"), new Set(["1", "a"]));
});
