/** The examples of servers that meet in Redis, each a process of its own. */

import { assertEquals } from "@std/assert";
import {
  ask,
  type Client,
  connected,
  next,
  Visitors,
} from "./_support/clients.ts";
import { requires, startRedis } from "./_support/environment.ts";
import { runExample, startExample } from "./_support/example.ts";
import { keysOf } from "./_support/streams_bed.ts";
import { assertTalks } from "./_support/talk.ts";

/** What the examples end with as they should. */
const GENTLY = { signal: "SIGINT", code: 0 } as const;

Deno.test(
  requires({ redis: true }, "examples/redis.ts joins processes", async () => {
    await using redis = await startRedis();
    const url = `redis://127.0.0.1:${redis.port}`;
    await assertTalks(["--allow-net=127.0.0.1", "examples/redis.ts", "0", url]);
  }),
);

Deno.test(
  requires(
    { redis: true },
    "examples/redis_emitter.ts reaches the clients of another process",
    async () => {
      await using redis = await startRedis();
      const url = `redis://127.0.0.1:${redis.port}`;
      const run = ["run", "--allow-net=127.0.0.1"];
      await using server = await startExample(
        [...run, "examples/redis.ts", "0", url],
        GENTLY,
      );
      await using visitors = new Visitors();
      const client = await visitors.connect("4.8.4", "websocket", server.url);
      const said = next(client, "said");
      await runExample([...run, "examples/redis_emitter.ts", "supper", url]);
      const by = "the kitchen";
      assertEquals(await said, [{ text: "supper", by }]);
    },
  ),
);

Deno.test(
  requires(
    { redis: true },
    "examples/redis_streams.ts lets clients go on with another process",
    async () => {
      await using redis = await startRedis();
      const args = [
        "run",
        "--allow-net=127.0.0.1",
        "examples/redis_streams.ts",
        "0",
        `redis://127.0.0.1:${redis.port}`,
      ];
      await using visitors = new Visitors();
      await using b = await startExample(args, GENTLY);
      const other = await visitors.connect("4.8.4", "websocket", b.url);
      let client: Client;
      let id: string | undefined;
      {
        await using a = await startExample(args, GENTLY);
        client = await visitors.connect("4.8.4", "websocket", a.url);
        id = client.id;
        assertEquals(await ask(client, "visits"), [1]);
        const said = next(client, "said");
        other.emit("say", "hello");
        await said;
      }
      const said = next(other, "said");
      other.emit("say", "while it is away");
      await said;
      const back = visitors.open("4.8.4", "websocket", b.url, {
        auth: keysOf(client),
      });
      const [{ text }] = await next(back, "said") as [{ text: string }]; // what the example sends
      assertEquals(text, "while it is away");
      await connected(back);
      assertEquals([back.id, await ask(back, "visits")], [id, [2]]);
    },
  ),
);
