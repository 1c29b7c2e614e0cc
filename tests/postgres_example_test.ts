/** The example of servers that meet in PostgreSQL, each a process of its own. */

import { requires } from "./_support/environment.ts";
import { assertTalks, startExample } from "./_support/example_process.ts";
import { PostgresProcess } from "./_support/postgres_process.ts";

Deno.test(requires(
  { postgres: true },
  "examples/postgres.ts joins processes",
  async () => {
    await using postgres = await PostgresProcess.start();
    const permissions = ["--allow-net=127.0.0.1", "--allow-env"];
    await assertTalks(() =>
      startExample(
        ...permissions,
        "examples/postgres.ts",
        "0",
        postgres.url,
      )
    );
  },
));
