import { queryOf, readParameter } from "../query.ts";
import { type Revision, withJsonp } from "../revision.ts";
import {
  BASE64_POLLING_FORMAT,
  BASE64_WEBSOCKET_FORMAT,
  POLLING_FORMAT,
  WEBSOCKET_FORMAT,
} from "./format.ts";
import { ClientHeartbeat } from "./heartbeat.ts";

/** Revision 3, which clients of Socket.IO 2 speak. */
export const REVISION_3: Revision = {
  protocol: 3,
  createHeartbeat: (pingInterval, pingTimeout) =>
    new ClientHeartbeat(pingInterval + pingTimeout),
  websocketFormat: (url) =>
    takesBytes(url) ? WEBSOCKET_FORMAT : BASE64_WEBSOCKET_FORMAT,
  pollingFormat(url) {
    const textFormat = withJsonp(BASE64_POLLING_FORMAT, url);
    // A script holds text alone, even if its client does not say so.
    return takesBytes(url) && textFormat === BASE64_POLLING_FORMAT
      ? POLLING_FORMAT
      : textFormat;
  },
};

function takesBytes(url: string): boolean {
  return !readParameter(queryOf(url), "b64");
}
