import {
  POLLING_FORMAT,
  type PollingFormat,
  WEBSOCKET_FORMAT,
  type WebSocketFormat,
} from "./format.ts";
import { type Heartbeat, ServerHeartbeat } from "./heartbeat.ts";
import { JsonpFormat } from "./jsonp.ts";
import { queryOf, readParameter } from "./query.ts";

/** A revision of the protocol: what its sessions do in ways of their own. */
export interface Revision {
  /** Its number. */
  readonly protocol: 3 | 4;
  /** Creates the heartbeat of all its sessions. */
  createHeartbeat(pingInterval: number, pingTimeout: number): Heartbeat;
  /** Returns how a WebSocket carries packets, by the URL of its request. */
  websocketFormat(url: string): WebSocketFormat;
  /** The same for long-polling, by the URL of its first request. */
  pollingFormat(url: string): PollingFormat;
}

/** Revision 4, which clients speak since Socket.IO 3. */
export const REVISION_4: Revision = {
  protocol: 4,
  createHeartbeat: (pingInterval, pingTimeout) =>
    new ServerHeartbeat(pingInterval, pingTimeout),
  websocketFormat: () => WEBSOCKET_FORMAT,
  pollingFormat: (url) => withJsonp(POLLING_FORMAT, url),
};

/** Returns `format`, inside scripts and forms where the client asks for them. */
export function withJsonp(format: PollingFormat, url: string): PollingFormat {
  const index = readParameter(queryOf(url), "j");
  return index === undefined ? format : new JsonpFormat(index, format);
}
