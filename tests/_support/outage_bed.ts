/** What servers do while what they meet in is away, and after. */

import { assert, assertEquals } from "@std/assert";
import { ClusterAdapter } from "@deno-socketio/server/adapter";
import { type ClusterBed, until } from "./cluster_bed.ts";
import { DEADLINE } from "./within.ts";

/** The adapters of some servers. */
export interface Watched {
  readonly adapters: readonly ClusterAdapter[];
  /** What each of them has told by its event `error`. */
  readonly errors: readonly unknown[][];
}

/** Listens to the adapters of all servers. */
export function watch(cluster: ClusterBed): Watched {
  const adapters = cluster.servers.map((io) => {
    const { adapter } = io.of("/");
    assert(adapter instanceof ClusterAdapter);
    return adapter;
  });
  const errors = adapters.map((adapter) => {
    const heard: unknown[] = [];
    adapter.on("error", (error) => heard.push(error));
    return heard;
  });
  return { adapters, errors };
}

/** Waits until two servers are well and know of each other, and lets them talk. */
export async function recovers(
  cluster: ClusterBed,
  { adapters }: Watched,
): Promise<void> {
  await until(async () => {
    const healths = await Promise.all(
      adapters.map((each) => each.checkHealth()),
    );
    return healths.every(({ isHealthy, serverCount }) =>
      isHealthy && serverCount === 2
    );
  }, "two servers again");
  const pairs = await cluster.connectAll();
  for (const { socket } of pairs) await socket.join("room");
  for (const [i, io] of cluster.servers.entries()) {
    io.emit("after", i);
    io.to("room").emit("after", "room", i, Uint8Array.of(i));
    await cluster.fence(pairs, i);
  }
  for (const { heard } of pairs) {
    const after = heard.filter(([event]) => event === "after");
    assertEquals(after.map((args) => args.slice(1, 3)), [
      [0],
      ["room", 0],
      [1],
      ["room", 1],
    ]);
  }
  // They answer, however long a busy machine takes: longer than the outage is waited for.
  const found = await cluster.servers[0]!.timeout(DEADLINE).fetchSockets();
  assert(found.length >= 2);
}
