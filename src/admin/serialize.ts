import type { Socket as EngineSocket } from "../engine/mod.ts";
import type { AdminSocket } from "./protocol.ts";
import { isPlain, unwatched } from "./watched_data.ts";

/** Headers whose values let others in: the UI shows that they are there. */
const SECRET_HEADERS = ["authorization", "cookie", "proxy-authorization"];

/** What all servers are told of a socket's connection, as a part of its data. */
export interface AdminData {
  readonly clientId: string;
  readonly transport: string;
}

/** A socket of this server or another, as `fetchSockets()` finds it. */
interface Listed {
  readonly id: string;
  readonly rooms: Iterable<string>;
  readonly data: unknown;
  readonly handshake: {
    readonly address: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly query: unknown;
    readonly issued: number;
    readonly secure: boolean;
    readonly time: string;
    readonly url: string;
    readonly xdomain: boolean;
  };
  readonly conn?: EngineSocket;
}

/** Describes a socket for the UI. */
export function serialize(socket: Listed, nsp: string): AdminSocket {
  const { _admin, data } = takeApart(sendable(unwatched(socket.data)));
  const { conn, handshake } = socket;
  const { clientId, transport } = conn === undefined
    ? _admin ?? {}
    : { clientId: clientIdOf(conn), transport: conn.transport.name };
  const { address, query, issued, secure, time, url, xdomain } = handshake;
  return {
    id: socket.id,
    clientId,
    transport,
    nsp,
    data,
    handshake: {
      address,
      headers: withoutSecrets(handshake.headers),
      ...{ query, issued, secure, time, url, xdomain },
    },
    rooms: [...socket.rooms],
  };
}

/** What the application keeps with a socket, and what this module has added to it. */
function takeApart(data: unknown): { _admin?: AdminData; data: unknown } {
  if (!isPlain(data) || !("_admin" in data)) return { data };
  const { _admin, ...rest } = data as { _admin: AdminData }; // as a mirror left it, here or elsewhere
  return { _admin, data: rest };
}

function withoutSecrets(
  headers: Readonly<Record<string, string>>,
): Record<string, string> {
  const shown = { ...headers };
  for (const name of SECRET_HEADERS) {
    if (Object.hasOwn(shown, name)) shown[name] = "[hidden]";
  }
  return shown;
}

const clientIds = new WeakMap<EngineSocket, string>();

/** What the UI knows a connection by. It is not a part of its id, which is a secret. */
export function clientIdOf(conn: EngineSocket): string {
  let id = clientIds.get(conn);
  if (id === undefined) {
    id = crypto.randomUUID().replaceAll("-", "").slice(0, 12);
    clientIds.set(conn, id);
  }
  return id;
}

/** What of an application's values can be sent, whatever they are. */
export function sendable(value: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(value) ?? "null");
  } catch (error) {
    return `[${String(error)}]`; // a circle, a bigint, a toJSON() that throws
  }
}
