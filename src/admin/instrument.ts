import type { EventsMap } from "../event_source.ts";
import type { ServerStats } from "../metrics/mod.ts";
import { randomId } from "../random_id.ts";
import type { Server } from "../server/server.ts";
import {
  type AdminAuthenticator,
  Authentication,
  type BasicAuthentication,
} from "./authentication.ts";
import { type AdminNamespace, obey } from "./commands.ts";
import { EventBuffer } from "./event_buffer.ts";
import { Mirror, type Tell } from "./mirror.ts";
import type {
  AdminFeature,
  AdminServerStats,
  AdminSocket,
} from "./protocol.ts";
import { serialize } from "./serialize.ts";
import { type AdminStore, InMemoryStore } from "./stores.ts";

/** Milliseconds between two reports of how the server is. */
const STATS_INTERVAL = 2_000;

const COMMANDS: readonly AdminFeature[] = [
  ...(["EMIT", "JOIN", "LEAVE", "DISCONNECT"] as const),
  ...(["MJOIN", "MLEAVE", "MDISCONNECT"] as const),
];

/** Options of {@linkcode instrument}. */
export interface InstrumentOptions {
  /**
   * The namespace that the Admin UI connects to.
   *
   * @default {"/admin"}
   */
  namespaceName?: string;
  /**
   * Who may come in: a name with the hash of a password, a function that decides, or
   * `false` for everybody who can reach the server.
   */
  auth: BasicAuthentication | AdminAuthenticator | false;
  /**
   * Whether the UI may only look.
   *
   * @default {false}
   */
  readonly?: boolean;
  /**
   * What the UI calls this server: no two of a cluster may have the same.
   *
   * @default the host's name where Deno may tell it, and a part that is drawn
   */
  serverId?: string;
  /**
   * Where it is kept who has logged in.
   *
   * @default {new InMemoryStore()}
   */
  store?: AdminStore;
  /**
   * Whether the UI gets each socket, room and event (`"development"`), or sums alone
   * (`"production"`).
   *
   * @default {"development"}
   */
  mode?: "development" | "production";
}

/**
 * Lets the official Socket.IO Admin UI see a server, and act on it.
 *
 * It ends with `io.close()`. Call it before the first client comes.
 *
 * @example Usage
 * ```ts
 * import { Server } from "@deno-socketio/server";
 * import { hashPassword, instrument } from "@deno-socketio/server/admin";
 *
 * const io = new Server({
 *   cors: { origin: ["https://admin.socket.io"], credentials: true },
 * });
 * instrument(io, {
 *   auth: {
 *     type: "basic",
 *     username: "admin",
 *     password: await hashPassword("changeit"), // the hash, from your configuration
 *   },
 *   mode: "production",
 * });
 * await io.close();
 * ```
 *
 * @param io The server.
 * @param options See {@linkcode InstrumentOptions}.
 * @throws {TypeError} If `auth` is missing, or the password's hash is none.
 */
export function instrument<
  ListenEvents extends EventsMap,
  EmitEvents extends EventsMap,
  ServerSideEvents extends EventsMap,
  SocketData,
