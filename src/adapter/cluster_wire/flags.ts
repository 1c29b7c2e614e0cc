import type { BroadcastFlags } from "../adapter.ts";

/** The flags of a broadcast that members tell each other. */
export function toFlags(
  { volatile, compress, timeout }: BroadcastFlags = {},
): object {
  return {
    ...(volatile === undefined ? {} : { volatile }),
    ...(compress === undefined ? {} : { compress }),
    ...(timeout === undefined ? {} : { timeout }),
  };
}

/** Whether there is one of them. */
export function hasFlags(
  { volatile, compress, timeout }: BroadcastFlags = {},
): boolean {
  return volatile !== undefined || compress !== undefined ||
    timeout !== undefined;
}
