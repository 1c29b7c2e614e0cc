/** The examples in which servers that are not told of each other are one. */

import { assertEquals } from "@std/assert";
import { ask, next, Visitors } from "./clients.ts";
import { until } from "./cluster_bed.ts";
import { startExample } from "./example.ts";

/**
 * Sees that a client of one process is heard by that of another.
 *
 * @param args What `deno run` gets: the permissions that the example says it needs,
 * its file, and its own arguments.
 */
export async function assertTalks(args: readonly string[]): Promise<void> {
  const start = () =>
    startExample(["run", ...args], { signal: "SIGINT", code: 0 });
  await using a = await start();
  await using b = await start();
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
}
