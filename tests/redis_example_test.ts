/** The example of servers that meet in Redis, each a process of its own. */

import { assertEquals } from "@std/assert";
import { ask, next, Visitors } from "./_support/clients.ts";
import { until } from "./_support/cluster_bed.ts";
import { requires, startRedis } from "./_support/environment.ts";
import { type RunningExample, startExample } from "./_support/example.ts";

Deno.test(
  requires({ redis: true }, "examples/redis.ts joins processes", async () => {
    await using redis = await startRedis();
    await using a = await startMember(redis.port);
    await using b = await startMember(redis.port);
    await using visitors = new Visitors();
    const client = await visitors.connect("4.8.4", "websocket", a.url);
    const other = await visitors.connect("4.8.4", "websocket", b.url);
    await until(async () => {
      const [ids] = await ask(client, "who") as [string[]]; // what the example answers
      return ids.length === 2;
    }, "both sockets");
    const said = next(other, "said");
    client.emit("say", "hello");
    const [{ text, by }] = await said as [{ text: string; by: string }]; // what the example sends
    assertEquals([text, by], ["hello", client.id]);
  }),
);

/** Starts the example on a free port, with the permissions it says it needs. */
function startMember(redisPort: number): Promise<RunningExample> {
  return startExample([
    "run",
    "--allow-net=127.0.0.1",
    "examples/redis.ts",
    "0",
    `redis://127.0.0.1:${redisPort}`,
  ], { signal: "SIGINT", code: 0 });
}
