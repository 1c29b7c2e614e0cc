import { assertEquals, assertThrows } from "@std/assert";
import { assertDenoAtLeast, isDenoAtLeast } from "./deno_version.ts";

Deno.test("isDenoAtLeast() compares major and minor version", () => {
  const versions = ["1.46.0", "2.5.7", "2.7.0", "2.10.1", "3.0.0"];
  assertEquals(versions.map((version) => isDenoAtLeast("2.7", version)), [
    false,
    false,
    true,
    true,
    true,
  ]);
});

Deno.test("assertDenoAtLeast() names what takes a later version", () => {
  assertDenoAtLeast("2.5", "fly");
  assertDenoAtLeast("2.10", "fly", "2.10.0");
  assertThrows(
    () => assertDenoAtLeast("2.10", "fly", "2.9.6"),
    Deno.errors.NotSupported,
    "Cannot fly with Deno 2.9.6: it takes Deno 2.10",
  );
});
