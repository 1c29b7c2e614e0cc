import { type Packet, PacketType } from "../../parser/mod.ts";
import type { ClusterMessage } from "../cluster_message.ts";
import { decodeEntry, type NewEntry } from "./stream_entry.ts";

/** Whether a packet is one that has an offset: an event that wants no answer. */
export function hasOffset(packet: Packet): boolean {
  return packet.type === PacketType.EVENT && packet.id === undefined;
}

/** The same packet with an offset behind it, if there is one. */
export function withOffset(
  packet: Packet,
  offset: string | undefined,
): Packet {
  if (offset === undefined || packet.type !== PacketType.EVENT) return packet;
  return { ...packet, data: [...packet.data, offset] };
}

/**
 * The broadcast of an event with an offset that is in an entry, if there is one.
 *
 * @throws {ClusterWireError} If the entry cannot be understood.
 */
export function broadcastOf(
  entry: NewEntry,
): ClusterMessage & { type: "broadcast" } | undefined {
  const received = decodeEntry(entry);
  if (received.kind !== "message") return;
  const { message } = received;
  return message.type === "broadcast" && hasOffset(message.packet)
    ? message
    : undefined;
}
