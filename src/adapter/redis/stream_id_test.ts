import { assert, assertEquals, assertFalse } from "@std/assert";
import { compareIds, isStreamId, laterId } from "./stream_id.ts";

Deno.test("isStreamId() knows what Redis writes, and nothing else", () => {
  for (const id of ["0-0", "1526919030474-55", "9999999999999999999-0"]) {
    assert(isStreamId(id), id);
  }
  const others = ["", "0", "-", "1-", "-1", "01-0", "1-00", "1-2-3", "a-b"];
  for (const id of [...others, "1-2 ", "+", "$", "99999999999999999999-0"]) {
    assertFalse(isStreamId(id), id);
  }
});

Deno.test("compareIds() compares as numbers", () => {
  const ids = ["0-0", "0-9", "0-10", "9-0", "10-0", "9007199254740993-0"];
  assertEquals([...ids].reverse().sort(compareIds), ids);
  assertEquals(compareIds("10-0", "10-0"), 0);
});

Deno.test("laterId() knows ids that are missing", () => {
  assertEquals(laterId("9-0", "10-0"), "10-0");
  assertEquals(laterId("10-0", "9-0"), "10-0");
  assertEquals(laterId(undefined, "1-0"), "1-0");
  assertEquals(laterId("1-0", undefined), "1-0");
});
