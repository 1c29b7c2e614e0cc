import { assertEquals, assertInstanceOf } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { AckTimeoutError, MemoryAdapter, Server } from "../mod.ts";

/** Reaches nobody, and never says so. */
class DeafAdapter extends MemoryAdapter {
  override broadcastWithAck(): () => void {
    return () => {};
  }
}

const timeouts: Record<
  string,
  [ackTimeout: number | undefined, own: number | undefined, expected: number]
> = {
  "5,000 ms where none is named": [undefined, undefined, 5_000],
  "ackTimeout where none is named": [300, undefined, 300],
  "its own timeout": [undefined, 20, 20],
  "its own timeout rather than ackTimeout": [300, 20, 20],
  "as long as timers can, for a longer one": [undefined, Infinity, 2 ** 31 - 1],
};
for (const [name, [ackTimeout, own, expected]] of Object.entries(timeouts)) {
  Deno.test(`A broadcast waits for answers ${name}`, async () => {
    using time = new FakeTime();
    const io = new Server({
      adapter: DeafAdapter,
      ...(ackTimeout === undefined ? {} : { ackTimeout }),
    });
    const target = own === undefined ? io.local : io.local.timeout(own);
    const outcomes: unknown[] = [];
    target.emitWithAck("ask").catch((error) => outcomes.push(error));
    await time.tickAsync(expected - 1);
    assertEquals(outcomes, []);
    await time.tickAsync(1);
    await time.runMicrotasks();
    assertInstanceOf(outcomes[0], AckTimeoutError);
    await io.close();
  });
}

/** Counts the servers later than anybody waits. */
class SlowAdapter extends MemoryAdapter {
  override async serverCount(): Promise<number> {
    await new Promise((resolve) => setTimeout(resolve, 100));
    return 1;
  }
}

Deno.test("A broadcast calls back once, however late the servers are counted", async () => {
  using time = new FakeTime();
  const io = new Server({ adapter: SlowAdapter });
  const outcomes: unknown[] = [];
  io.timeout(50).emit("ask", (error: unknown) => outcomes.push(error));
  await time.tickAsync(50);
  await time.tickAsync(50);
  await time.runMicrotasks();
  assertInstanceOf(outcomes[0], AckTimeoutError);
  assertEquals(outcomes.length, 1);
  await io.close();
});
