import type { ObservedSocket, Observer } from "../observer.ts";
import type { Namespace, Socket } from "../server/namespace.ts";
import type { AdminEvents } from "./protocol.ts";
import {
  type AdminData,
  clientIdOf,
  sendable,
  serialize,
} from "./serialize.ts";
import { isPlain, unwatched, watchData } from "./watched_data.ts";

/** Tells all who watch something. */
export type Tell = <Name extends keyof AdminEvents & string>(
  name: Name,
  ...args: Parameters<AdminEvents[Name]>
) => void;

/** Tells of every socket and what it does: the UI's development mode. */
export class Mirror implements Observer {
  readonly #tell: Tell;
  readonly #send: Tell;
  readonly #adminName: string;

  /**
   * @param tell Tells all who watch, and throws nothing.
   * @param send The same, but throws what goes wrong.
   * @param adminName The namespace of those who watch: of what is sent in it they are
   * not told, or there would be no end to it.
   */
  constructor(tell: Tell, send: Tell, adminName: string) {
    this.#tell = tell;
    this.#send = send;
    this.#adminName = adminName;
  }

  /** Tells of the sockets of a namespace, as long as there are any. */
  // deno-lint-ignore no-explicit-any -- a namespace of any maps
  watch(nsp: Namespace<any, any, any, any>): void {
    nsp.prependListener(
      "connection",
      (socket) => this.#onConnection(socket, nsp.name),
    );
    this.watchRooms(nsp);
  }

  /** Tells of the rooms of a namespace: once for each adapter that it gets. */
  // deno-lint-ignore no-explicit-any -- a namespace of any maps
  watchRooms({ name, adapter }: Namespace<any, any, any, any>): void {
    adapter.on(
      "join-room",
      (room, id) => this.#tell("room_joined", name, room, id, new Date()),
    );
    adapter.on("leave-room", (room, id) => {
      // As on Node: behind the end of the socket, if that is why.
      queueMicrotask(() => this.#tell("room_left", name, room, id, new Date()));
    });
  }

  // deno-lint-ignore no-explicit-any -- a socket of any maps
  #onConnection(socket: Socket<any, any, any, any>, nsp: string): void {
    const { id, conn } = socket;
    let isTold = false;
    this.#mark(socket, conn.transport.name);
    socket.data = watchData(socket.data, () => {
      if (isTold) return;
      isTold = true; // once for all that is written in one turn
      queueMicrotask(() => {
        isTold = false;
        const { data } = serialize(socket, nsp);
        if (socket.connected) this.#tell("socket_updated", { id, nsp, data });
      });
    });
    this.#tell("socket_connected", serialize(socket, nsp), new Date());
    // A connection may see any number of sockets come and go.
    conn.once("upgrade", (transport) => {
      this.#mark(socket, transport.name);
      this.#tell("socket_updated", { id, nsp, transport: transport.name });
    }, { signal: socket.signal });
    socket.on("disconnect", (reason) => {
      this.#tell("socket_disconnected", nsp, id, reason, new Date());
    });
  }

  /** Puts into a socket's data what other servers can know of it from nowhere else. */
  // deno-lint-ignore no-explicit-any -- a socket of any maps
  #mark(socket: Socket<any, any, any, any>, transport: string): void {
    const data: unknown = unwatched(socket.data);
    if (!isPlain(data) || !Object.isExtensible(data)) return;
    const _admin: AdminData = { clientId: clientIdOf(socket.conn), transport };
    Object.assign(data, { _admin });
  }

  onEventReceived(
    socket: ObservedSocket,
    event: readonly unknown[],
  ): undefined {
    const withoutReply = typeof event.at(-1) === "function"
      ? event.slice(0, -1)
      : event;
    this.#onEvent("event_received", socket, withoutReply);
  }

  onEventSent(socket: ObservedSocket, event: readonly unknown[]): void {
    this.#onEvent("event_sent", socket, event);
  }

  #onEvent(
    type: "event_received" | "event_sent",
    { namespace, id }: ObservedSocket,
    event: readonly unknown[],
  ): void {
    if (namespace === this.#adminName) return;
    try {
      this.#send(type, namespace, id, event, new Date());
    } catch {
      // The UI's parser may not know what the application's has sent.
      const shown = sendable(event);
      const names = Array.isArray(shown) ? shown : [String(event[0]), shown];
      this.#tell(type, namespace, id, names, new Date());
    }
  }
}
