import type { EventsMap } from "../event_source.ts";
import { isReservedEvent } from "../parser/mod.ts";
import type { Namespace } from "../server/namespace.ts";
import type { Server } from "../server/server.ts";
import type { AdminCommands, AdminEvents, BetweenServers } from "./protocol.ts";

/** The namespace that the Admin UI connects to. */
export type AdminNamespace = Namespace<
  AdminCommands,
  AdminEvents,
  BetweenServers
>;

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
) => CommandTarget | undefined;

/**
 * Lets who watches act on the sockets of all servers.
 *
 * No namespace comes into being by its name in a command: one that is not here is left
 * to the servers that have it.
 */
export function obey(
  io: Server<EventsMap, EventsMap>,
  admin: AdminNamespace,
): void {
  const commands = createCommands((name, filter) => {
    const nsp = io.namespaces.get(name);
    if (nsp === undefined) return elsewhere(admin, name, filter);
    return filter === undefined ? nsp : nsp.in(filter);
  });
  admin.on("connection", (socket) => {
    for (const name of ["emit", "join", "leave", "_disconnect"] as const) {
      socket.on(name, commands[name]);
    }
  });
  const own = createCommands((name, filter) => {
    const local = io.namespaces.get(name)?.local;
    return filter === undefined ? local : local?.in(filter);
  });
  admin.on("admin_command", (name, ...args) => {
    if (Object.hasOwn(own, name)) Reflect.apply(own[name], undefined, args);
  });
}

/** A namespace that other servers may have: each does it to its own sockets. */
function elsewhere(
  admin: AdminNamespace,
  nsp: string,
  filter: string | undefined,
): CommandTarget {
  return {
    emit: (name, ...args) =>
      admin.serverSideEmit("admin_command", "emit", nsp, filter, name, ...args),
    socketsJoin: (room) =>
      admin.serverSideEmit("admin_command", "join", nsp, room, filter),
    socketsLeave: (room) =>
      admin.serverSideEmit("admin_command", "leave", nsp, room, filter),
    disconnectSockets: (close) =>
      admin.serverSideEmit("admin_command", "_disconnect", nsp, close, filter),
  };
}

/**
 * Makes the handlers of what the Admin UI tells a server to do. What it may not say is
 * ignored: its own pages do not say it.
 */
function createCommands(find: FindTarget): AdminCommands {
  const within = (nsp: unknown, filter: unknown) => {
    const room = filter ?? undefined; // `null` stands for it in JSON
    if (typeof nsp !== "string" || !nsp.startsWith("/")) return undefined;
    if (room !== undefined && typeof room !== "string") return undefined;
    return find(nsp, room === "" ? undefined : room);
  };
  return {
    emit(nsp, filter, name, ...args) {
      if (typeof name !== "string" || isReservedEvent(name)) return;
      if (typeof args.at(-1) === "function") args.pop(); // who asks gets no answers
      within(nsp, filter)?.emit(name, ...args);
    },
    join(nsp, room, filter) {
      if (typeof room !== "string") return;
      within(nsp, filter)?.socketsJoin(room);
    },
    leave(nsp, room, filter) {
      if (typeof room !== "string") return;
      within(nsp, filter)?.socketsLeave(room);
    },
    _disconnect(nsp, close, filter) {
      within(nsp, filter)?.disconnectSockets(close === true);
    },
  };
}
