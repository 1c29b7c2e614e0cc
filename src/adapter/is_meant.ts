import type { Room, Target } from "./adapter.ts";

/** Tells whether a socket in `rooms` is meant. */
export function isMeant(
  rooms: ReadonlySet<Room>,
  { rooms: wanted, and = [], except }: Target,
): boolean {
  return (wanted.size === 0 || !rooms.isDisjointFrom(wanted)) &&
    and.every((wanted) => !rooms.isDisjointFrom(wanted)) &&
    rooms.isDisjointFrom(except);
}
