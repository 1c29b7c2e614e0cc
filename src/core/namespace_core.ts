import type { Adapter, AdapterNamespace, SocketId } from "../adapter/mod.ts";
import {
  type AnyListener,
  type ErrorReporter,
  Listeners,
} from "../listeners.ts";
import type { EncodedPacket, Packet } from "../parser/mod.ts";
import type { Client, ClientNamespace } from "./client.ts";
import { runMiddlewares } from "./middleware.ts";
import { SocketCore, type SocketNamespace } from "./socket_core.ts";

/** What namespaces need of their server. */
export interface NamespaceHost {
  readonly onListenerError: ErrorReporter;
  readonly onAckError: ErrorReporter;
  /** Makes what the application sees of a namespace. */
  createNamespaceFace(namespace: NamespaceCore): object;
  /** Makes what the application sees of a socket. */
  createSocketFace(socket: SocketCore): object;
  encode(packet: Packet): EncodedPacket;
  /** Reports what an adapter or a server-side listener threw. */
  onError(error: unknown): void;
}

/** A namespace: its middlewares, its connected sockets and its adapter. */
export class NamespaceCore
  implements AdapterNamespace, ClientNamespace, SocketNamespace {
  readonly name: string;
  readonly adapter: Adapter;
  readonly listeners: Listeners;
  readonly onListenerError: ErrorReporter;
  readonly onAckError: ErrorReporter;
  /** Hears when the last socket has left, where that matters. */
  onEmpty: (() => void) | undefined;
  readonly #host: NamespaceHost;
  readonly #sockets = new Map<SocketId, SocketCore>();
  /** Sockets whose middlewares still run. */
  readonly #connecting = new Set<SocketCore>();
  #face: object | undefined;
  #middlewares: readonly AnyListener[] = [];
  #ackIds = 0;

  /**
   * @param name The namespace's name, which starts with `/`.
   * @param host Its server.
   * @param createAdapter Makes its adapter.
   */
  constructor(
    name: string,
    host: NamespaceHost,
    createAdapter: (namespace: AdapterNamespace) => Adapter,
  ) {
    this.name = name;
    this.#host = host;
    this.onListenerError = host.onListenerError;
    this.onAckError = host.onAckError;
    this.listeners = new Listeners(host.onListenerError);
    this.adapter = createAdapter(this);
  }

  /** What the application sees of this namespace. */
  get face(): object {
    return this.#face ??= this.#host.createNamespaceFace(this);
  }

  get sockets(): ReadonlyMap<SocketId, SocketCore> {
    return this.#sockets;
  }

  get middlewares(): readonly AnyListener[] {
    return this.#middlewares;
  }

  use(middleware: AnyListener): void {
    this.#middlewares = [...this.#middlewares, middleware];
  }

  connect(client: Client, auth: unknown): void {
    const id = crypto.getRandomValues(new Uint8Array(15))
      .toBase64({ alphabet: "base64url" });
    const socket = new SocketCore(this, client, id, auth);
    client.addSocket(socket);
    this.#connecting.add(socket);
    runMiddlewares(this.#middlewares, socket.face, (failure) => {
      if (socket.hasEnded) return;
      if (failure === undefined) this.#admit(socket);
      else socket.refuse(failure);
    });
  }

  #admit(socket: SocketCore): void {
    this.#connecting.delete(socket);
    this.#sockets.set(socket.id, socket);
    socket.connect();
    this.listeners.call(this.face, "connect", [socket.face]);
    this.listeners.call(this.face, "connection", [socket.face]);
  }

  removeSocket(socket: SocketCore): void {
    this.#connecting.delete(socket);
    this.#sockets.delete(socket.id);
    if (this.#sockets.size === 0 && this.#connecting.size === 0) {
      this.onEmpty?.();
    }
  }

  createSocketFace(socket: SocketCore): object {
    return this.#host.createSocketFace(socket);
  }

  encode(packet: Packet): EncodedPacket {
    return this.#host.encode(packet);
  }

  nextAckId(): number {
    return this.#ackIds++;
  }

  onServerSideEmit(args: readonly unknown[]): void {
    this.listeners.call(this.face, String(args[0]), args.slice(1));
  }

  onError(error: unknown): void {
    this.#host.onError(error);
  }
}
