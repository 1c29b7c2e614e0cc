/** The example of servers that meet in Redis, each a process of its own. */

import { requires, startRedis } from "./_support/environment.ts";
import { assertTalks } from "./_support/talk.ts";

Deno.test(
  requires({ redis: true }, "examples/redis.ts joins processes", async () => {
    await using redis = await startRedis();
    const url = `redis://127.0.0.1:${redis.port}`;
    await assertTalks(["--allow-net=127.0.0.1", "examples/redis.ts", "0", url]);
  }),
);
