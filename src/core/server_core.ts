import { drain, type DrainSettings } from "./drain.ts";
import type { Adapter, AdapterNamespace } from "../adapter/mod.ts";
import { DelayLine } from "../delay_line.ts";
import type { Diagnostics } from "../diagnostics.ts";
import type { Socket as EngineSocket } from "../engine/mod.ts";
import { type ErrorReporter, isThenable } from "../listeners.ts";
import type { NamespaceStats } from "../metrics/mod.ts";
import type { Codec, Decoder, EncodedPacket, Packet } from "../parser/mod.ts";
import { Client, type ClientHost } from "./client.ts";
import { EmptyNamespaces } from "./empty_namespaces.ts";
import { DIALECT_5 } from "./dialect.ts";
import { quote } from "../quote.ts";
import type { ResolvedClientLimits } from "./limits.ts";
import {
  NamespaceCore,
  type NamespaceHost,
  type RecoverySettings,
} from "./namespace_core.ts";
import { type NamespaceMatcher, ParentNamespace } from "./parent_namespace.ts";
import type { SocketCore } from "./socket_core.ts";
import { DIALECT_4 } from "./v2/dialect.ts";

/** What the core is given: options with defaults filled in, and the makers of faces. */
export interface ServerCoreOptions {
  readonly codec: Codec;
  readonly connectTimeout: number;
  readonly ackTimeout: number | undefined;
  readonly recovery: RecoverySettings | undefined;
  readonly limits: ResolvedClientLimits;
  readonly cleanupEmptyChildNamespaces: boolean;
  readonly createAdapter: (namespace: AdapterNamespace) => Adapter;
  readonly diagnostics: Diagnostics;
  readonly createNamespaceFace: (namespace: NamespaceCore) => object;
  readonly createSocketFace: (socket: SocketCore) => object;
}

/** The namespaces of a server, and its clients on their way into them. */
export class ServerCore implements ClientHost, NamespaceHost {
  readonly createNamespaceFace: (namespace: NamespaceCore) => object;
  readonly createSocketFace: (socket: SocketCore) => object;
  /** What the application sees of this server, which sets it at once. */
  face: object = this;
  readonly onHandlerError: ErrorReporter;
  readonly onListenerError: ErrorReporter;
  readonly onAckError: ErrorReporter;
  readonly #options: ServerCoreOptions;
  #createAdapter: (namespace: AdapterNamespace) => Adapter;
  #connectTimeout: number;
  readonly #namespaces = new Map<string, NamespaceCore>();
  #parents: readonly ParentNamespace[] = [];
  /** Children that have been left, and that the application has not asked for. */
  readonly #empty: EmptyNamespaces<NamespaceCore>;
  /** Children with sessions that were interrupted, where children go when they are left. */
  readonly #interrupted: DelayLine<NamespaceCore>;
  #state: "running" | "closed" = "running";
  #closing: Promise<void> | undefined;
  /** Clients that are in no namespace yet, the last line for those that come. */
  #newcomers: readonly DelayLine<Client>[] = [];

