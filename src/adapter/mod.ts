/**
 * Who is in which room, and fan-out: the base class of adapters, and the default
 * one in memory.
 *
 * @example Count what is broadcast
 * ```ts
 * import { Server } from "@deno-socketio/server";
 * import { MemoryAdapter, type Target } from "@deno-socketio/server/adapter";
 * import type { Packet } from "@deno-socketio/server/parser";
 *
 * let broadcasts = 0;
 * class CountingAdapter extends MemoryAdapter {
 *   override broadcast(packet: Packet, target: Target): void {
 *     broadcasts++;
 *     super.broadcast(packet, target);
 *   }
 * }
 * const io = new Server({ adapter: CountingAdapter });
 * ```
 *
 * @module
 */
export {
  type AckListener,
  Adapter,
  type AdapterEvents,
  type AdapterNamespace,
  type BroadcastFlags,
  type RestoredSession,
  type Room,
  type RoomMember,
  type Rooms,
  type Session,
  type SessionRecovery,
  type SocketDetails,
  type SocketId,
  type Target,
  toRooms,
} from "./adapter.ts";
export type { Bus, BusReceiver } from "./bus.ts";
export {
  ClusterAdapter,
  type ClusterAdapterOptions,
  type ClusterHealth,
} from "./cluster_adapter.ts";
export type {
  ClusterAction,
  ClusterMessage,
  ClusterReply,
} from "./cluster_message.ts";
export { MemoryAdapter } from "./memory_adapter.ts";
export {
  RecoveryAdapter,
  type RecoveryAdapterOptions,
} from "./recovery_adapter.ts";
