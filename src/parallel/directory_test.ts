import { assertThrows } from "@std/assert";
import { assertDirectory } from "./directory.ts";

Deno.test("assertDirectory() wants a channel that can be left open", () => {
  assertDirectory(
    class {
      unref(): void {}
    },
  );
  assertThrows(
    () => assertDirectory(class {}),
    Deno.errors.NotSupported,
    `Cannot serve in parallel with Deno ${Deno.version.deno}: it takes Deno 2.7`,
  );
});
