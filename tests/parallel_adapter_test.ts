/** Workers of one process as one server: what their adapters do. */

import { clusterContract } from "./_support/cluster_contract.ts";
import { testFrom } from "./_support/environment.ts";

clusterContract("parallel", (size) => {
  const name = crypto.randomUUID();
  return Promise.resolve({
    options: Array.from({ length: size }, () => ({ parallel: { name } })),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
}, { intersections: true, test: testFrom("2.7") });
