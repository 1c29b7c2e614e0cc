import { assertEquals } from "@std/assert";
import { requires } from "../_support/environment.ts";
import { drainServer } from "./drain.ts";

Deno.test(
  requires(
    { redis: true },
    "io.drain() moves all clients to another server, and none misses an event",
    async () => {
      const clients = 200;
      const outcome = await drainServer({
        clients,
        processes: 1,
        rate: 50,
        drain: { batch: 50, jitter: 100 },
        client: { reconnectionDelay: 50, reconnectionDelayMax: 100 },
      });
      const { moved, losses, missed, doubled, lasts, sent, code, left } =
        outcome;
      assertEquals(
        { moved, losses, missed, doubled, lasts, code, left },
        {
          moved: clients,
          losses: 0,
          missed: 0,
          doubled: 0,
          lasts: [sent],
          code: 0,
          left: 0,
        },
      );
    },
  ),
);
