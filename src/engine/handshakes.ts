import { SessionStartEvent } from "../diagnostic_events.ts";
import type { Diagnostics } from "../diagnostics.ts";
import type { Listeners } from "../listeners.ts";
import { Admission } from "./admission.ts";
import { type ClientAddress, clientAddressReader } from "./client_address.ts";
import { cookieWriter } from "./cookie.ts";
import type { HandshakeError } from "./errors.ts";
import { control, type EncodedMessage } from "./message.ts";
import type { RequestInfo } from "./middleware.ts";
import type { EngineOptions, ResolvedEngineOptions } from "./options.ts";
import type { Openings } from "./openings.ts";
import type { EngineQuery } from "./query.ts";
import type { Refusals } from "./refusals.ts";
import type { Sessions } from "./sessions.ts";
import {
  EngineSocket,
  type HandshakeInfo,
  type Socket,
  type SocketOwner,
  type SocketSettings,
} from "./socket.ts";
import { respondToPoll } from "./transports/polling.ts";
import type { TransportName } from "./transports/transport.ts";
import type {
  AcceptWebSocket,
  WebSocketTransport,
} from "./transports/websocket.ts";
import { isWebSocketRequest } from "./websocket_handshake.ts";

/** What handshakes need of their server. */
export interface HandshakeHost {
  /** What listeners get as `this`. */
  readonly server: object;
  readonly options: ResolvedEngineOptions;
  readonly listeners: Listeners;
  readonly diagnostics: Diagnostics;
  readonly sessions: Sessions;
  readonly openings: Openings;
  readonly refusals: Refusals;
  /** What sessions of a revision share; `undefined` if it is not let in. */
  settingsOf(protocol: 3 | 4): SocketSettings | undefined;
  /** Takes each session over. */
  readonly accept: ((socket: Socket) => SocketOwner) | undefined;
  /** What the id of each session begins with. */
  readonly idPrefix: string | undefined;
}

/**
 * Lets sessions begin.
 *
 * running ──drain()──▶ draining ──close()──▶ closed
 */
