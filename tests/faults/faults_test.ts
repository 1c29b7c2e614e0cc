import { assert, assertEquals } from "@std/assert";
import { FAULTS } from "./faults.ts";
import type { Way } from "./peer.ts";
import { STALLS } from "./stalls.ts";
import { Trial } from "./trial.ts";

const MIB = 1024 * 1024;

const WAYS: Record<Way, string> = {
  reset: "resets at every step",
  end: "ends at every step",
  silence: "silences at every step",
};

for (const way of ["reset", "end", "silence"] satisfies Way[]) {
  Deno.test(`a server loses no session and serves others after ${WAYS[way]}`, async () => {
    await using trial = await Trial.start();
    const { sessionsLeft } = await trial.lose(FAULTS, way, 3);
    assertEquals(sessionsLeft, 0);
    await trial.assertServes();
  });
}

Deno.test("Server.close() resolves though a client left while its WebSocket was accepted", async () => {
  await using trial = await Trial.start();
  const fault = FAULTS.filter(({ name }) =>
    name === "at the request for a WebSocket"
  );
  assertEquals(fault.length, 1);
  await trial.lose(fault, "reset", 1);
});

for (const stall of STALLS) {
  Deno.test(`a server gives up ${stall.name}, and its memory`, async () => {
    await using trial = await Trial.start();
    await trial.stall(stall, 5);
    // What the first five have left behind is used again.
    const { reasons, sessionsLeft, before, during } = await trial.stall(
      stall,
      20,
    );
    assertEquals(sessionsLeft, 0);
    assertEquals(reasons, new Map([["transport error", 20]]));
    const each = (during - before) / 20 / MIB;
    assert(each < 2, `a client may hold ${each} MiB`);
  });
}
