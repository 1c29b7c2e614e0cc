/**
 * The servers that the conformance suites run against: this project's, or the
 * npm packages on Node when `CONFORMANCE_TARGET=node`.
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
export const target: Target = Deno.env.get("CONFORMANCE_TARGET") === "node"
  ? (await import("./target_node.ts")).nodeTarget
  : (await import("./target_deno.ts")).denoTarget;
