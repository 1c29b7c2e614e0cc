import { DelayLine } from "../delay_line.ts";
import { SessionEndEvent } from "../diagnostic_events.ts";
import { Diagnostics } from "../diagnostics.ts";
import { EventSource } from "../event_source.ts";
import {
  assertFunction,
  type ErrorReporter,
  isThenable,
  Listeners,
} from "../listeners.ts";
import { MapView } from "../map_view.ts";
import { randomId } from "../random_id.ts";
import { cors } from "./cors.ts";
import type { ErrorCode } from "./errors.ts";
import { Handshakes } from "./handshakes.ts";
import {
  type EngineMiddleware,
  type RequestInfo,
  runMiddlewares,
} from "./middleware.ts";
import { Openings } from "./openings.ts";
import {
  checkPath,
  type EngineOptions,
  pathPrefix,
  type ResolvedEngineOptions,
  resolveEngineOptions,
} from "./options.ts";
import { type EngineQuery, hasPath, readQuery } from "./query.ts";
import { Refusals } from "./refusals.ts";
import { type Revision, REVISION_4 } from "./revision.ts";
import { Sessions } from "./sessions.ts";
import type {
  EngineSocket,
  Socket,
  SocketOwner,
  SocketSettings,
} from "./socket.ts";
import type { TransportName } from "./transports/transport.ts";
import type { AcceptWebSocket } from "./transports/websocket.ts";
import { REVISION_3 } from "./v3/revision.ts";
import { isWebSocketRequest } from "./websocket_handshake.ts";

/** Milliseconds that a closing session waits for its client's next poll. */
const CLOSE_TIMEOUT = 30_000;
/** Milliseconds after which a held poll is answered by a stream. */
const IDLE_POLL_AFTER = 1_000;

/** What listeners of `connection_error` get. */
export interface ConnectionError {
  /** The refused request. */
  readonly req: Request;
  /** The protocol's code, from 0 to 5. */
  readonly code: ErrorCode;
  /** The message that the client gets. */
  readonly message: string;
  /** What was wrong, by name. */
  readonly context: Readonly<Record<string, unknown>>;
}

/** The events of a {@linkcode Server}, with the arguments of their listeners. */
export interface ServerEvents {
  /** A session began. */
  connection: (socket: Socket) => void;
  /** A request was refused. */
  connection_error: (error: ConnectionError) => void;
  /** The headers of a session's first answer, which may be added to. */
  initial_headers: (headers: Headers, request: Request) => void;
  /** The headers of any answer, which may be added to. */
  headers: (headers: Headers, request: Request) => void;
  /** What a session had written was handed to the runtime or to a waiting poll. */
  flush: (socket: Socket) => void;
  /** The same moment as `flush` on our transports. */
  drain: (socket: Socket) => void;
}

/**
 * Answers a request; what `Deno.serve` and `deno serve` call.
 *
 * `info` says where the request came from. Other hosts than Deno's may leave it out.
 */
export type Handler = (
  request: Request,
  info?: RequestInfo,
) => Response | Promise<Response>;

/** What a layer above the server brings along. */
export interface ServerHooks {
  /** Takes each session over: its owner gets the messages without an event between. */
  accept?: (socket: Socket) => SocketOwner;
  /** Where failures of the application's functions are reported. */
  diagnostics?: Diagnostics;
  /** What the id of each session begins with, whatever makes the rest of it. */
  idPrefix?: string;
  /**
   * Passes a request on to the server that has its session, whose
   * {@linkcode EngineServer.handleForwarded} answers it.
   *
   * @param sid The session's id, which this server does not know.
   * @param request The request.
   * @returns The answer, `undefined` if no server has the session.
   */
  forward?: (sid: string, request: Request) => Promise<Response> | undefined;
}

/**
 * An Engine.IO server: sessions over HTTP long-polling and WebSocket.
 *
 * @example Usage
 * ```ts
 * import { Server } from "@deno-socketio/server/engine";
 *
 * const engine = new Server({ pingInterval: 10_000 });
 * engine.on("connection", (socket) => {
 *   socket.on("message", (data) => socket.send(data));
 * });
 * const http = Deno.serve({ port: 0, onListen() {} }, engine.handler());
 *
 * engine.close();
 * await http.shutdown();
 * ```
 */