  constructor(options: ServerCoreOptions) {
    this.#options = options;
    this.createNamespaceFace = options.createNamespaceFace;
    this.createSocketFace = options.createSocketFace;
    const { diagnostics } = options;
    this.onHandlerError = (error, event, socket) =>
      this.#reportHandlerError(error, event, socket);
    this.onListenerError = (error, event, _namespace, [socket]) => {
      if (event === "connection" || event === "connect") {
        this.#reportHandlerError(error, event, socket);
      } else diagnostics.reportError(error, `a listener of ${quote(event)}`);
    };
    this.onAckError = (error, name) =>
      diagnostics.reportError(error, `an acknowledgement of ${quote(name)}`);
    this.#empty = new EmptyNamespaces(
      options.limits.emptyNamespaces,
      (namespace) => this.#remove(namespace),
    );
    this.#interrupted = new DelayLine(
      options.recovery?.maxDisconnectionDuration ?? 1,
      (namespace) => {
        if (this.#state === "running" && namespace.isEmpty) {
          this.#remove(namespace);
        }
      },
    );
    this.#createAdapter = options.createAdapter;
    this.#connectTimeout = options.connectTimeout;
    this.connectTimeout = options.connectTimeout;
  }

  /** Milliseconds within which a client must ask for a namespace. */
  get connectTimeout(): number {
    return this.#connectTimeout;
  }

  set connectTimeout(connectTimeout: number) {
    this.#connectTimeout = connectTimeout;
    const waiting = this.#newcomers.filter(({ size }) => size > 0);
    for (const line of this.#newcomers) {
      if (line.size === 0) line.flush(); // ends its timer
    }
    this.#newcomers = [
      ...waiting,
      new DelayLine(connectTimeout, (client) => client.close()),
    ];
  }

  /** Gives all namespaces another adapter. */
  useAdapter(createAdapter: (namespace: AdapterNamespace) => Adapter): void {
    this.#createAdapter = createAdapter;
    for (const namespace of this.#namespaces.values()) {
      const before = namespace.replaceAdapter(createAdapter);
      this.#run(namespace, () => before.close());
      this.#run(namespace, () => namespace.adapter.init());
    }
    this.diagnostics.dispatchEvent(new Event("adapterchange"));
  }

  /** Tells the application which of a socket's handlers has failed. */
  #reportHandlerError(error: unknown, event: string, socket: unknown): void {
    const { listeners, face } = this.namespace("/");
    const isHeard = listeners.call(face, "handler_error", [error, {
      socket,
      event,
    }]);
    if (isHeard) return;
    this.#options.diagnostics.reportError(
      error,
      `a listener of ${quote(event)}`,
    );
  }

  get ackTimeout(): number | undefined {
    return this.#options.ackTimeout;
  }

  get recovery(): RecoverySettings | undefined {
    return this.#options.recovery;
  }

  get limits(): ResolvedClientLimits {
    return this.#options.limits;
  }

  onLimitExceeded(limit: string, { conn }: Client): void {
    this.#options.diagnostics.reportLimit(limit, conn.remoteAddress);
  }

  get namespaces(): ReadonlyMap<string, NamespaceCore> {
    return this.#namespaces;
  }

  /** How many clients are where. */
  get namespaceStats(): NamespaceStats[] {
    return Array.from(
      this.#namespaces.values(),
      ({ name, group, sockets, adapter }) => ({
        name,
        group,
        sockets: sockets.size,
        rooms: adapter.rooms.size,
      }),
    );
  }

  /** How many answers of clients are waited for. */
  get pendingAcks(): number {
    let sum = 0;
    for (const { sockets } of this.#namespaces.values()) {
      for (const { pendingAcks } of sockets.values()) sum += pendingAcks;
    }
    return sum;
  }

  /** Moves all clients away. */
  drain(settings: DrainSettings): Promise<void> {
    return drain(this.#namespaces, settings);
  }

  /** Takes a new connection over. */
  accept(conn: EngineSocket): Client {
    const dialect = conn.protocol === 3 ? DIALECT_4 : DIALECT_5;
    const client = new Client(conn, this, dialect);
    this.#newcomers.at(-1)?.add(client);
    dialect.greet(client);
    return client;
  }

  onClientSettled(client: Client): void {
    for (const line of this.#newcomers) line.delete(client);
  }

  encode(packet: Packet): EncodedPacket {
    return this.#options.codec.encode(packet);
  }

  createDecoder(): Decoder {
    return this.#options.codec.createDecoder();
  }

  get diagnostics(): Diagnostics {
    return this.#options.diagnostics;
  }

  onError(error: unknown): void {
    this.#options.diagnostics.reportError(error, "an adapter");
  }

  onAdapterError(error: unknown, namespace: string): void {
    this.#options.diagnostics.reportAdapterError(error, namespace);
  }

  /** Returns the namespace of this name, new if need be. */
  namespace(name: string): NamespaceCore {
    const namespace = this.#namespaces.get(name) ??
      this.#create(name, this.#parents.find((parent) => parent.fits(name)));
    if (!this.#options.cleanupEmptyChildNamespaces) {
      namespace.onEmpty = undefined; // the application may count on it
      this.#empty.delete(namespace);
    }
    return namespace;
  }

  /** Returns the parent of the namespaces that `matcher` fits, new if need be. */
  parentNamespace(matcher: RegExp | NamespaceMatcher): ParentNamespace {
    const existing = this.#parents.find((parent) => parent.hasMatcher(matcher));
    if (existing !== undefined) return existing;
    const name = `/_${this.#parents.length}`;
    const parent = new ParentNamespace(
      matcher,
      (createAdapter) => new NamespaceCore(name, this, createAdapter),
    );
    this.#parents = [...this.#parents, parent];
    return parent;
  }

  /** Returns the parent whose own face is this namespace's. */
  parentOf(core: NamespaceCore): ParentNamespace | undefined {
    return this.#parents.find((parent) => parent.core === core);
  }

  findNamespace(
    name: string,
    auth: unknown,
  ):
    | Promise<() => NamespaceCore | undefined>
    | NamespaceCore
    | undefined {
    const existing = this.#namespaces.get(name);
    if (existing !== undefined || this.#parents.length === 0) return existing;
    const parent = this.#findParent(name, auth, 0);
    const find = (parent: ParentNamespace | undefined) =>
      this.#namespaces.get(name) ??
        (parent && this.#state === "running"
          ? this.#create(name, parent)
          : undefined);
    return isThenable(parent)
      ? parent.then((parent) => () => find(parent))
      : find(parent as ParentNamespace | undefined); // not a promise
  }

  /** Asks the parents from `index` on, without a promise as long as they answer at once. */
  #findParent(
    name: string,
    auth: unknown,
    index: number,
  ): Promise<ParentNamespace | undefined> | ParentNamespace | undefined {
    const parent = this.#parents[index];
    if (parent === undefined) return undefined;
    const decide = (matches: boolean) =>
      matches ? parent : this.#findParent(name, auth, index + 1);
    const matches = parent.matches(name, auth);
    if (!isThenable(matches)) return decide(matches as boolean); // not a promise
    return matches.then(decide, (error) => {
      this.#options.diagnostics.reportError(error, "a namespace matcher");
      return decide(false);
    });
  }

  #create(name: string, parent: ParentNamespace | undefined): NamespaceCore {
    const namespace = new NamespaceCore(
      name,
      this,
      this.#createAdapter,
      parent?.label,
    );
    this.#namespaces.set(name, namespace);
    parent?.adopt(namespace);
    if (parent !== undefined) {
      namespace.onEmpty = () => {
        if (this.#state !== "running") return; // close() does it
        if (this.#namespaces.get(name) !== namespace) return;
        const mustGo = this.#options.cleanupEmptyChildNamespaces &&
          !this.#interrupted.has(namespace);
        if (mustGo) this.#remove(namespace);
        else this.#empty.add(namespace);
      };
    }
    this.#run(namespace, () => namespace.adapter.init());
    if (name !== "/") {
      const main = this.namespace("/");
      main.listeners.call(main.face, "new_namespace", [namespace.face]);
    }
    return namespace;
  }

  onInterrupted(namespace: NamespaceCore): void {
    if (
      this.#options.cleanupEmptyChildNamespaces &&
      namespace.onEmpty !== undefined && this.#state === "running"
    ) this.#interrupted.add(namespace);
  }

  /** Removes a child that nobody is in. */
  #remove(namespace: NamespaceCore): void {
    this.#empty.delete(namespace);
    this.#interrupted.delete(namespace);
    this.#namespaces.delete(namespace.name);
    for (const { children } of this.#parents) children.delete(namespace);
    this.#run(namespace, () => namespace.adapter.close());
  }

  /** Does what the adapter of a namespace may fail at. */
  #run(
    namespace: NamespaceCore,
    work: () => Promise<void> | void,
  ): Promise<void> {
    return Promise.try(work).catch((error) => namespace.onError(error));
  }

  /** Resolves when all that was broadcast has left; nothing if it has. */
  settled(): Promise<unknown> | undefined {
    if (this.recovery === undefined) return undefined; // nothing is held back
    const waits: Promise<void>[] = [];
    for (const { adapter } of this.#namespaces.values()) {
      let hasLeft = false;
      const { promise, resolve } = Promise.withResolvers<void>();
      adapter.inOrder(() => {
        hasLeft = true;
        resolve();
      });
      if (!hasLeft) waits.push(promise);
    }
    return waits.length === 0 ? undefined : Promise.all(waits);
  }

  /** Disconnects all sockets and closes the adapters. */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<void> {
    this.#state = "closed";
    this.#options.diagnostics.dispatchEvent(new Event("serverclose"));
    const namespaces = [...this.#namespaces.values()];
    for (const { sockets } of namespaces) {
      for (const socket of [...sockets.values()]) {
        socket.end("server shutting down");
      }
    }
    for (const line of this.#newcomers) line.flush();
    this.#interrupted.flush();
    await Promise.all(
      namespaces.map((namespace) =>
        this.#run(namespace, () => namespace.adapter.close())
      ),
    );
  }
}