>(
  io: Server<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
  {
    namespaceName = "/admin",
    auth,
    readonly = false,
    serverId,
    store = new InMemoryStore(),
    mode = "development",
  }: InstrumentOptions,
): void {
  const isBasic = typeof auth === "object" && auth?.type === "basic";
  if (auth !== false && typeof auth !== "function" && !isBasic) {
    throw new TypeError(
      "Cannot let anybody in: set auth to a name and password, to a function, or to false",
    );
  }
  if (mode !== "development" && mode !== "production") {
    throw new TypeError(`Cannot use mode "${mode}": it is none`);
  }
  // The same maps as far as this module is concerned.
  const server = io as unknown as Server<EventsMap, EventsMap>;
  const admin = server.of(namespaceName) as unknown as AdminNamespace;
  if (auth !== false) {
    const authentication = new Authentication(auth, store, io.diagnostics);
    admin.use((socket) => authentication.admit(socket));
  }
  const closing = new AbortController();
  const { signal } = closing;
  io.diagnostics.addEventListener("serverclose", () => closing.abort(), {
    once: true,
  });
  const send: Tell = (name, ...args) => void admin.emit(name, ...args);
  // Much is told where nobody is left to catch what an adapter throws.
  const tell: Tell = (name, ...args) => {
    try {
      send(name, ...args);
    } catch (error) {
      io.diagnostics.reportError(error, "the admin UI");
    }
  };
  const supportedFeatures: AdminFeature[] = [
    ...(readonly ? [] : COMMANDS),
    "AGGREGATED_EVENTS",
    ...(mode === "development" ? ["ALL_EVENTS" as const] : []),
  ];
  if (!readonly) obey(server, admin);
  admin.on("connection", async (socket) => {
    socket.emit("config", { supportedFeatures });
    if (mode !== "development") return;
    socket.emit("all_sockets", await listSockets(server));
  });
  if (mode === "development") {
    const mirror = new Mirror(tell, send, admin.name);
    for (const nsp of io.namespaces.values()) mirror.watch(nsp);
    server.on("new_namespace", (nsp) => mirror.watch(nsp), { signal });
    io.diagnostics.addEventListener("adapterchange", () => {
      for (const nsp of io.namespaces.values()) mirror.watchRooms(nsp);
    }, { signal });
    const stopObserving = io.diagnostics.observe(mirror);
    signal.addEventListener("abort", stopObserving);
  }
  reportStats(server, tell, serverId ?? createServerId(), signal);
}

/** Describes the sockets of all servers; of this one alone, if the others are silent. */
async function listSockets(
  io: Server<EventsMap, EventsMap>,
): Promise<AdminSocket[]> {
  const lists = Array.from(io.namespaces.values(), async (nsp) => {
    const sockets = await nsp.fetchSockets()
      .catch(() => nsp.local.fetchSockets());
    return sockets.map((socket) => serialize(socket, nsp.name));
  });
  return (await Promise.all(lists)).flat();
}

/** Tells how the server is, again and again. */
function reportStats(
  io: Server<EventsMap, EventsMap>,
  tell: Tell,
  serverId: string,
  signal: AbortSignal,
): void {
  const buffer = new EventBuffer();
  const { diagnostics } = io;
  diagnostics.addEventListener(
    "sessionstart",
    () => buffer.push("rawConnection"),
    { signal },
  );
  diagnostics.addEventListener(
    "sessionend",
    ({ reason }) => buffer.push("rawDisconnection", 1, reason),
    { signal },
  );
  const stopObserving = diagnostics.observe({
    onPacketReceived(bytes) {
      if (bytes === 0) return; // a ping or a pong
      buffer.push("packetsIn");
      buffer.push("bytesIn", bytes);
    },
    onPacketSent(bytes) {
      if (bytes === 0) return;
      buffer.push("packetsOut");
      buffer.push("bytesOut", bytes);
    },
  });
  const base = { serverId, hostname: hostname() ?? "deno", pid: Deno.pid };
  const report = () =>
    tell("server_stats", {
      ...base,
      uptime: performance.now() / 1_000,
      ...describeStats(io.stats()),
      aggregatedEvents: buffer.take(),
    });
  const timer = setInterval(report, STATS_INTERVAL);
  Deno.unrefTimer(timer); // it keeps no process alive
  signal.addEventListener("abort", () => {
    clearInterval(timer);
    stopObserving();
  });
  report();
}

function describeStats({ clients, namespaces }: ServerStats): Pick<
  AdminServerStats,
  "clientsCount" | "pollingClientsCount" | "namespaces"
> {
  return {
    clientsCount: clients.polling + clients.websocket,
    pollingClientsCount: clients.polling,
    namespaces: namespaces.map(({ name, sockets }) => ({
      name,
      socketsCount: sockets,
    })),
  };
}

/** A name that no other server has, nor another worker of this process. */
function createServerId(): string {
  return `${hostname() ?? "deno"}#${randomId().slice(0, 6)}`;
}

/** The host's name, where Deno may tell it: nobody is asked. */
function hostname(): string | undefined {
  const permission = { name: "sys", kind: "hostname" } as const;
  return Deno.permissions.querySync(permission).state === "granted"
    ? Deno.hostname()
    : undefined;
}
