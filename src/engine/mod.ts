/**
 * An Engine.IO v4 server by itself: sessions over HTTP long-polling and WebSocket,
 * without the events, acknowledgements and rooms of Socket.IO.
 *
 * @example Usage
 * ```ts
 * import { Server } from "@deno-socketio/server/engine";
 *
 * const engine = new Server();
 * engine.on("connection", (socket) => {
 *   socket.send("welcome");
 *   socket.on("message", (data) => socket.send(data));
 * });
 * const http = Deno.serve({ port: 0, onListen() {} }, engine.handler());
 *
 * engine.close();
 * await http.shutdown();
 * ```
 *
 * @module
 */
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
} from "../diagnostic_events.ts";
export { Diagnostics } from "../diagnostics.ts";
export {
  type EventNames,
  type EventsMap,
  EventSource,
  type ListenerOf,
  type NoEvents,
} from "../event_source.ts";
export type { ListenerOptions } from "../listeners.ts";
export type {
  AckFailure,
  ObservedScope,
  ObservedSocket,
  Observer,
} from "../observer.ts";
export type { ClientAddress, TrustProxy } from "./client_address.ts";
export type { HttpCompressionOptions } from "./compression.ts";
export type { CookieOptions } from "./cookie.ts";
export type {
  CorsOptions,
  CorsOptionsDelegate,
  CorsOrigin,
  OriginRule,
} from "./cors.ts";
export { type ErrorCode, HandshakeError } from "./errors.ts";
export type { EncodedMessage, Frame } from "./message.ts";
export type { EngineMiddleware, RequestInfo } from "./middleware.ts";
export type {
  AllowedOrigins,
  AllowRequest,
  EngineLimits,
  EngineOptions,
  OptionalEngineOptions,
  ResolvedEngineOptions,
} from "./options.ts";
export {
  type ConnectionError,
  EngineServer as Server,
  type Handler,
  type ServerEvents,
  type ServerHooks,
} from "./server.ts";
export type {
  CloseReason,
  HandshakeInfo,
  SendOptions,
  Socket,
  SocketEvents,
  SocketOwner,
  TransportInfo,
} from "./socket.ts";
export type {
  CloseDescription,
  TransportName,
} from "./transports/transport.ts";
export type { AcceptWebSocket, MessageSocket } from "./transports/websocket.ts";
