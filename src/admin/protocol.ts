// What the Admin UI and a server say to each other, names and shapes as the UI has them.

/** Something that the Admin UI may offer its user. */
export type AdminFeature =
  | "EMIT"
  | "JOIN"
  | "LEAVE"
  | "DISCONNECT"
  | "MJOIN"
  | "MLEAVE"
  | "MDISCONNECT"
  | "AGGREGATED_EVENTS"
  | "ALL_EVENTS";

/** How often something has happened within one second. */
export interface AggregatedEvent {
  /** The second, in milliseconds of the epoch. */
  readonly timestamp: number;
  /** What has happened. */
  readonly type:
    | "rawConnection"
    | "rawDisconnection"
    | "packetsIn"
    | "packetsOut"
    | "bytesIn"
    | "bytesOut";
  /** Of a disconnection: the reason. */
  readonly subType?: string;
  /** How often; of bytes: how many. */
  readonly count: number;
}

/** How a server is. */
export interface AdminServerStats {
  readonly serverId: string;
  readonly hostname: string;
  readonly pid: number;
  /** Seconds since the process began. */
  readonly uptime: number;
  readonly clientsCount: number;
  readonly pollingClientsCount: number;
  /** What has happened since the last time. */
  readonly aggregatedEvents: readonly AggregatedEvent[];
  readonly namespaces: readonly {
    readonly name: string;
    readonly socketsCount: number;
  }[];
}

/** A socket, as the UI shows it. */
export interface AdminSocket {
  readonly id: string;
  /** The same for all sockets of one connection. */
  readonly clientId: string | undefined;
  readonly transport: string | undefined;
  readonly nsp: string;
  readonly data: unknown;
  readonly handshake: unknown;
  readonly rooms: readonly string[];
}

/** What a server tells the UI. */
export interface AdminEvents {
  session: (sessionId: string) => void;
  config: (config: { supportedFeatures: readonly AdminFeature[] }) => void;
  server_stats: (stats: AdminServerStats) => void;
  all_sockets: (sockets: readonly AdminSocket[]) => void;
  socket_connected: (socket: AdminSocket, time: Date) => void;
  socket_updated: (
    socket: Partial<AdminSocket> & { id: string; nsp: string },
  ) => void;
  socket_disconnected: (
    nsp: string,
    id: string,
    reason: string,
    time: Date,
  ) => void;
  room_joined: (nsp: string, room: string, id: string, time: Date) => void;
  room_left: (nsp: string, room: string, id: string, time: Date) => void;
  event_received: (
    nsp: string,
    id: string,
    event: readonly unknown[],
    time: Date,
  ) => void;
  event_sent: (
    nsp: string,
    id: string,
    event: readonly unknown[],
    time: Date,
  ) => void;
}

/** What the UI tells a server to do: nothing of it has been checked. */
export interface AdminCommands {
  emit: (
    nsp: unknown,
    filter: unknown,
    name: unknown,
    ...args: unknown[]
  ) => void;
  join: (nsp: unknown, room: unknown, filter: unknown) => void;
  leave: (nsp: unknown, room: unknown, filter: unknown) => void;
  _disconnect: (nsp: unknown, close: unknown, filter: unknown) => void;
}

/** What servers of ours tell each other; those on Node ignore it. */
export interface BetweenServers {
  /** A command about a namespace that the sender does not have. */
  admin_command: (name: keyof AdminCommands, ...args: unknown[]) => void;
}
