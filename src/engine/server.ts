import { DelayLine } from "../delay_line.ts";
import {
  HandshakeRefusedEvent,
  type RefusalReason,
  SessionEndEvent,
  SessionStartEvent,
} from "../diagnostic_events.ts";
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
import { Admission } from "./admission.ts";
import { type ClientAddress, clientAddressReader } from "./client_address.ts";
import { cookieWriter } from "./cookie.ts";
import { cors } from "./cors.ts";
import { type ErrorCode, HandshakeError } from "./errors.ts";
import { control } from "./message.ts";
import {
  type EngineMiddleware,
  type RequestInfo,
  runMiddlewares,
} from "./middleware.ts";
import {
  checkPath,
  type EngineOptions,
  pathPrefix,
  type ResolvedEngineOptions,
  resolveEngineOptions,
} from "./options.ts";
import { type EngineQuery, hasPath, readQuery } from "./query.ts";
import { type Revision, REVISION_4 } from "./revision.ts";
import { Sessions } from "./sessions.ts";
import {
  EngineSocket,
  type HandshakeInfo,
  type Socket,
  type SocketOwner,
  type SocketSettings,
} from "./socket.ts";
import { Backlogs } from "./transports/backlog.ts";
import { respondToPoll } from "./transports/polling.ts";
import type { TransportName } from "./transports/transport.ts";
import {
  type AcceptWebSocket,
  type WebSocketSettings,
  WebSocketTransport,
} from "./transports/websocket.ts";
import { REVISION_3 } from "./v3/revision.ts";
import {
  isWebSocketRequest,
  readWebSocketHandshake,
} from "./websocket_handshake.ts";

