import { abortable } from "../core/acks.ts";
import { resolveClientLimits } from "../core/limits.ts";
import type { NamespaceMatcher } from "../core/parent_namespace.ts";
import { ServerCore } from "../core/server_core.ts";
import { Diagnostics } from "../diagnostics.ts";
import { type Handler, Server as EngineServer } from "../engine/mod.ts";
import type { EventsMap } from "../event_source.ts";
import { callSafely } from "../listeners.ts";
import { MapView } from "../map_view.ts";
import {
  BoundedLabel,
  formatMetrics,
  ServerCounters,
  serverGauges,
  type ServerStats,
} from "../metrics/mod.ts";
import { checkRange, MAX_DELAY } from "../options.ts";
import { settledWithin } from "../settled_within.ts";
import { Workers } from "../parallel/mod.ts";
import { createCodec } from "./codec.ts";
import {
  adapterCreator,
  createAdapter,
  resolveRecovery,
} from "./adapter_creator.ts";
import { Broadcaster } from "./broadcaster.ts";
import { clientBundle } from "./client_bundle.ts";
import type { DefaultEventsMap } from "./events.ts";
import { HttpListener } from "./http_listener.ts";
import {
  createNamespace,
  createSocket,
  type Namespace,
  type NamespaceMiddleware,
  type NamespaceReservedEvents,
  type Socket,
} from "./namespace.ts";
import type { AdapterFactory, DrainOptions, ServerOptions } from "./options.ts";
import {
  createParentNamespace,
  type ParentNamespace,
} from "./parent_namespace.ts";

/** Milliseconds that what others may put off is waited for. */
const SHUTDOWN_TIMEOUT = 5_000;

/**
 * A Socket.IO server.
 *
 * Its four type parameters are the events it listens to, the events it sends,
 * those between servers, and what the application keeps with each socket.
 *
 * @example Usage
 * ```ts
 * import { Server } from "@deno-socketio/server";
 *
 * const io = new Server();
 * io.on("connection", (socket) => {
 *   socket.on("message", (text) => socket.broadcast.emit("message", text));
 * });
 * const http = Deno.serve({ port: 0, onListen() {} }, io.handler());
 *
 * await io.close();
 * await http.shutdown();
 * ```
 */
export class Server<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
  // deno-lint-ignore no-explicit-any -- the default of Socket.IO
  SocketData = any,
> extends Broadcaster<
  NamespaceReservedEvents<
    ListenEvents,
    EmitEvents,
    ServerSideEvents,
    SocketData
  >,
  EmitEvents,
  ServerSideEvents,
  SocketData
