/**
 * The servers that the conformance suites run against: this project's, or the
 * npm packages on Node when `CONFORMANCE_TARGET=node`, or this project's behind
 * `node:http` when it is `attached`.
 *
 * @module
 */

import type { Target } from "./target_contract.ts";

export type {
  Report,
  RunningServer,
  Target,
  TargetOptions,
} from "./target_contract.ts";

/** The target that the environment asks for. */
export const target: Target = await chooseTarget();

async function chooseTarget(): Promise<Target> {
  const name = Deno.env.get("CONFORMANCE_TARGET");
  if (name === "node") return (await import("./target_node.ts")).nodeTarget;
  const { denoTarget, attachedTarget } = await import("./target_deno.ts");
  return name === "attached" ? attachedTarget : denoTarget;
}