export class EngineServer extends EventSource<ServerEvents> {
  /** Where failures of the application's functions are reported. */
  readonly diagnostics: Diagnostics;
  #options: ResolvedEngineOptions;
  readonly #listeners: Listeners;
  readonly #forward: ServerHooks["forward"];
  readonly #sessions: Sessions;
  readonly #settings: SocketSettings;
  /** The same for those of revision 3, where they are let in. */
  readonly #oldSettings: SocketSettings | undefined;
  readonly #refusals: Refusals;
  readonly #openings: Openings;
  readonly #handshakes: Handshakes;
  readonly #middlewares: EngineMiddleware[] = [];
  #path: string;

  /**
   * Creates a server which waits for requests through its {@linkcode EngineServer.handler}.
   *
   * @param options See {@linkcode EngineOptions}.
   * @param hooks What a layer above brings along.
   * @throws {RangeError} If an option cannot work.
   */
  constructor(options: EngineOptions = {}, hooks: ServerHooks = {}) {
    const diagnostics = hooks.diagnostics ?? new Diagnostics();
    const onListenerError = (error: unknown, name: string) =>
      diagnostics.reportError(error, `an engine listener of "${name}"`);
    const listeners = new Listeners(onListenerError);
    super(listeners);
    this.diagnostics = diagnostics;
    this.#options = resolveEngineOptions(options);
    this.#listeners = listeners;
    this.#forward = hooks.forward;
    this.#path = pathPrefix(this.options);
    const { connectionsPerAddress, pendingHandshakes } = this.options.limits;
    this.#sessions = new Sessions(
      connectionsPerAddress,
      pendingHandshakes,
      (socket) => this.#giveUp(socket),
    );
    this.#settings = this.#createSettings(onListenerError);
    if (this.options.allowEIO3) {
      this.#oldSettings = this.#settingsOf(REVISION_3);
    }
    this.#refusals = new Refusals(this, listeners, diagnostics);
    this.#openings = new Openings(
      this.options.maxHttpBufferSize,
      this.#refusals,
    );
    this.#handshakes = new Handshakes({
      server: this,
      options: this.options,
      listeners,
      diagnostics,
      sessions: this.#sessions,
      openings: this.#openings,
      refusals: this.#refusals,
      settingsOf: (protocol) =>
        protocol === 4 ? this.#settings : this.#oldSettings,
      accept: hooks.accept,
      idPrefix: hooks.idPrefix,
    });
    if (this.options.cors !== undefined) this.use(cors(this.options.cors));
  }

  #createSettings(
    onListenerError: ErrorReporter,
  ): SocketSettings {
    const { options } = this;
    const { pingInterval, pingTimeout } = options;
    return {
      revision: REVISION_4,
      heartbeat: REVISION_4.createHeartbeat(pingInterval, pingTimeout),
      polling: {
        format: REVISION_4.pollingFormat(""),
        maxHttpBufferSize: options.maxHttpBufferSize,
        packetsPerPayload: options.limits.packetsPerPayload,
        compressionThreshold: compressionThreshold(options),
        idlePolls: new DelayLine(IDLE_POLL_AFTER, (poll) => poll.onIdle()),
      },
      upgrades: new DelayLine(
        options.upgradeTimeout,
        (upgrade) => upgrade.abandon(),
      ),
      closings: new DelayLine(
        CLOSE_TIMEOUT,
        (socket) => socket.end("forced close"),
      ),
      maxBufferedAmount: options.maxBufferedAmount,
      onLimitExceeded: (limit, { remoteAddress }) =>
        this.diagnostics.reportLimit(limit, remoteAddress),
      diagnostics: this.diagnostics,
      onListenerError,
      onSocketFlushed: (socket) => {
        if (this.#listeners.isEmpty) return; // each message passes here
        this.#listeners.call(this, "flush", [socket]);
        this.#listeners.call(this, "drain", [socket]);
      },
      onSocketClosed: (socket, reason, description) => {
        const hasStarted = this.#sessions.delete(socket);
        if (!hasStarted || !this.diagnostics.hears("sessionend")) return;
        this.diagnostics.dispatchEvent(
          new SessionEndEvent(socket, reason, description?.description),
        );
      },
    };
  }

  /** What sessions of another revision share with all. */
  #settingsOf(revision: Revision): SocketSettings {
    const { pingInterval, pingTimeout } = this.options;
    return {
      ...this.#settings,
      revision,
      heartbeat: revision.createHeartbeat(pingInterval, pingTimeout),
      polling: {
        ...this.#settings.polling,
        format: revision.pollingFormat(""),
      },
    };
  }

  /** The options with every default filled in. */
  get options(): ResolvedEngineOptions {
    return this.#options;
  }

  /**
   * What the path of every request begins with, without a slash at its end.
   *
   * @throws {RangeError} When it is set and does not start with `/`.
   */
  get path(): string {
    return this.#options.path.replace(/\/$/, "");
  }

  set path(path: string) {
    checkPath(path);
    this.#options = { ...this.#options, path };
    this.#path = pathPrefix(this.#options);
  }

  /**
   * Makes the ids of the sessions to come: see {@linkcode EngineOptions.generateId}. It
   * may be replaced at any time.
   */
  get generateId(): (request: Request) => string | Promise<string> {
    return this.#handshakes.generateId ?? randomId;
  }

  set generateId(generateId: (request: Request) => string | Promise<string>) {
    this.#handshakes.generateId = generateId;
  }

  /** Returns the transports to which a session on `transport` may move. */
  upgrades(transport: TransportName): string[] {
    return transport === "polling" ? [...this.#handshakes.upgrades] : [];
  }

  /** The sessions, by id: a view. */
  get clients(): ReadonlyMap<string, Socket> {
    return new MapView(this.#sessions.all, (socket): Socket => socket);
  }

  /** How many sessions there are. */
  get clientsCount(): number {
    return this.#sessions.size;
  }

  /**
   * Lets `middleware` stand between every request and its answer, behind those
   * that were added before.
   */
  use(middleware: EngineMiddleware): this {
    assertFunction(middleware, "a middleware");
    this.#middlewares.push(middleware);
    return this;
  }

  /**
   * Returns the function that answers requests, for `Deno.serve`.
   *
   * @param fallback Answers requests outside our path; without it they get 404.
   */
  handler(fallback?: Handler): Handler {
    return (request, info) => {
      if (hasPath(request.url, this.#path)) return this.handle(request, info);
      return fallback?.(request, info) ?? new Response(null, { status: 404 });
    };
  }

  /**
   * Answers a request, whatever its path.
   *
   * @param request The request.
   * @param info Where it came from.
   * @returns The answer; it resolves when there is something to tell, for a poll.
   */
  handle(
    request: Request,
    info?: RequestInfo,
  ): Response | Promise<Response> {
    if (this.#middlewares.length === 0) return this.#answer(request, info);
    return runMiddlewares(
      this.#middlewares,
      request,
      info,
      () => this.#answer(request, info),
    ).catch((error: unknown) => {
      this.diagnostics.reportError(error, "an engine middleware");
      return this.#refusals.refuse(request, 3, { name: "MIDDLEWARE_FAILURE" });
    });
  }

  /**
   * Answers a request of a session of this server, which another server got: its
   * middlewares have let it pass.
   *
   * @param request The request.
   * @param acceptWebSocket Accepts it as a WebSocket.
   */
  handleForwarded(
    request: Request,
    acceptWebSocket: AcceptWebSocket,
  ): Response | Promise<Response> {
    const query = readQuery(request.url);
    const { sid = "" } = query;
    return this.#sessions.has(sid)
      ? this.#onSessionRequest(request, query, sid, acceptWebSocket)
      : this.#refusals.refuse(request, 1, { sid });
  }

  /**
   * Answers the poll that a session holds, if it does: its client polls again, and
   * perhaps by way of another server than that which passed `request` on.
   *
   * @param request A request that carries the session's id.
   */
  releasePoll(request: Request): void {
    const { sid = "" } = readQuery(request.url);
    this.#sessions.get(sid)?.releasePoll();
  }

  /**
   * Refuses new sessions with 503, which makes a load balancer choose another server.
   * Those that there are go on.
   *
   * @param retryAfter The header `Retry-After`: seconds.
   */
  drain(retryAfter: number): this {
    this.#handshakes.drain(retryAfter);
    return this;
  }

  /** Ends all sessions with "forced close" and refuses new ones. */
  close(): this {
    this.#handshakes.close();
    this.#openings.flush();
    for (const socket of this.#sessions.list()) socket.close(true);
    // No session is left to wait in them.
    const { heartbeat, polling, upgrades, closings } = this.#settings;
    for (const line of [polling.idlePolls, upgrades, closings]) line.flush();
    heartbeat.close();
    this.#oldSettings?.heartbeat.close();
    this.#openings.close();
    return this;
  }

  #answer(
    request: Request,
    info: RequestInfo | undefined,
  ): Response | Promise<Response> {
    const answer = this.#route(request, info, readQuery(request.url));
    if (!this.#listeners.has("headers")) return answer;
    return isThenable(answer)
      ? answer.then((response) => this.#callHeaders(response, request))
      : this.#callHeaders(answer as Response, request); // not a promise
  }

  #route(
    request: Request,
    info: RequestInfo | undefined,
    query: EngineQuery,
  ): Response | Promise<Response> {
    const { sid, transport } = query;
    if (!this.options.transports.some((name) => name === transport)) {
      return this.#refusals.refuse(request, 0, { transport });
    }
    return sid === undefined
      ? this.#handshakes.handle(request, info, query)
      : this.#onSessionRequest(request, query, sid, info?.acceptWebSocket);
  }

  #callHeaders(response: Response, request: Request): Response {
    this.#listeners.call(this, "headers", [response.headers, request]);
    return response;
  }

  /** A request that carries a session's id. */
  #onSessionRequest(
    request: Request,
    { EIO, transport }: EngineQuery,
    sid: string,
    acceptWebSocket: AcceptWebSocket = Deno.upgradeWebSocket,
  ): Response | Promise<Response> {
    const socket = this.#sessions.get(sid);
    if (socket === undefined) {
      return this.#forward?.(sid, request) ??
        this.#refusals.refuse(request, 1, { sid });
    }
    this.#sessions.hear(socket);
    const protocol = EIO === "4" ? 4 : 3;
    if (protocol !== socket.protocol) {
      return this.#refusals.refuse(request, 3, {
        name: "PROTOCOL_MISMATCH",
        protocol,
        previousProtocol: socket.protocol,
      });
    }
    const asksForWebSocket = request.method === "GET" &&
      isWebSocketRequest(request);
    if (transport === "polling" && !asksForWebSocket) {
      const answer = socket.handlePoll(request);
      if (answer !== undefined) return answer;
    }
    if (
      transport === "websocket" && asksForWebSocket && this.#mayMove(socket)
    ) {
      return this.#openings.accept(
        request,
        socket.revision,
        (transport) => socket.startUpgrade(transport),
        acceptWebSocket,
      );
    }
    return this.#refusals.refuse(request, 3, {
      name: "TRANSPORT_MISMATCH",
      transport,
      previousTransport: socket.transport.name,
    });
  }

  /** Whether a session may be on its way to a WebSocket, or may have moved to one. */
  #mayMove(socket: EngineSocket): boolean {
    return this.#handshakes.upgrades.includes("websocket") &&
      (socket.transport.name === "polling" || socket.upgraded);
  }

  /** Ends a session whose client has not come back to it, in favour of others. */
  #giveUp(socket: EngineSocket): void {
    socket.onLimitExceeded("pendingHandshakes");
    socket.abort({ description: "client has not come back to its handshake" });
  }
}

function compressionThreshold(
  { httpCompression }: ResolvedEngineOptions,
): number | undefined {
  if (httpCompression === false) return undefined;
  return httpCompression === true ? 1024 : httpCompression.threshold ?? 1024;
}
