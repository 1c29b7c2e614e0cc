import type {
  Adapter,
  AdapterNamespace,
  RestoredSession,
  Session,
  SessionRecovery,
  SocketId,
} from "../adapter/mod.ts";
import { ConnectionEvent } from "../diagnostic_events.ts";
import type { Diagnostics } from "../diagnostics.ts";
import {
  type AnyListener,
  assertFunction,
  type ErrorReporter,
  isThenable,
  Listeners,
} from "../listeners.ts";
import type { EncodedPacket, Packet } from "../parser/mod.ts";
import type { ObservedScope } from "../observer.ts";
import { randomId } from "../random_id.ts";
import type { Client, ClientNamespace, Joining } from "./client.ts";
import { runMiddlewares } from "./middleware.ts";
import { SocketCore, type SocketNamespace } from "./socket_core.ts";

/** Events of a namespace's own, which other servers have no part in. */
export const RESERVED_SERVER_SIDE: ReadonlySet<string> = new Set([
  "connect",
  "connection",
  "new_namespace",
  "handler_error",
]);

/** How interrupted sessions go on. */
export interface RecoverySettings extends SessionRecovery {
  /** Whether a restored session needs no middleware to let it in. */
  readonly skipMiddlewares: boolean;
  /** Milliseconds that an interrupted session is kept. */
  readonly maxDisconnectionDuration: number;
}

/** What namespaces need of their server. */
export interface NamespaceHost {
  /** What the application sees of the server. */
  readonly face: object;
  /** Where it is told what happens. */
  readonly diagnostics: Diagnostics;
  /** Milliseconds to wait for answers that have no timeout of their own. */
  readonly ackTimeout: number | undefined;
  /** How interrupted sessions go on, where they do. */
  readonly recovery: RecoverySettings | undefined;
  /** Reports what a socket's listener threw; `this` is the socket's face. */
  readonly onHandlerError: ErrorReporter;
  /** Reports what a namespace's listener threw. */
  readonly onListenerError: ErrorReporter;
  /** Reports what an acknowledgement threw. */
  readonly onAckError: ErrorReporter;
  /** A session of the namespace was interrupted: somebody may come back to it. */
  onInterrupted(namespace: NamespaceCore): void;
  /** Makes what the application sees of a namespace. */
  createNamespaceFace(namespace: NamespaceCore): object;
  /** Makes what the application sees of a socket. */
  createSocketFace(socket: SocketCore): object;
  encode(packet: Packet): EncodedPacket;
  /** Reports what the adapter of a namespace, or a server-side listener threw. */
  onAdapterError(error: unknown, namespace: string): void;
}

