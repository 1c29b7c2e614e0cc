/** Servers of one process that share their PostgreSQL client. */

import { assertEquals } from "@std/assert";
import { createAdapter } from "@deno-socketio/server/postgres";
import { ClusterBed, until } from "./_support/cluster_bed.ts";
import { requires } from "./_support/environment.ts";
import {
  CLIENT_KINDS,
  openPostgres,
  sharePostgres,
} from "./_support/postgres_bed.ts";

const server = sharePostgres();

for (const kind of CLIENT_KINDS) {
  const name =
    `PostgreSQL adapter lets servers and namespaces share a client, ${kind}`;
  Deno.test(requires({ postgres: true }, name, async () => {
    await using admin = openPostgres("pg", server());
    const countListening = async () =>
      (await admin.query(
        "SELECT pid FROM pg_stat_activity WHERE query ILIKE 'listen%'",
      )).length;
    const before = await countListening();
    await using shared = openPostgres(kind, server());
    await using bed = await ClusterBed.start((size) =>
      Promise.resolve({
        adapters: Array.from(
          { length: size },
          () => createAdapter(shared.client),
        ),
        [Symbol.asyncDispose]: () => Promise.resolve(),
      }), 2);
    for (let i = 0; i < 30; i++) {
      for (const io of bed.servers) io.of(`/"${i}"`);
    }
    await bed.join('/"29"');
    assertEquals(await countListening(), before + 1);

    const pairs = await bed.connectAll();
    const others = await bed.connectAll('/"29"');
    bed.servers[0]!.emit("news");
    bed.servers[0]!.of('/"29"').emit("other", Uint8Array.of(1));
    await bed.fence(others, 0, '/"29"');
    await bed.fence(pairs);
    assertEquals(pairs.map(({ heard }) => heard), [[["news"]], [["news"]]]);
    assertEquals(others.map(({ heard }) => heard.length), [1, 1]);
    assertEquals((await bed.servers[1]!.fetchSockets()).length, 2);

    await bed.servers[0]!.close();
    const { adapter: rest } = bed.servers[1]!.of("/");
    await until(async () => await rest.serverCount() === 1, "one server");
    bed.servers[1]!.emit("more");
    await bed.fence([pairs[1]!], 1);
    assertEquals(pairs[1]!.heard, [["news"], ["more"]]);
    await bed.servers[1]!.close();
    // postgres.js keeps its connection until the client is ended.
    if (kind !== "pg") return;
    // PostgreSQL takes a moment to see that it was left.
    await until(
      async () => await countListening() === before,
      "the end of the listening connection",
    );
  }));
}
