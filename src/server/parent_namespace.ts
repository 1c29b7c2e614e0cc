import type { ParentNamespace as ParentCore } from "../core/parent_namespace.ts";
import type { EventsMap } from "../event_source.ts";
import type { DefaultEventsMap } from "./events.ts";
import { Namespace } from "./namespace.ts";

/** Makes a parent namespace's face; its constructor is nobody else's. */
export let createParentNamespace: (
  parent: ParentCore,
  // deno-lint-ignore no-explicit-any -- whoever calls it knows the maps
) => ParentNamespace<any, any, any, any>;

/**
 * Namespaces that come into being when a client asks for a name that fits.
 *
 * Middlewares and connection handlers of the parent are given to each of them,
 * and what is sent to the parent goes to all of them.
 *
 * @example Usage
 * ```ts
 * import { Server } from "@deno-socketio/server";
 *
 * const io = new Server();
 * const rooms = io.of(/^\/room-\d+$/);
 * rooms.on("connection", (socket) => socket.emit("you are in", socket.nsp.name));
 * rooms.emit("to all of them");
 * ```
 */
export class ParentNamespace<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
  // deno-lint-ignore no-explicit-any -- the default of Socket.IO
  SocketData = any,
> extends Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData> {
  readonly #parent: ParentCore;

  private constructor(parent: ParentCore) {
    super(parent.core);
    this.#parent = parent;
  }

  static {
    createParentNamespace = (parent) => new ParentNamespace(parent);
  }

  /** The namespaces that there are: a copy. */
  get children(): ReadonlySet<
    Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>
  > {
    return new Set(Array.from(
      this.#parent.children,
      ({ face }) =>
        face as Namespace<
          ListenEvents,
          EmitEvents,
          ServerSideEvents,
          SocketData // the parent made it
        >,
    ));
  }
}