> {
  /** The Engine.IO server that carries the clients' sessions. */
  readonly engine: EngineServer;
  /** The main namespace, `/`. */
  readonly sockets: Namespace<
    ListenEvents,
    EmitEvents,
    ServerSideEvents,
    SocketData
  >;
  /**
   * The namespaces that there are, by name. Unlike {@linkcode Server.of}, looking makes
   * none, and keeps none that clients have made up.
   */
  readonly namespaces: ReadonlyMap<
    string,
    Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>
  >;
  /** Where failures of the application's functions are reported. */
  readonly diagnostics: Diagnostics;
  readonly #core: ServerCore;
  readonly #workers: Workers | undefined;
  readonly #counters: ServerCounters | undefined;
  #adapter: AdapterFactory | undefined;
  #clientFolder: URL | string | false = false;
  #serveBundle: ReturnType<typeof clientBundle> | undefined;
  #listener: HttpListener | undefined;

  /**
   * Creates a server which waits for requests through its {@linkcode Server.handler}.
   *
   * @param options See {@linkcode ServerOptions}.
   * @throws {RangeError} If an option cannot work.
   * @throws {TypeError} If `options` is a port or a server, as on Node, `parser` is none,
   * or `serveClient` no folder.
   */
  constructor(options: ServerOptions = {}) {
    assertOptions(options);
    const {
      adapter,
      connectionStateRecovery,
      parser,
      replacer,
      reviver,
      maxAttachments,
      connectTimeout = 45_000,
      ackTimeout,
      cleanupEmptyChildNamespaces = false,
      serveClient = false,
      parallel = false,
      path = "/socket.io",
      metrics = false,
      limits = {},
      ...engineOptions
    } = options;
    checkRange("connectTimeout", connectTimeout, 1, MAX_DELAY);
    checkRange("ackTimeout", ackTimeout ?? 1, 1, MAX_DELAY);
    const {
      maxHttpBufferSize = 1_000_000,
      maxBufferedAmount = 16 * 1024 * 1024,
    } = engineOptions;
    const recovery = connectionStateRecovery &&
      resolveRecovery(connectionStateRecovery, maxBufferedAmount / 4);
    const codec = createCodec(
      { parser, replacer, reviver, maxAttachments },
      limits.attachmentBytes ?? 10 * maxHttpBufferSize,
    );
    const diagnostics = new Diagnostics();
    const counters = metrics === false
      ? undefined
      : new ServerCounters(diagnostics, metrics === true ? {} : metrics);
    if (parallel && recovery !== undefined && adapter === undefined) {
      throw new TypeError(
        "Cannot use connectionStateRecovery with parallel: no worker knows the sessions of the others. Add an adapter that keeps them for all",
      );
    }
    const workers: Workers | undefined = parallel
      ? new Workers({
        name: path,
        ...(parallel === true ? {} : parallel),
        host: {
          answer: (...args) => engine.handleForwarded(...args),
          release: (request) => engine.releasePoll(request),
        },
        maxBufferedAmount,
        onError: (error) => diagnostics.reportError(error, "a worker"),
      })
      : undefined;
    const core: ServerCore = new ServerCore({
      codec,
      limits: resolveClientLimits(limits),
      connectTimeout,
      ackTimeout,
      recovery,
      cleanupEmptyChildNamespaces,
      createAdapter: adapterCreator(
        adapter ?? workers?.createAdapter,
        recovery,
      ),
      diagnostics,
      createNamespaceFace: (namespace) => {
        const parent = core.parentOf(namespace);
        return parent === undefined
          ? createNamespace(namespace)
          : createParentNamespace(parent);
      },
      createSocketFace: createSocket,
    });
    const main = core.namespace("/");
    super(main);
    core.face = this;
    this.diagnostics = diagnostics;
    this.sockets = main.face as typeof this.sockets; // made for these maps
    this.namespaces = new MapView(
      core.namespaces,
      ({ face }) => face as typeof this.sockets, // made for these maps
    );
    const engine: EngineServer = new EngineServer({
      path,
      limits,
      ...engineOptions,
    }, {
      accept: (conn) => core.accept(conn),
      diagnostics,
      ...(workers === undefined ? {} : {
        idPrefix: workers.id,
        forward: (sid, request) => workers.forward(sid, request),
      }),
    });
    this.engine = engine;
    this.#workers = workers;
    this.#counters = counters;
    this.#core = core;
    this.#adapter = adapter;
    this.serveClient(serveClient);
    workers?.open();
  }

  /** The HTTP server that {@linkcode Server.listen} started. */
  get httpServer(): Deno.HttpServer | undefined {
    return this.#listener?.server;
  }

  /**
   * Returns the function that answers requests, for `Deno.serve` or as the `fetch`
   * of what a module exports for `deno serve`.
   *
   * @param fallback Answers requests outside our path; without it they get 404.
   *
   * @example Usage
   * ```ts
   * import { Server } from "@deno-socketio/server";
   *
   * const io = new Server();
   * const handler = io.handler(() => new Response("the rest of the site"));
   * const response = await handler(new Request("http://localhost/"));
   * console.log(await response.text());
   * ```
   */
  handler(fallback?: Handler): Handler {
    const handle = this.engine.handler(fallback);
    return (request, info) =>
      this.#serveBundle?.(request) ?? handle(request, info);
  }

  /** Returns what the path of every request begins with. */
  path(): string;
  /**
   * Sets what the path of every request begins with.
   *
   * @throws {RangeError} If it does not start with `/`.
   */
  path(path: string): this;
  path(path?: string): string | this {
    if (path === undefined) return this.engine.path;
    this.engine.path = path;
    return this.serveClient(this.#clientFolder);
  }

  /** Returns the milliseconds within which a client must ask for a namespace. */
  connectTimeout(): number;
  /**
   * Sets the milliseconds within which clients that come from now on must ask for a
   * namespace.
   *
   * @throws {RangeError} If timers cannot wait so long.
   */
  connectTimeout(connectTimeout: number): this;
  connectTimeout(connectTimeout?: number): number | this {
    if (connectTimeout === undefined) return this.#core.connectTimeout;
    checkRange("connectTimeout", connectTimeout, 1, MAX_DELAY);
    this.#core.connectTimeout = connectTimeout;
    return this;
  }

  /** Returns what makes the adapters, if it is not the default. */
  adapter(): AdapterFactory | undefined;
  /**
   * Gives all namespaces, present and future, another adapter. Sockets keep their rooms;
   * what listens to the adapter before does not hear the other one.
   */
  adapter(adapter: AdapterFactory | undefined): this;
  adapter(
    ...args: [adapter?: AdapterFactory | undefined]
  ): AdapterFactory | this | undefined {
    if (args.length === 0) return this.#adapter;
    const [adapter] = args;
    this.#adapter = adapter;
    if (adapter !== undefined) {
      this.#core.useAdapter((namespace) => createAdapter(adapter, namespace));
    }
    return this;
  }

  /** Returns the folder of the official client's bundles, or `false`. */
  serveClient(): URL | string | false;
  /**
   * Sets the folder of the official client's bundles. See
   * {@linkcode ServerOptions.serveClient}.
   *
   * @throws {TypeError} If it is neither a `file:` URL nor `false`.
   */
  serveClient(folder: URL | string | boolean): this;
  serveClient(folder?: URL | string | boolean): URL | string | false | this {
    if (folder === undefined) return this.#clientFolder;
    const { options, path } = this.engine;
    this.#serveBundle = folder === false ? undefined : clientBundle(
      folder,
      path,
      options.cors,
      (error) => this.diagnostics.reportError(error, "serveClient"),
    );
    this.#clientFolder = folder as URL | string | false; // true is none
    return this;
  }

  /**
   * Tells how the server is: who is where, and what waits. It looks at every client,
   * so it is nothing to ask for on each message.
   *
   * @example Tell a load balancer
   * ```ts
   * import { Server } from "@deno-socketio/server";
   *
   * const io = new Server();
   * const handler = io.handler(() => {
   *   const { polling, websocket } = io.stats().clients;
   *   return Response.json({ clients: polling + websocket });
   * });
   * ```
   */
  stats(): ServerStats {
    const clients = { polling: 0, websocket: 0 };
    let bufferedAmount = 0;
    for (const client of this.engine.clients.values()) {
      clients[client.transport.name]++;
      bufferedAmount += client.bufferedAmount;
    }
    return {
      clients,
      bufferedAmount,
      pendingAcknowledgements: this.#core.pendingAcks,
      namespaces: this.#core.namespaceStats,
    };
  }

  /**
   * Returns metrics of this server in Prometheus' text format, version 0.0.4: how it is
   * now, and with the option {@linkcode ServerOptions.metrics} also what has passed it.
   *
   * At most 100 namespaces have series of their own; the rest counts as `other`, and
   * those that came into being because clients asked for them as their parent.
   *
   * @example Let Prometheus scrape it
   * ```ts
   * import { Server } from "@deno-socketio/server";
   *
   * const io = new Server({ metrics: true });
   * const handler = io.handler((request) =>
   *   new URL(request.url).pathname === "/metrics"
   *     ? new Response(io.metrics(), {
   *       headers: { "content-type": "text/plain; version=0.0.4" },
   *     })
   *     : new Response(null, { status: 404 })
   * );
   * ```
   */
  metrics(): string {
    const counters = this.#counters;
    const groups = counters?.groups ?? new BoundedLabel();
    return formatMetrics([
      ...serverGauges(this.stats(), groups),
      ...counters?.families ?? [],
    ]);
  }

  /**
   * Listens by itself, with an HTTP server that {@linkcode Server.close} ends.
   *
   * @example By itself
   * ```ts
   * import { Server } from "@deno-socketio/server";
   *
   * const io = new Server();
   * io.listen({ port: 0, hostname: "127.0.0.1", onListen() {} });
   * await io.close();
   * ```
   *
   * @param port The port, or what `Deno.serve` takes.
   * @returns This server.
   * @throws {Error} If it listens already.
   */
  listen(
    port: number | (Deno.ServeTcpOptions & Partial<Deno.TlsCertifiedKeyPem>),
  ): this {
    if (this.#listener !== undefined) {
      throw new Error("Cannot listen: the server does already");
    }
    const options = typeof port === "number" ? { port } : port;
    this.#listener = new HttpListener(
      options,
      this.handler(),
      (error) => this.diagnostics.reportError(error, "the HTTP server"),
    );
    return this;
  }

  /**
   * Disconnects all clients with "server shutting down" and refuses new ones. Ends
   * the HTTP server of {@linkcode Server.listen}, and no other, and waits at most five
   * seconds for the requests that it still answers.
   *
   * @example With an HTTP server of your own
   * ```ts
   * import { Server } from "@deno-socketio/server";
   *
   * const io = new Server();
   * const http = Deno.serve({ hostname: "127.0.0.1", port: 0 }, io.handler());
   * await io.close();
   * await http.shutdown();
   * ```
   *
   * @param options `signal`: ends the wait, not the closing.
   * @returns A promise that resolves when all is closed, or rejects with the
   * signal's reason.
   */
  close(options?: { readonly signal?: AbortSignal }): Promise<void>;
  /**
   * The same, with a callback as on Node.
   *
   * @param callback Is called when all is closed, with an error if that failed.
   */
  close(callback: (error?: Error) => void): Promise<void>;
  close(
    options: { readonly signal?: AbortSignal } | ((error?: Error) => void) = {},
  ): Promise<void> {
    const closing = this.#close();
    if (typeof options === "function") {
      const call = (...args: [error?: Error]) =>
        callSafely(options, undefined, args, (error) => {
          this.diagnostics.reportError(error, "a callback of close()");
        }, "close");
      closing.then(() => call(), call);
      return closing;
    }
    return abortable(options.signal, (resolve, reject) => {
      closing.then(resolve, reject);
      return () => {};
    });
  }

  /**
   * Moves all clients to other servers, for a restart without a stampede: new ones are
   * refused with 503 and `Retry-After`, those that are here are told to go, some at a
   * time, once their pending acknowledgements have come. Official clients then connect
   * again by themselves; with connection state recovery by an adapter that all servers
   * share, they miss nothing.
   *
   * {@linkcode Server.close} does the rest.
   *
   * @param options `timeout`: milliseconds after which the last are told to go (default
   * 30,000). `batch`: how many at once (default 100). `jitter`: milliseconds between two
   * batches, at the most (default 1,000); fewer where time would run out.
   * @returns A promise that resolves when no client is left, or time is up.
   * @throws {RangeError} If an option cannot work.
   *
   * @example Usage
   * ```ts
   * import { Server } from "@deno-socketio/server";
   *
   * const io = new Server();
   * const http = Deno.serve({ port: 0, onListen() {} }, io.handler());
   *
   * // When it is to end, as by a listener of Deno.addSignalListener("SIGTERM"):
   * await io.drain({ timeout: 10_000 });
   * await io.close();
   * await http.shutdown();
   * ```
   */
  drain(options: DrainOptions = {}): Promise<void> {
    const { timeout = 30_000, batch = 100, jitter = 1_000 } = options;
    checkRange("timeout", timeout, 0, MAX_DELAY);
    checkRange("batch", batch, 1, Infinity);
    checkRange("jitter", jitter, 0, MAX_DELAY);
    this.engine.drain(Math.max(Math.ceil(jitter / 1_000), 1));
    return this.#core.drain({ timeout, batch, jitter });
  }

  async #close(): Promise<void> {
    const settled = this.#core.settled();
    if (settled !== undefined) await settledWithin(SHUTDOWN_TIMEOUT, settled);
    const closed = this.#core.close();
    this.engine.close();
    await closed;
    await this.#workers?.close();
    if (this.#listener === undefined) return;
    await settledWithin(SHUTDOWN_TIMEOUT, this.#listener.close());
  }

  /** The same as {@linkcode Server.close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /**
   * Returns a namespace, which comes into being at the first call.
   *
   * @example A part with rules of its own
   * ```ts
   * import { Server } from "@deno-socketio/server";
   *
   * const io = new Server();
   * const admin = io.of("/admin");
   * admin.use((socket, next) => {
   *   next(socket.handshake.auth.token === "secret" ? undefined : new Error("not you"));
   * });
   * admin.on("connection", (socket) => socket.emit("welcome"));
   * ```
   *
   * @param name Its name.
   * @param onConnection Is added as a listener of `connect`.
   */
  of(
    name: string,
    onConnection?: (
      socket: Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
    ) => void,
  ): Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>;
  /**
   * Lets namespaces come into being when clients ask for them.
   *
   * @example By a pattern, and by a function
   * ```ts
   * import { Server } from "@deno-socketio/server";
   *
   * const io = new Server();
   * io.of(/^\/game-\d+$/).on("connection", (socket) => {
   *   socket.nsp.emit("players", socket.nsp.sockets.size);
   * });
   * io.of((name, auth, next) => {
   *   next(null, name.startsWith("/shop-") && auth.token === "secret");
   * });
   * ```
   *
   * @param matcher Which names: a pattern, or a function that decides.
   * @param onConnection Is added as a listener of `connect`.
   */
  of(
    matcher: RegExp | NamespaceMatcher,
    onConnection?: (
      socket: Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
    ) => void,
  ): ParentNamespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>;
  of(
    name: string | RegExp | NamespaceMatcher,
    onConnection?: (
      socket: Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
    ) => void,
  ): Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData> {
    const core = typeof name === "function" || name instanceof RegExp
      ? this.#core.parentNamespace(name).core
      : this.#core.namespace(name.startsWith("/") ? name : "/" + name);
    if (onConnection !== undefined) {
      core.listeners.add("connect", onConnection);
    }
    return core.face as typeof this.sockets; // made for these maps
  }

  /**
   * Adds a function that decides whether a client may connect to the main namespace.
   *
   * @example By its credentials
   * ```ts
   * import { Server } from "@deno-socketio/server";
   *
   * const io = new Server();
   * io.use((socket, next) => {
   *   const { name } = socket.handshake.auth;
   *   if (typeof name !== "string") return next(new Error("who are you?"));
   *   socket.data.name = name;
   *   next();
   * });
   * ```
   */
  use(
    middleware: NamespaceMiddleware<
      ListenEvents,
      EmitEvents,
      ServerSideEvents,
      SocketData
    >,
  ): this {
    this.sockets.use(middleware);
    return this;
  }
}

/** Refuses what Node's server is made from: an HTTP server, or a port. */
function assertOptions(options: ServerOptions): void {
  const isServer = typeof options === "object" && options !== null &&
    ("listen" in options || "shutdown" in options);
  if (typeof options === "object" && options !== null && !isServer) return;
  const given = isServer ? "an HTTP server" : String(options);
  throw new TypeError(
    `Cannot create a server from ${given}: pass options, then call listen() or handler()`,
  );
}
