import { isReservedEvent } from "../parser/mod.ts";
import type { AdminCommands } from "./protocol.ts";

/** What a command is done to: a namespace, or the sockets of a room in it. */
interface CommandTarget {
  emit(name: string, ...args: unknown[]): unknown;
  socketsJoin(room: string): void;
  socketsLeave(room: string): void;
  disconnectSockets(close: boolean): void;
}

/** Finds what a command is meant for; `undefined` if there is no such namespace. */
type FindTarget = (
  nsp: string,
  filter: string | undefined,
) => Promise<CommandTarget | undefined>;

/**
 * Makes the handlers of what the Admin UI tells a server to do. What it may not say is
 * ignored: its own pages do not say it.
 */
export function createCommands(find: FindTarget): AdminCommands {
  const within = async (nsp: unknown, filter: unknown) => {
    const room = filter ?? undefined; // `null` stands for it in JSON
    if (typeof nsp !== "string" || !nsp.startsWith("/")) return undefined;
    if (room !== undefined && typeof room !== "string") return undefined;
    return await find(nsp, room === "" ? undefined : room);
  };
  return {
    async emit(nsp, filter, name, ...args) {
      if (typeof name !== "string" || isReservedEvent(name)) return;
      if (typeof args.at(-1) === "function") args.pop(); // who asks gets no answers
      (await within(nsp, filter))?.emit(name, ...args);
    },
    async join(nsp, room, filter) {
      if (typeof room !== "string") return;
      (await within(nsp, filter))?.socketsJoin(room);
    },
    async leave(nsp, room, filter) {
      if (typeof room !== "string") return;
      (await within(nsp, filter))?.socketsLeave(room);
    },
    async _disconnect(nsp, close, filter) {
      (await within(nsp, filter))?.disconnectSockets(close === true);
    },
  };
}
