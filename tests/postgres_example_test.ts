/** The example of servers that meet in PostgreSQL, each a process of its own. */

import { requires } from "./_support/environment.ts";
import { PostgresProcess } from "./_support/postgres_process.ts";
import { assertTalks } from "./_support/talk.ts";

Deno.test(requires(
  { postgres: true },
  "examples/postgres.ts joins processes",
  async () => {
    await using postgres = await PostgresProcess.start();
    await assertTalks([
      "--allow-net=127.0.0.1",
      "--allow-env",
      "examples/postgres.ts",
      "0",
      postgres.url,
    ]);
  },
));
