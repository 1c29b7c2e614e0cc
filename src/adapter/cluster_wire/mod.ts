/**
 * The language of the official adapters that are a `ClusterAdapter` of
 * `socket.io-adapter`, those for Redis streams, sharded Redis and PostgreSQL among
 * them: `{ uid, nsp, type, data }`. A bus for any of them speaks it like this:
 *
 * ```text
 * out  toWire(message, { uid, nsp }) → WireMessage → encodeWire() → text or bytes
 * in   bytes → decodeWire() → WireMessage → own uid, other nsp? dropped, unread
 *            → fromWire() → { kind: "message" | "reply" | "presence", … } → the receiver
 * ```
 *
 * What cannot be understood is a {@linkcode ClusterWireError}, and never another
 * error. Requests for the names of rooms, which the official adapters lack, go as
 * requests for sockets. Where nobody counts the members, {@linkcode Members} does.
 *
 * Not for users: the entries of the adapters do not export it.
 *
 * @module
 */
export { ClusterWireError } from "./errors.ts";
export { decodeWire, fromWire, readEnvelope } from "./from_wire.ts";
export { Members, type MembersOptions, type MembersOwner } from "./members.ts";
export { encodeWire, hasBytes, toWire } from "./to_wire.ts";
export {
  createUid,
  EMITTER_UID,
  type Presence,
  type ReceivedContent,
  type WireContent,
  type WireMessage,
  type WireSender,
  WireType,
} from "./wire.ts";