export class Handshakes {
  /** The transports to which a session may move from long-polling. */
  readonly upgrades: readonly TransportName[];
  readonly #host: HandshakeHost;
  readonly #admission: Admission;
  readonly #readAddress: (
    request: Request,
    info: RequestInfo | undefined,
  ) => ClientAddress;
  readonly #writeCookie: ((id: string) => string) | undefined;
  /** What the first packet of a session says behind its id. */
  readonly #pollingTerms: string;
  readonly #websocketTerms: string;
  #state: "running" | "draining" | "closed" = "running";
  /** Seconds after which a client that is refused may ask again. */
  #retryAfter = 0;

  /** Lets sessions of `host` begin. */
  constructor(host: HandshakeHost) {
    const { options, diagnostics, sessions } = host;
    this.#host = host;
    this.upgrades = options.allowUpgrades
      ? options.transports.filter((name) => name !== "polling")
      : [];
    this.#pollingTerms = writeTerms(this.upgrades, options);
    this.#websocketTerms = writeTerms([], options);
    this.#readAddress = clientAddressReader(options.trustProxy);
    this.#writeCookie = cookieWriter(options.cookie);
    this.#admission = new Admission(
      options,
      diagnostics,
      (id) => sessions.has(id),
      host.idPrefix,
    );
  }

  /** Makes the ids of sessions, where the application does. */
  get generateId(): EngineOptions["generateId"] {
    return this.#admission.generateId;
  }

  set generateId(generateId: EngineOptions["generateId"]) {
    this.#admission.generateId = generateId;
  }

  /**
   * Refuses new sessions from now on.
   *
   * @param retryAfter Seconds after which a client may ask again.
   */
  drain(retryAfter: number): void {
    this.#retryAfter = retryAfter;
    if (this.#state === "running") this.#state = "draining";
  }

  /** Refuses all sessions, those too that were about to begin. */
  close(): void {
    this.#state = "closed";
    this.#admission.flush();
  }

  /** Answers a request that asks for a session by a transport there is. */
  handle(
    request: Request,
    info: RequestInfo | undefined,
    { EIO, transport }: EngineQuery,
  ): Response | Promise<Response> {
    const { refusals, options: { limits }, sessions } = this.#host;
    if (request.method !== "GET") {
      return refusals.refuse(request, 2, { method: request.method });
    }
    if (isWebSocketRequest(request) !== (transport === "websocket")) {
      return refusals.refuse(request, 3, { name: "TRANSPORT_HANDSHAKE_ERROR" });
    }
    const settings = this.#host.settingsOf(EIO === "4" ? 4 : 3);
    if (settings === undefined) {
      return refusals.refuse(request, 5, { protocol: 3 });
    }
    if (this.#state !== "running") return this.#refuseAll(request, this.#state);
    // Any look-up of a missing header makes the runtime keep them all beyond the answer.
    request.headers.has("engine.io");
    const origin = request.headers.get("origin");
    if (origin !== null && /[^\t\x20-\x7e\x80-\xff]/.test(origin)) {
      return refusals.refuse(request, 3, { name: "INVALID_ORIGIN", origin });
    }
    const handshake = this.#describe(request, info);
    if (handshake === undefined) {
      return refusals.refuseWithout(request, 500, "failed");
    }
    const { remoteAddress } = handshake;
    if (sessions.isFull(remoteAddress)) {
      return refusals.refuseAddress(request, remoteAddress);
    }
    const pending = this.#host.openings.size + this.#admission.pending;
    const exceeded = pending >= limits.pendingHandshakes
      ? "pendingHandshakes"
      : sessions.size + pending >= limits.connections
      ? "connections"
      : undefined;
    if (exceeded !== undefined) {
      this.#host.diagnostics.reportLimit(exceeded, remoteAddress);
      return refusals.refuseWithout(request, 503, "busy");
    }
    const acceptWebSocket = info?.acceptWebSocket;
    const id = this.#admission.admit(request);
    if (typeof id === "string") {
      return this.#begin(id, handshake, transport, settings, acceptWebSocket);
    }
    return id.then(
      (id) => this.#begin(id, handshake, transport, settings, acceptWebSocket),
      ({ code, context, upgradeStatus }: HandshakeError) =>
        // admit() throws no other
        this.#state !== "running"
          ? this.#refuseAll(request, this.#state)
          : refusals.refuse(request, code, context, upgradeStatus),
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
      this.#host.diagnostics.reportError(error, "trustProxy");
      return undefined;
    }
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
    const { sessions, refusals, openings, listeners, server } = this.#host;
    if (this.#state !== "running") return this.#refuseAll(request, this.#state);
    if (sessions.has(id)) { // it was given twice meanwhile
      return refusals.refuse(request, 3, { name: "ID_GENERATION_ERROR" });
    }
    if (sessions.isFull(handshake.remoteAddress)) {
      return refusals.refuseAddress(request, handshake.remoteAddress);
    }
    // Made first: what fails must fail before a WebSocket is accepted.
    const cookie = this.#writeCookie?.(id);
    const response = transport === "websocket"
      ? openings.accept(request, settings.revision, (transport) => {
        this.#start(
          new EngineSocket(id, handshake, transport, settings),
          transport,
        );
      }, acceptWebSocket)
      : this.#beginPolling(id, handshake, settings);
    if (response.status >= 400) return response;
    if (cookie !== undefined) response.headers.append("set-cookie", cookie);
    if (listeners.has("initial_headers")) {
      listeners.call(server, "initial_headers", [response.headers, request]);
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
    const body = format.encode([this.#openPacket(id, this.#pollingTerms)]);
    const response = respondToPoll(body, request, settings.polling);
    const socket = new EngineSocket(id, handshake, undefined, settings);
    this.#start(socket);
    if (socket.readyState === "open") this.#host.sessions.await(socket);
    return response;
  }

  /** Lets a session live; `websocket` has not told its client yet. */
  #start(socket: EngineSocket, websocket?: WebSocketTransport): void {
    const { sessions, diagnostics, listeners, server, accept } = this.#host;
    const { remoteAddress } = socket;
    if (this.#state === "closed") return socket.end("forced close");
    if (!sessions.add(socket)) { // others have come since it was let in
      if (sessions.isFull(remoteAddress)) {
        diagnostics.reportLimit("connectionsPerAddress", remoteAddress);
      }
      return socket.end("forced close");
    }
    if (diagnostics.hears("sessionstart")) {
      diagnostics.dispatchEvent(new SessionStartEvent(socket));
    }
    websocket?.write(this.#openPacket(socket.id, this.#websocketTerms));
    const { initialPacket } = this.#host.options;
    if (initialPacket !== undefined) socket.send(initialPacket);
    try {
      socket.owner = accept?.(socket);
    } catch (error) {
      diagnostics.reportError(error, "the layer above the engine");
      return socket.end("forced close");
    }
    listeners.call(server, "connection", [socket]);
    socket.open();
  }

  #openPacket(sid: string, terms: string): EncodedMessage {
    return control(`0{"sid":${JSON.stringify(sid)},${terms}`);
  }

  /** What a client gets that comes too late. */
  #refuseAll(request: Request, state: "draining" | "closed"): Response {
    const headers: HeadersInit = state === "draining"
      ? { "retry-after": `${this.#retryAfter}` }
      : {};
    return this.#host.refusals.refuseWithout(request, 503, state, headers);
  }
}

/** The rest of an object in JSON that tells a client what it can rely on. */
function writeTerms(
  upgrades: readonly TransportName[],
  { pingInterval, pingTimeout, maxHttpBufferSize }: ResolvedEngineOptions,
): string {
  const maxPayload = maxHttpBufferSize;
  return JSON.stringify({ upgrades, pingInterval, pingTimeout, maxPayload })
    .slice(1);
}
