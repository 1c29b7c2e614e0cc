/**
 * Drains a server of many clients, and prints what came of it.
 *
 * `deno task drain [clients] [--kill]` takes so many clients (1,000), in two processes,
 * and drains their server or kills it.
 */
import { drainServer } from "./drain.ts";

const kills = Deno.args.includes("--kill");
const clients = Number(Deno.args.find((arg) => arg !== "--kill") ?? 1_000);
const outcome = await drainServer({
  clients,
  processes: 2,
  rate: 20,
  ...kills ? {} : { drain: {} },
  client: {},
});
for (const [name, value] of Object.entries(outcome)) {
  console.log(
    `${name}: ${typeof value === "number" ? Math.round(value) : value}`,
  );
}
const isWhole = outcome.moved === clients && outcome.losses === 0 &&
  outcome.missed === 0 && outcome.doubled === 0;
if (!isWhole) Deno.exit(1);
