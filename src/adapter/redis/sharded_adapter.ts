import type { AdapterNamespace, Room, SocketId } from "../adapter.ts";
import {
  ClusterAdapter,
  type ClusterAdapterOptions,
} from "../cluster_adapter.ts";
import type { ShardedBus } from "./sharded_bus.ts";

/** The rooms of one server, each with a channel that is listened to while it is there. */
export class ShardedAdapter extends ClusterAdapter {
  readonly #bus: ShardedBus;

  /** Serves `nsp` with the servers that are on `bus`. */
  constructor(
    nsp: AdapterNamespace,
    bus: ShardedBus,
    options: ClusterAdapterOptions,
  ) {
    super(nsp, bus, options);
    this.#bus = bus;
    this.on("delete-room", (room) => bus.leave(room));
  }

  /**
   * Adds a socket to rooms. Resolves when all is heard that others send there, or a
   * little later if Redis takes longer.
   */
  override addAll(id: SocketId, rooms: Iterable<Room>): Promise<void> | void {
    const list = [...rooms];
    super.addAll(id, list);
    // None, if the socket has left before.
    return this.#bus.enter(list.filter((room) => this.hasRoom(room)));
  }
}
