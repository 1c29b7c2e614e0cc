/**
 * Official clients, each with a connection of its own, which count what they hear. Their
 * arguments are a URL, how many they are, and options of the client as JSON. Prints how
 * many are connected when that changes, and what came of it when its input has a line.
 */
import { io, type Socket } from "socket.io-client";

const [url = "", count = "0", options = "{}"] = Deno.args;

/** What a client has heard. */
interface Tally {
  readonly client: Socket;
  id: string | undefined;
  /** The number of the last event. */
  last: number | undefined;
  heard: number;
  missed: number;
  doubled: number;
  moves: number;
  losses: number;
}

const tallies = Array.from({ length: Number(count) }, (): Tally => {
  const client = io(url, {
    transports: ["websocket"],
    forceNew: true,
    ...JSON.parse(options),
  });
  const tally: Tally = {
    client,
    id: undefined,
    last: undefined,
    heard: 0,
    missed: 0,
    doubled: 0,
    moves: 0,
    losses: 0,
  };
  client.on("connect", () => {
    if (tally.id !== undefined) tally.moves++;
    // A client whose session goes on has its id again.
    if (tally.id !== undefined && tally.id !== client.id) tally.losses++;
    tally.id = client.id;
    announce();
  });
  client.on("disconnect", announce);
  client.on("news", (number: number) => {
    tally.heard++;
    const expected = (tally.last ?? number - 1) + 1;
    if (number > expected) tally.missed += number - expected;
    if (number < expected) tally.doubled++;
    else tally.last = number;
  });
  return tally;
});

let isAnnounced = false;

/** Tells once in a while how many are connected. */
function announce(): void {
  if (isAnnounced) return;
  isAnnounced = true;
  setTimeout(() => {
    isAnnounced = false;
    print({
      connected: tallies.filter(({ client }) => client.connected).length,
    });
  }, 20);
}

for await (const _line of Deno.stdin.readable) {
  const sum = (name: "heard" | "missed" | "doubled" | "moves" | "losses") =>
    tallies.reduce((total, tally) => total + tally[name], 0);
  print({
    heard: sum("heard"),
    missed: sum("missed"),
    doubled: sum("doubled"),
    moved: tallies.filter(({ moves }) => moves > 0).length,
    losses: sum("losses"),
    lasts: [...new Set(tallies.map(({ last }) => last ?? 0))],
  });
}
Deno.exit();

function print(value: Record<string, unknown>): void {
  console.log(JSON.stringify(value));
}
