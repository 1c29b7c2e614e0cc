import type { Fleet } from "./fleet.ts";

/** What holds of a fleet, by what is claimed. */
export type Claims = Readonly<Record<string, (fleet: Fleet) => Promise<void>>>;
