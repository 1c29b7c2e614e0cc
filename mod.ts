/**
 * A Socket.IO server for Deno: the official clients connect to it unchanged.
 *
 * @example Quick start
 * ```ts
 * import { Server } from "@deno-socketio/server";
 *
 * const io = new Server();
 * io.on("connection", (socket) => {
 *   socket.on("message", (text) => socket.broadcast.emit("message", text));
 * });
 *
 * export default { fetch: io.handler() }; // deno serve main.ts
 * ```
 *
 * @module
 */
export {
  Adapter,
  type AdapterNamespace,
  type BroadcastFlags,
  MemoryAdapter,
  type Room,
  type RoomMember,
  type Rooms,
  type SocketDetails,
  type SocketId,
  type Target,
} from "./src/adapter/mod.ts";
export type { AckOptions } from "./src/core/acks.ts";
export { AckTimeoutError, DisconnectedError } from "./src/core/errors.ts";
export type { ClientLimits } from "./src/core/limits.ts";
export type { Handshake } from "./src/core/handshake.ts";
export type { NamespaceMatcher } from "./src/core/parent_namespace.ts";
export type { DisconnectReason } from "./src/core/socket_core.ts";
export {
  AdapterErrorEvent,
  CallbackErrorEvent,
  ConnectionEvent,
  ConnectionRefusedEvent,
  type DiagnosticsEventMap,
  DisconnectionEvent,
  HandshakeRefusedEvent,
  LimitExceededEvent,
  type ObservedSession,
  PacketErrorEvent,
  type RefusalReason,
  SessionEndEvent,
  SessionStartEvent,
  SocketEvent,
  TrafficEvent,
} from "./src/diagnostic_events.ts";
export { Diagnostics } from "./src/diagnostics.ts";
export {
  type CloseDescription,
  type CookieOptions,
  type CorsOptions,
  type EngineLimits,
  type EngineMiddleware,
  type EngineOptions,
  type Handler,
  type RequestInfo,
  type Server as EngineServer,
  type Socket as EngineSocket,
  type TrustProxy,
} from "./src/engine/mod.ts";
export {
  type EventNames,
  type EventsMap,
  EventSource,
  type ListenerOf,
} from "./src/event_source.ts";
export type { ListenerOptions } from "./src/listeners.ts";
export type {
  AckFailure,
  ObservedScope,
  ObservedSocket,
  Observer,
} from "./src/observer.ts";
export type {
  MetricsOptions,
  NamespaceStats,
  ServerStats,
} from "./src/metrics/mod.ts";
export {
  type Codec,
  type Decoder,
  EncodedPacket,
  JsonCodec,
  type JsonCodecOptions,
  type NodeDecoder,
  type NodeEncoder,
  type NodePacket,
  type NodeParser,
  type Packet,
  PacketType,
} from "./src/parser/mod.ts";
export { Broadcaster } from "./src/server/broadcaster.ts";
export { BroadcastOperator } from "./src/server/broadcast.ts";
export {
  type AnyEventListener,
  type Event,
  EventReceiver,
  type SocketMiddleware,
  type SocketReservedEvents,
} from "./src/server/event_receiver.ts";
export type {
  AckValue,
  AnyFunction,
  BroadcastParameters,
  DefaultEventsMap,
  EventAck,
  EventAnswer,
  EventHandler,
  EventNamesWithAck,
  EventNamesWithoutAck,
  EventParameters,
  EventRecord,
  ParametersWithOptions,
  ParametersWithoutAck,
  ParametersWithTimeout,
  TakesError,
} from "./src/server/events.ts";
export {
  type ClientConnection,
  type ExtendedError,
  type HandlerErrorContext,
  Namespace,
  type NamespaceMiddleware,
  type NamespaceReservedEvents,
  type NamespaceServer,
  Socket,
} from "./src/server/namespace.ts";
export type {
  AdapterFactory,
  ConnectionStateRecoveryOptions,
  DrainOptions,
  ServerOptions,
} from "./src/server/options.ts";
export { ParentNamespace } from "./src/server/parent_namespace.ts";
export {
  RemoteSocket,
  type RemoteSocketWithTimeout,
} from "./src/server/remote_socket.ts";
export { Server } from "./src/server/server.ts";
export { SocketOperator } from "./src/server/socket_operator.ts";