/** A namespace: its middlewares, its connected sockets and its adapter. */
export class NamespaceCore
  implements AdapterNamespace, ClientNamespace, SocketNamespace {
  readonly name: string;
  readonly group: string;
  readonly diagnostics: Diagnostics;
  readonly recovery: RecoverySettings | undefined;
  #adapter: Adapter;
  readonly listeners: Listeners;
  readonly onHandlerError: ErrorReporter;
  readonly onAckError: ErrorReporter;
  /** Hears when the last socket has left, where that matters. */
  onEmpty: (() => void) | undefined;
  readonly #host: NamespaceHost;
  readonly #sockets = new Map<SocketId, SocketCore>();
  /** Sockets whose middlewares still run, and clients whose session is looked for. */
  readonly #connecting = new Set<SocketCore | Joining>();
  /** Connected sockets by the secret that brings their session back. */
  readonly #byPid = new Map<string, SocketCore>();
  /** Sessions that are on their way into the adapter. */
  readonly #persisting = new Map<string, PromiseLike<unknown>>();
  #face: object | undefined;
  #middlewares: readonly AnyListener[] = [];
  #ackIds = 0;

  /**
   * @param name The namespace's name, which starts with `/`.
   * @param host Its server.
   * @param createAdapter Makes its adapter.
   * @param group What its traffic is counted under, if not its name.
   */
  constructor(
    name: string,
    host: NamespaceHost,
    createAdapter: (namespace: AdapterNamespace) => Adapter,
    group = name,
  ) {
    this.name = name;
    this.group = group;
    this.recovery = host.recovery;
    this.#host = host;
    this.diagnostics = host.diagnostics;
    this.onHandlerError = host.onHandlerError;
    this.onAckError = host.onAckError;
    this.listeners = new Listeners(host.onListenerError);
    this.#adapter = createAdapter(this);
  }

  get adapter(): Adapter {
    return this.#adapter;
  }

  /**
   * Goes on with another adapter, and the same sockets in the same rooms.
   *
   * @returns The adapter before.
   */
  replaceAdapter(
    createAdapter: (namespace: AdapterNamespace) => Adapter,
  ): Adapter {
    const before = this.#adapter;
    const sids = Array.from(
      before.sids,
      ([id, rooms]) => [id, [...rooms]] as const,
    );
    this.#adapter = createAdapter(this);
    for (const [id, rooms] of sids) this.#adapter.addAll(id, rooms);
    return before;
  }

  /** What the application sees of the server. */
  get server(): object {
    return this.#host.face;
  }

  /** What the application sees of this namespace. */
  get face(): object {
    return this.#face ??= this.#host.createNamespaceFace(this);
  }

  get sockets(): ReadonlyMap<SocketId, SocketCore> {
    return this.#sockets;
  }

  /** Whether nobody is in it, or on the way into it. */
  get isEmpty(): boolean {
    return this.#sockets.size === 0 && this.#connecting.size === 0;
  }

  get middlewares(): readonly AnyListener[] {
    return this.#middlewares;
  }

  use(middleware: AnyListener): void {
    assertFunction(middleware, "a middleware");
    this.#middlewares = [...this.#middlewares, middleware];
  }

  get ackTimeout(): number | undefined {
    return this.#host.ackTimeout;
  }

  connect(client: Client, auth: unknown): void {
    const pid = this.#recovers(client) ? readText(auth, "pid") : undefined;
    if (pid === undefined) return this.#connect(client, auth, undefined);
    this.#takeOver(pid);
    const restored = this.#restore(pid, readText(auth, "offset"));
    if (!isThenable(restored)) {
      return this.#connect(client, auth, restored as RestoredSession); // not a promise
    }
    const joining = client.startJoining(this.name);
    this.#connecting.add(joining);
    restored.then(undefined, (error) => this.onError(error)).then((found) => {
      this.#connecting.delete(joining);
      const session = found as RestoredSession | undefined; // what #restore() resolves with
      if (!joining.isOver) return this.#connect(client, auth, session);
      if (session !== undefined) this.returnSession(session);
      this.#checkEmpty();
    }).then(undefined, (error) => client.fail(error));
  }

  /** The client has come back, so a connection of its own that still seems open is not. */
  #takeOver(pid: string): void {
    this.#byPid.get(pid)?.client.conn.abort({
      description: "the client has come back over another connection",
    });
  }

  async releaseSession(pid: string): Promise<boolean> {
    this.#takeOver(pid);
    const persisted = this.#persisting.get(pid);
    await persisted;
    return persisted !== undefined;
  }

  sessionOf(id: SocketId): Session | undefined {
    return this.#sockets.get(id)?.session;
  }

  #restore(pid: string, offset: string | undefined) {
    const persisted = this.#persisting.get(pid);
    if (persisted !== undefined) {
      return persisted.then(() => this.adapter.restoreSession(pid, offset));
    }
    try {
      return this.adapter.restoreSession(pid, offset);
    } catch (error) {
      this.onError(error);
    }
  }

  #connect(
    client: Client,
    auth: unknown,
    restored: RestoredSession | undefined,
  ): void {
    const socket = new SocketCore(this, client, auth, {
      id: restored?.sid ?? client.dialect.createId(client.conn, this.name),
      pid: this.#recovers(client) ? restored?.pid ?? randomId() : undefined,
      restored,
    });
    client.addSocket(socket);
    this.#connecting.add(socket);
    const isTrusted = restored !== undefined &&
      this.recovery?.skipMiddlewares === true;
    const scope = this.diagnostics.observer?.onConnecting(socket);
    if (scope === undefined) this.#ask(socket, isTrusted);
    else scope.run(() => this.#ask(socket, isTrusted, scope));
  }

  /** Asks the middlewares whether a client may come in. */
  #ask(socket: SocketCore, isTrusted: boolean, scope?: ObservedScope): void {
    runMiddlewares(
      isTrusted ? [] : this.#middlewares,
      socket.face,
      (failure) => {
        this.#decide(socket, failure);
        scope?.end(failure);
      },
    );
  }

  #decide(socket: SocketCore, failure: unknown): void {
    if (socket.hasEnded) return;
    const { client } = socket;
    if (client.conn.readyState !== "open") return socket.end("forced close");
    try {
      if (failure === undefined) this.#admit(socket);
      else socket.refuse(failure);
    } catch (error) {
      client.fail(error);
    }
  }

  /** Whether the session of a client can go on after an interruption. */
  #recovers({ dialect }: Client): boolean {
    return dialect.recovers && this.recovery !== undefined;
  }

  #admit(socket: SocketCore): void {
    this.#connecting.delete(socket);
    this.#sockets.set(socket.id, socket);
    if (socket.pid !== undefined) this.#byPid.set(socket.pid, socket);
    socket.connect();
    if (socket.hasEnded) return; // what it sent was too much for the client
    if (this.diagnostics.hears("connection")) {
      this.diagnostics.dispatchEvent(new ConnectionEvent(socket));
    }
    this.listeners.call(this.face, "connect", [socket.face]);
    this.listeners.call(this.face, "connection", [socket.face]);
  }

  persistSession(session: Session): void {
    const { pid } = session;
    this.#host.onInterrupted(this);
    const persisted = this.adapter.persistSession(session);
    if (!isThenable(persisted)) return;
    const done = persisted.then(undefined, (error) => this.onError(error)).then(
      () => this.#persisting.delete(pid),
    );
    this.#persisting.set(pid, done);
  }

  returnSession({ missedPackets: _, ...session }: RestoredSession): void {
    try {
      this.persistSession(session);
      this.adapter.delAll(session.sid);
    } catch (error) {
      this.onError(error);
    }
  }

  removeSocket(socket: SocketCore): void {
    this.#connecting.delete(socket);
    // The id of a restored session may be another socket's by now.
    if (this.#sockets.get(socket.id) === socket) {
      this.#sockets.delete(socket.id);
    }
    const { pid } = socket;
    if (pid !== undefined && this.#byPid.get(pid) === socket) {
      this.#byPid.delete(pid);
    }
    this.#checkEmpty();
  }

  #checkEmpty(): void {
    if (this.isEmpty) this.onEmpty?.();
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
    const name = String(args[0]);
    if (RESERVED_SERVER_SIDE.has(name)) {
      // Its listeners would take what a server says for a socket.
      return this.onError(
        new Error(`Cannot take "${name}" of another server: it is reserved`),
      );
    }
    this.listeners.call(this.face, name, args.slice(1));
  }

  onError(error: unknown): void {
    this.#host.onAdapterError(error, this.name);
  }

  onRequest(milliseconds: number, error?: unknown): void {
    this.diagnostics.observer?.onAdapterRequest(milliseconds, error);
  }

  watched<Result>(result: Result): Result {
    if (isThenable(result)) {
      result.then(undefined, (error: unknown) => this.onError(error));
    }
    return result;
  }
}

/** A text among what a client sent as its credentials. */
function readText(auth: unknown, name: "pid" | "offset"): string | undefined {
  const value = (auth as Record<string, unknown>)[name]; // the codec lets objects through alone
  return typeof value === "string" ? value : undefined;
}