/** Milliseconds that a closing session waits for its client's next poll. */
const CLOSE_TIMEOUT = 30_000;
/** Milliseconds within which an accepted WebSocket opens, unless its client has gone. */
const OPEN_TIMEOUT = 2_000;
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
 * running ──drain()──▶ draining ──close()──▶ closed
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
  readonly #accept: ((socket: Socket) => SocketOwner) | undefined;
  readonly #forward: ServerHooks["forward"];
  readonly #sessions: Sessions;
  readonly #admission: Admission;
  readonly #settings: SocketSettings;
  /** The same for those of revision 3, where they are let in. */
  readonly #oldSettings: SocketSettings | undefined;
  readonly #websocketSettings: WebSocketSettings;
  /** WebSockets that were accepted and have not opened. */
  readonly #openings: DelayLine<WebSocketTransport>;
  readonly #middlewares: EngineMiddleware[] = [];
  #path: string;
  readonly #upgrades: readonly string[];
  readonly #readAddress: (
    request: Request,
    info: RequestInfo | undefined,
  ) => ClientAddress;
  readonly #writeCookie: ((id: string) => string) | undefined;
  #state: "running" | "draining" | "closed" = "running";
  /** Seconds after which a client that is refused may ask again. */
  #retryAfter = 0;

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
    this.#accept = hooks.accept;
    this.#forward = hooks.forward;
    this.#path = pathPrefix(this.options);
    this.#upgrades = this.options.allowUpgrades
      ? this.options.transports.filter((name) => name !== "polling")
      : [];
    this.#readAddress = clientAddressReader(this.options.trustProxy);
    this.#writeCookie = cookieWriter(this.options.cookie);
    const { connectionsPerAddress, pendingHandshakes } = this.options.limits;
    this.#sessions = new Sessions(
      connectionsPerAddress,
      pendingHandshakes,
      (socket) => this.#giveUp(socket),
    );
    this.#admission = new Admission(
      this.options,
      diagnostics,
      (id) => this.#sessions.has(id),
      hooks.idPrefix,
    );
    this.#settings = this.#createSettings(onListenerError);
    if (this.options.allowEIO3) {
      this.#oldSettings = this.#settingsOf(REVISION_3);
    }
    this.#websocketSettings = {
      maxHttpBufferSize: this.options.maxHttpBufferSize,
      backlogs: new Backlogs(),
    };
    this.#openings = new DelayLine(
      OPEN_TIMEOUT,
      (transport) => transport.close("failed"),
    );
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
    return this.#admission.generateId ?? randomId;
  }

  set generateId(generateId: (request: Request) => string | Promise<string>) {
    this.#admission.generateId = generateId;
  }

  /** Returns the transports to which a session on `transport` may move. */
  upgrades(transport: TransportName): string[] {
    return transport === "polling" ? [...this.#upgrades] : [];
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
      return this.#refuse(request, 3, { name: "MIDDLEWARE_FAILURE" });
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
      : this.#refuse(request, 1, { sid });
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
    this.#retryAfter = retryAfter;
    if (this.#state === "running") this.#state = "draining";
    return this;
  }

  /** Ends all sessions with "forced close" and refuses new ones. */
  close(): this {
    this.#state = "closed";
    this.#admission.flush();
    this.#openings.flush();
    for (const socket of this.#sessions.list()) socket.close(true);
    // No session is left to wait in them.
    const { heartbeat, polling, upgrades, closings } = this.#settings;
    for (const line of [polling.idlePolls, upgrades, closings]) line.flush();
    heartbeat.close();
    this.#oldSettings?.heartbeat.close();
    this.#websocketSettings.backlogs.close();
    return this;
  }

  #answer(
    request: Request,
    info: RequestInfo | undefined,
  ): Response | Promise<Response> {
    const query = readQuery(request.url);
    const answer = query.sid === undefined
      ? this.#onHandshake(request, info, query)
      : this.#onSessionRequest(
        request,
        query,
        query.sid,
        info?.acceptWebSocket,
      );
    if (!this.#listeners.has("headers")) return answer;
    return isThenable(answer)
      ? answer.then((response) => this.#callHeaders(response, request))
      : this.#callHeaders(answer as Response, request); // not a promise
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
    if (!this.#hasTransport(transport)) {
      return this.#refuse(request, 0, { transport });
    }
    const socket = this.#sessions.get(sid);
    if (socket === undefined) {
      return this.#forward?.(sid, request) ?? this.#refuse(request, 1, { sid });
    }
    this.#sessions.hear(socket);
    const protocol = EIO === "4" ? 4 : 3;
    if (protocol !== socket.protocol) {
      return this.#refuse(request, 3, {
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
      return this.#acceptWebSocket(
        request,
        socket.revision,
        (transport) => socket.startUpgrade(transport),
        acceptWebSocket,
      );
    }
    return this.#refuse(request, 3, {
      name: "TRANSPORT_MISMATCH",
      transport,
      previousTransport: socket.transport.name,
    });
  }

  /** Whether a session may be on its way to a WebSocket, or may have moved to one. */
  #mayMove(socket: EngineSocket): boolean {
    return this.#upgrades.includes("websocket") &&
      (socket.transport.name === "polling" || socket.upgraded);
  }

  #onHandshake(
    request: Request,
    info: RequestInfo | undefined,
    { EIO, transport }: EngineQuery,
  ): Response | Promise<Response> {
    if (!this.#hasTransport(transport)) {
      return this.#refuse(request, 0, { transport });
    }
    if (request.method !== "GET") {
      return this.#refuse(request, 2, { method: request.method });
    }
    if (isWebSocketRequest(request) !== (transport === "websocket")) {
      return this.#refuse(request, 3, { name: "TRANSPORT_HANDSHAKE_ERROR" });
    }
    const settings = EIO === "4" ? this.#settings : this.#oldSettings;
    if (settings === undefined) {
      return this.#refuse(request, 5, { protocol: 3 });
    }
    if (this.#state !== "running") return this.#refuseAll(request, this.#state);
    // Any look-up of a missing header makes the runtime keep them all beyond the answer.
    request.headers.has("engine.io");
    const origin = request.headers.get("origin");
    if (origin !== null && /[^\t\x20-\x7e\x80-\xff]/.test(origin)) {
      return this.#refuse(request, 3, { name: "INVALID_ORIGIN", origin });
    }
    const handshake = this.#describe(request, info);
    if (handshake === undefined) {
      return this.#refuseWithout(request, 500, "failed");
    }
    const { remoteAddress } = handshake;
    if (this.#sessions.isFull(remoteAddress)) {
      return this.#refuseAddress(request, remoteAddress);
    }
    const { limits } = this.options;
    const pending = this.#openings.size + this.#admission.pending;
    const exceeded = pending >= limits.pendingHandshakes
      ? "pendingHandshakes"
      : this.#sessions.size + pending >= limits.connections
      ? "connections"
      : undefined;
    if (exceeded !== undefined) {
      this.diagnostics.reportLimit(exceeded, remoteAddress);
      return this.#refuseWithout(request, 503, "busy");
    }
    const acceptWebSocket = info?.acceptWebSocket;
    const id = this.#admission.admit(request);
    if (typeof id === "string") {
      return this.#begin(id, handshake, transport, settings, acceptWebSocket);
    }
    return id.then(
      (id) => this.#begin(id, handshake, transport, settings, acceptWebSocket),
      (error: HandshakeError) =>
        // admit() throws no other
        this.#state !== "running"
          ? this.#refuseAll(request, this.#state)
          : this.#refuse(
            request,
            error.code,
            error.context,
            error.upgradeStatus,
          ),
    );
  }

  /** What is kept of a handshake; `undefined` if `trustProxy` failed. */
  #describe(
    request: Request,
    info: RequestInfo | undefined,
  ): HandshakeInfo | undefined {
    try {
      const { address, secure } = this.#readAddress(request, info);
      return {
        request,
        remoteAddress: address,
        secure,
        issued: Date.now(),
      };
    } catch (error) {
      this.diagnostics.reportError(error, "trustProxy");
      return undefined;
    }
  }

  #hasTransport(transport: string | undefined): boolean {
    return this.options.transports.some((name) => name === transport);
  }

  /** Answers a handshake that was let in. */
  #begin(
    id: string,
    handshake: HandshakeInfo,
    transport: string | undefined,
    settings: SocketSettings,
    acceptWebSocket: AcceptWebSocket | undefined,
  ): Response {
    const { request } = handshake;
    if (this.#state !== "running") return this.#refuseAll(request, this.#state);
    if (this.#sessions.has(id)) { // it was given twice meanwhile
      return this.#refuse(request, 3, { name: "ID_GENERATION_ERROR" });
    }
    if (this.#sessions.isFull(handshake.remoteAddress)) {
      return this.#refuseAddress(request, handshake.remoteAddress);
    }
    // Made first: what fails must fail before a WebSocket is accepted.
    const cookie = this.#writeCookie?.(id);
    const response = transport === "websocket"
      ? this.#acceptWebSocket(request, settings.revision, (transport) => {
        this.#start(
          new EngineSocket(id, handshake, transport, settings),
          transport,
        );
      }, acceptWebSocket)
      : this.#beginPolling(id, handshake, settings);
    if (response.status >= 400) return response;
    if (cookie !== undefined) response.headers.append("set-cookie", cookie);
    if (this.#listeners.has("initial_headers")) {
      this.#listeners.call(this, "initial_headers", [
        response.headers,
        request,
      ]);
    }
    return response;
  }

  /** Begins a session over long-polling, and answers its handshake. */
  #beginPolling(
    id: string,
    handshake: HandshakeInfo,
    shared: SocketSettings,
  ): Response {
    const { request } = handshake;
    const format = shared.revision.pollingFormat(request.url);
    const settings = format === shared.polling.format
      ? shared
      : { ...shared, polling: { ...shared.polling, format } };
    const body = format.encode([control(this.#openPacket(id, this.#upgrades))]);
    const response = respondToPoll(body, request, settings.polling);
    const socket = new EngineSocket(id, handshake, undefined, settings);
    this.#start(socket);
    if (socket.readyState === "open") this.#sessions.await(socket);
    return response;
  }

  /** Ends a session whose client has not come back to it, in favour of others. */
  #giveUp(socket: EngineSocket): void {
    socket.onLimitExceeded("pendingHandshakes");
    socket.abort({ description: "client has not come back to its handshake" });
  }

  /** Lets a session live; `websocket` has not told its client yet. */
  #start(socket: EngineSocket, websocket?: WebSocketTransport): void {
    if (this.#state === "closed") return socket.end("forced close");
    if (!this.#sessions.add(socket)) { // others have come since it was let in
      if (this.#sessions.isFull(socket.remoteAddress)) {
        this.diagnostics.reportLimit(
          "connectionsPerAddress",
          socket.remoteAddress,
        );
      }
      return socket.end("forced close");
    }
    if (this.diagnostics.hears("sessionstart")) {
      this.diagnostics.dispatchEvent(new SessionStartEvent(socket));
    }
    websocket?.write(control(this.#openPacket(socket.id, [])));
    const { initialPacket } = this.options;
    if (initialPacket !== undefined) socket.send(initialPacket);
    try {
      socket.owner = this.#accept?.(socket);
    } catch (error) {
      this.diagnostics.reportError(error, "the layer above the engine");
      return socket.end("forced close");
    }
    this.#listeners.call(this, "connection", [socket]);
    socket.open();
  }

  #openPacket(sid: string, upgrades: readonly string[]): string {
    const { pingInterval, pingTimeout, maxHttpBufferSize } = this.options;
    return "0" + JSON.stringify({
      sid,
      upgrades,
      pingInterval,
      pingTimeout,
      maxPayload: maxHttpBufferSize,
    });
  }

  /**
   * Accepts a WebSocket. Nothing may throw once Deno has: it would stop listening
   * unless it gets this very response.
   */
  #acceptWebSocket(
    request: Request,
    revision: Revision,
    onOpen: (transport: WebSocketTransport) => void,
    acceptWebSocket: AcceptWebSocket = Deno.upgradeWebSocket,
  ): Response {
    const options = readWebSocketHandshake(request);
    if (options === undefined) {
      return this.#refuse(request, 3, { name: "TRANSPORT_HANDSHAKE_ERROR" });
    }
    const format = revision.websocketFormat(request.url);
    let upgrade: ReturnType<AcceptWebSocket>;
    try {
      upgrade = acceptWebSocket(request, options);
    } catch (error) {
      return this.#refuse(request, 3, {
        name: "TRANSPORT_HANDSHAKE_ERROR",
        error,
      });
    }
    this.#openings.add(
      new WebSocketTransport(
        upgrade.socket,
        format,
        this.#websocketSettings,
        (transport, isOpen) => {
          this.#openings.delete(transport);
          if (isOpen) onOpen(transport);
        },
      ),
    );
    return upgrade.response;
  }

  /** What a client gets that comes too late. */
  #refuseAll(request: Request, state: "draining" | "closed"): Response {
    const headers: HeadersInit = state === "draining"
      ? { "retry-after": `${this.#retryAfter}` }
      : {};
    return this.#refuseWithout(request, 503, state, headers);
  }

  /** Refuses a request with a status for which the protocol has no code. */
  #refuseWithout(
    request: Request,
    status: number,
    reason: RefusalReason,
    headers: HeadersInit = {},
  ): Response {
    if (this.diagnostics.hears("handshakerefused")) {
      this.diagnostics.dispatchEvent(
        new HandshakeRefusedEvent(request, status, reason),
      );
    }
    return new Response(null, { status, headers });
  }

  #refuseAddress(request: Request, remoteAddress: string): Response {
    this.diagnostics.reportLimit("connectionsPerAddress", remoteAddress);
    return this.#refuse(request, 4, {
      name: "TOO_MANY_CONNECTIONS",
      remoteAddress,
    });
  }

  #refuse(
    request: Request,
    code: ErrorCode,
    context: Readonly<Record<string, unknown>>,
    upgradeStatus?: number,
  ): Response {
    const error = new HandshakeError(code, context, upgradeStatus);
    this.#listeners.call(this, "connection_error", [{
      req: request,
      code,
      message: error.message,
      context,
    }]);
    const response = error.toResponse(isWebSocketRequest(request));
    if (this.diagnostics.hears("handshakerefused")) {
      const { status } = response;
      this.diagnostics.dispatchEvent(
        new HandshakeRefusedEvent(
          request,
          status,
          code,
          error.message,
          context,
        ),
      );
    }
    return response;
  }
}

function compressionThreshold(
  { httpCompression }: ResolvedEngineOptions,
): number | undefined {
  if (httpCompression === false) return undefined;
  return httpCompression === true ? 1024 : httpCompression.threshold ?? 1024;
}
