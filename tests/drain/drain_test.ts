import { assertEquals } from "@std/assert";
import { requires } from "../_support/environment.ts";
import { type DrainOutcome, drainServer } from "./drain.ts";

/** Tries it with clients that come back soon. */
function tryWith(clients: number, drain?: object): Promise<DrainOutcome> {
  return drainServer({
    clients,
    processes: 1,
    rate: 50,
    ...drain && { drain },
    client: { reconnectionDelay: 50, reconnectionDelayMax: 100 },
  });
}

Deno.test(
  requires(
    { redis: true },
    "io.drain() moves all clients to another server, and none misses an event",
    async () => {
      const clients = 200;
      const outcome = await tryWith(clients, { batch: 50, jitter: 100 });
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

Deno.test(
  requires(
    { redis: true },
    "all clients of a server that is killed go on with another, and none misses an event",
    async () => {
      const clients = 200;
      const { moved, losses, missed, doubled, lasts, sent, code } =
        await tryWith(clients);
      assertEquals(
        { moved, losses, missed, doubled, lasts, code },
        {
          moved: clients,
          losses: 0,
          missed: 0,
          doubled: 0,
          lasts: [sent],
          code: 137,
        },
      );
    },
  ),
);
