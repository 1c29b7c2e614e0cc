/** ClusterAdapter over a network in memory, which the tests disturb. */

import { clusterContract } from "./_support/cluster_contract.ts";
import { MemoryNetwork } from "./_support/memory_bus.ts";
import { ClusterAdapter } from "@deno-socketio/server/adapter";

clusterContract("ClusterAdapter", (size) => {
  const networks = new Map<string, MemoryNetwork>();
  const networkOf = (name: string) => {
    const network = networks.get(name) ?? new MemoryNetwork();
    networks.set(name, network);
    return network;
  };
  return Promise.resolve({
    adapters: Array.from(
      { length: size },
      () => (nsp) => new ClusterAdapter(nsp, networkOf(nsp.name).bus()),
    ),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
}, { intersections: true });
