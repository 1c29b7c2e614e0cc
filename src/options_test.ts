import { assertThrows } from "@std/assert";
import { checkRange } from "./options.ts";

Deno.test("checkRange() takes both ends and nothing beyond", () => {
  checkRange("x", 1, 1, 2);
  checkRange("x", 2, 1, 2);
  for (const value of [0, 3, NaN, Infinity, "1", null, undefined]) {
    assertThrows(
      () => checkRange("x", value as number, 1, 2), // as JavaScript may call it
      RangeError,
      `Cannot use x ${value}: it is not a number from 1 to 2`,
    );
  }
});
