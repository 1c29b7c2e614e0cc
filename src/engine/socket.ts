import type { DelayLine } from "../delay_line.ts";
import { PacketErrorEvent } from "../diagnostic_events.ts";
import type { Diagnostics } from "../diagnostics.ts";
import type { Packet } from "../engine_parser/mod.ts";
import { EventSource } from "../event_source.ts";
import { callSafely, type ErrorReporter, Listeners } from "../listeners.ts";
import type { Heartbeat, HeartbeatPeer } from "./heartbeat.ts";
import { control, type EncodedMessage, type Frame } from "./message.ts";
import type { Revision } from "./revision.ts";
import {
  type PollingSettings,
  PollingTransport,
} from "./transports/polling.ts";
import type {
  CloseDescription,
  Transport,
  TransportLimit,
  TransportName,
  TransportOwner,
} from "./transports/transport.ts";
import type { WebSocketTransport } from "./transports/websocket.ts";
import { Upgrade, type UpgradeHost } from "./upgrade.ts";

/** Why a session ended. */
export type CloseReason =
  | "transport close"
  | "transport error"
  | "ping timeout"
  | "parse error"
  | "forced close";

/** The events of a {@linkcode Socket}, with the arguments of their listeners. */
export interface SocketEvents {
  /** The session has begun: right after its server's `connection`. */
  open: () => void;
  /** A message arrived: a string, or bytes in memory of their own. */
  message: (data: string | Uint8Array) => void;
  /** Another name of `message`. */
  data: (data: string | Uint8Array) => void;
  /** A packet of any type arrived. */
  packet: (packet: Packet) => void;
  /** A packet is about to be sent. */
  packetCreate: (packet: Packet) => void;
  /** The client has shown that it is there, by a pong or, in revision 3, a ping. */
  heartbeat: () => void;
  /** The client has opened a WebSocket and is about to move to it. */
  upgrading: (transport: TransportInfo) => void;
  /** The session has moved to a WebSocket. */
  upgrade: (transport: TransportInfo) => void;
  /** What was written has been handed to the runtime or to a waiting poll. */
  flush: () => void;
  /** Nothing waits any more: the same moment as `flush` on our transports. */
  drain: () => void;
  /** The session has ended. */
  close: (reason: CloseReason, description?: CloseDescription) => void;
}

/** The transport of a session. */
export interface TransportInfo {
  /** `"polling"` or `"websocket"`. */
  readonly name: TransportName;
  /** Whether a message written now leaves at once. */
  readonly writable: boolean;
}

/** What was asked for when a session began. */
export interface HandshakeInfo {
  /** The first request; its headers stay readable. */
  readonly request: Request;
  /** The client's address, `""` where there is none. */
  readonly remoteAddress: string;
  /** Whether the client came over TLS. */
  readonly secure: boolean;
  /** When it came, in milliseconds of the epoch. */
  readonly issued: number;
}

/**
 * One Engine.IO session, whichever transport carries it.
 *
 * @example Usage
 * ```ts
 * import { Server, type Socket } from "@deno-socketio/server/engine";
 *
 * const engine = new Server();
 * engine.on("connection", (socket: Socket) => {
 *   socket.on("message", (data) => socket.send(data));
 *   socket.on("close", (reason) => console.log(socket.id, reason));
 * });
 * ```
 */
export interface Socket extends EventSource<SocketEvents> {
  /** The session's id: 20 characters, a secret between server and client. */
  readonly id: string;
  /** The revision of the protocol. */
  readonly protocol: 3 | 4;
  /** What was asked for when the session began. */
  readonly handshake: HandshakeInfo;
  /** The first request. */
  readonly request: Request;
  /** The client's address, `""` where there is none. */
  readonly remoteAddress: string;
  /** Where the session is in its life. */
  readonly readyState: "open" | "closing" | "closed";
  /** What carries the session. */
  readonly transport: TransportInfo;
  /** Whether it began on long-polling and moved to a WebSocket. */
  readonly upgraded: boolean;
  /** Whether it is on its way to a WebSocket. */
  readonly upgrading: boolean;
  /** Bytes that were sent and have not left. */
  readonly bufferedAmount: number;
  /**
   * When the last ping was sent that the client has answered, in milliseconds of the
   * epoch, 0 before the first: what was sent until then has arrived.
   */
  readonly confirmedAt: number;
  /** Whether a message sent now leaves at once. */
  readonly writable: boolean;
  /**
   * Sends a message.
   *
   * @param data Text, or bytes.
   * @param options Node's; Deno compresses no WebSocket messages.
   * @param callback Is called when the message has been handed to the runtime.
   * @returns This socket.
   */
  send(
    data: string | Uint8Array,
    options?: SendOptions | (() => void),
    callback?: () => void,
  ): this;
  /** Another name of {@linkcode Socket.send}. */
  write(
    data: string | Uint8Array,
    options?: SendOptions | (() => void),
    callback?: () => void,
  ): this;
  /** Sends all frames of `message`, with no other packet between them. */
  writeMessage(message: EncodedMessage): void;
  /**
   * Ends the session with "forced close".
   *
   * @param discard Whether to drop what has not left (default `false`).
   */
  close(discard?: boolean): void;
  /**
   * Ends the session at once with "transport error": for a client that broke a rule.
   *
   * @param description What it did.
   */
  abort(description: CloseDescription): void;
}

/** Options of {@linkcode Socket.send}. */
export interface SendOptions {
  /** Whether to compress the message: accepted, and without effect on Deno. */
  readonly compress?: boolean;
}

/** Who uses a session: the layer above. */
export interface SocketOwner {
  /** A message arrived. */
  onMessage(data: Frame): void;
  /** The session has ended; nothing follows. */
  onClose(reason: CloseReason, description?: CloseDescription): void;
}

/** What the sessions of one server share that speak one revision. */
export interface SocketSettings {
  readonly revision: Revision;
  readonly heartbeat: Heartbeat;
  readonly polling: PollingSettings;
  /** Where upgrades wait for their end. */
  readonly upgrades: DelayLine<Upgrade>;
  /** Where closing sessions wait for their last poll. */
  readonly closings: DelayLine<EngineSocket>;
  readonly maxBufferedAmount: number;
  /** Hears that a socket's client has exceeded a limit. */
  readonly onLimitExceeded: (limit: string, socket: EngineSocket) => void;
  /** Where it is told what passes. */
  readonly diagnostics: Diagnostics;
  /** Reports what a listener threw. */
  readonly onListenerError: ErrorReporter;
  /** Hears that what a socket had written was handed over. */
  readonly onSocketFlushed: (socket: EngineSocket) => void;
  /** Forgets a session that has ended. */
  readonly onSocketClosed: (
    socket: EngineSocket,
    reason: CloseReason,
    description: CloseDescription | undefined,
  ) => void;
}

const PING = control("2");
const PONG = control("3");
const NO_ARGS: readonly [] = [];

/**
 * The one implementation of {@linkcode Socket}.
 *
 * open ──close()──▶ closing ──queue drained──▶ closed
 *   └─────── end(): timeout, transport gone ─────▲
 */
export class EngineSocket extends EventSource<SocketEvents>
  implements Socket, TransportOwner, HeartbeatPeer, UpgradeHost {
  readonly id: string;
  readonly handshake: HandshakeInfo;
  /** Set by the server as soon as the layer above has accepted the session. */
  owner: SocketOwner | undefined;
  readonly #settings: SocketSettings;
  readonly #listeners: Listeners;
  #state: "open" | "closing" | "closed" = "open";
  #transport: Transport;
  #upgrade: Upgrade | undefined;
  #upgraded = false;
  #pong: "not due" | "due" | "extended" = "not due";
  #pingedAt = 0;
  confirmedAt = 0;
  #flushCallbacks: (() => void)[] | undefined;

  /**
   * @param id The session's id.
   * @param handshake What was asked for.
   * @param websocket What carries the session; long-polling without one.
   * @param settings What the sessions of the server share.
   */
  constructor(
    id: string,
    handshake: HandshakeInfo,
    websocket: WebSocketTransport | undefined,
    settings: SocketSettings,
  ) {
    const listeners = new Listeners(settings.onListenerError);
    super(listeners);
    this.id = id;
    this.handshake = handshake;
    this.#settings = settings;
    this.#listeners = listeners;
    this.#transport = websocket ?? new PollingTransport(this, settings.polling);
    websocket?.bind(this);
    settings.heartbeat.start(this);
  }

  get revision(): Revision {
    return this.#settings.revision;
  }

  get protocol(): 3 | 4 {
    return this.#settings.revision.protocol;
  }

  get request(): Request {
    return this.handshake.request;
  }

  get remoteAddress(): string {
    return this.handshake.remoteAddress;
  }

  get readyState(): "open" | "closing" | "closed" {
    return this.#state;
  }

  get transport(): TransportInfo {
    return this.#transport;
  }

  get upgrading(): boolean {
    return this.#upgrade !== undefined;
  }

  get upgraded(): boolean {
    return this.#upgraded;
  }

  get bufferedAmount(): number {
    return this.#transport.bufferedAmount;
  }

  get writable(): boolean {
    return this.#state === "open" && this.#transport.writable;
  }

  send(
    data: string | Uint8Array,
    options?: SendOptions | (() => void),
    callback = typeof options === "function" ? options : undefined,
  ): this {
    if (callback !== undefined && this.#state === "open") {
      (this.#flushCallbacks ??= []).push(callback);
    }
    this.writeMessage({ frames: [data] });
    return this;
  }

  write(
    data: string | Uint8Array,
    options?: SendOptions | (() => void),
    callback?: () => void,
  ): this {
    return this.send(data, options, callback);
  }

  writeMessage(message: EncodedMessage): void {
    if (this.#state !== "open" || !this.#hasRoom()) return;
    if (this.#listeners.has("packetCreate")) {
      for (const data of message.frames) {
        this.#listeners.call(this, "packetCreate", [{ type: "message", data }]);
      }
    }
    const { observer } = this.#settings.diagnostics;
    if (observer !== undefined) {
      for (const frame of message.frames) observer.onPacketSent(frame.length);
    }
    this.#transport.write(message);
  }

  /** Whether more may wait for the client; ends the session if not. */
  #hasRoom(): boolean {
    const transport = this.#transport;
    if (!transport.hasBuffered(this.#settings.maxBufferedAmount)) return true;
    this.onLimitExceeded("maxBufferedAmount");
    this.abort({
      description: "client does not read: maxBufferedAmount exceeded",
      context: { bufferedAmount: transport.bufferedAmount },
    });
    return false;
  }

  /** Answers an HTTP request that carries this session's id. */
  handlePoll(request: Request): Response | Promise<Response> | undefined {
    return this.#transport instanceof PollingTransport
      ? this.#transport.handle(request)
      : undefined;
  }

  /** Answers the poll that is held, if one is: the client polls again. */
  releasePoll(): void {
    if (this.#transport instanceof PollingTransport) {
      this.#transport.releaseOnce();
    }
  }

  /** Whether a WebSocket that carries this session's id may try to take over. */
  get upgradable(): boolean {
    return this.#state === "open" && this.#upgrade === undefined &&
      this.#transport.name === "polling";
  }

  /** Lets the session move to `transport`, if the client then wants it. */
  startUpgrade(transport: WebSocketTransport): void {
    if (!this.upgradable) return transport.close();
    this.#upgrade = new Upgrade(transport, this);
    this.#settings.upgrades.add(this.#upgrade);
  }

  onProbe(transport: WebSocketTransport): void {
    if (this.#transport instanceof PollingTransport) this.#transport.release();
    this.#listeners.call(this, "upgrading", [transport]);
  }

  onUpgraded(transport: WebSocketTransport): void {
    const polling = this.#transport;
    this.#forgetUpgrade();
    this.#transport = transport;
    this.#upgraded = true;
    transport.bind(this);
    if (polling instanceof PollingTransport) {
      for (const message of polling.takeQueue()) transport.write(message);
    }
    polling.close("peer closed");
    this.#listeners.call(this, "upgrade", [transport]);
    if (this.#state === "closing") this.#finish();
  }

  onUpgradeAbandoned(): void {
    this.#forgetUpgrade();
    if (this.#transport instanceof PollingTransport) this.#transport.resume();
  }

  #forgetUpgrade(): void {
    if (this.#upgrade !== undefined) {
      this.#settings.upgrades.delete(this.#upgrade);
    }
    this.#upgrade = undefined;
  }

  ping(): void {
    this.#pong = "due";
    this.#pingedAt = Date.now();
    this.#writeBeat("ping", PING);
  }

  pong(): void {
    // It is the client that decides how many there are.
    if (this.#hasRoom()) this.#writeBeat("pong", PONG);
  }

  #writeBeat(type: "ping" | "pong", packet: EncodedMessage): void {
    if (this.#listeners.has("packetCreate")) {
      this.#listeners.call(this, "packetCreate", [{ type }]);
    }
    this.#settings.diagnostics.observer?.onPacketSent(0);
    this.#transport.write(packet);
  }

  onConfirmed(): void {
    this.confirmedAt = this.#pingedAt;
  }

  onPingTimeout(): void {
    this.end("ping timeout");
  }

  onPacket(packet: Packet): void {
    if (this.#state !== "open") return this.#onLatePacket(packet);
    this.#settings.diagnostics.observer?.onPacketReceived(
      packet.data?.length ?? 0,
    );
    if (this.#listeners.has("packet")) {
      this.#listeners.call(this, "packet", [packet]);
    }
    if (this.#pong === "due" && packet.type !== "pong") {
      this.#pong = "extended";
      this.#settings.heartbeat.extend(this);
    }
    switch (packet.type) {
      case "message":
        return this.#onMessage(packet.data ?? "");
      case "ping":
      case "pong":
        return this.#onBeat(packet.type);
      case "close":
        if (this.#transport.name === "polling") this.end("transport close");
        return;
    }
  }

  #onBeat(type: "ping" | "pong"): void {
    const { heartbeat } = this.#settings;
    if (type !== heartbeat.beat) {
      return this.abort({ description: "invalid heartbeat direction" });
    }
    this.#pong = "not due";
    heartbeat.onBeat(this);
    this.#listeners.call(this, "heartbeat", NO_ARGS);
  }

  /** A session that is closing has nothing to hear but that its client closes too. */
  #onLatePacket({ type }: Packet): void {
    if (type === "close" && this.#transport.name === "polling") {
      this.end("forced close");
    }
  }

  #onMessage(data: Frame): void {
    this.owner?.onMessage(data);
    if (this.#listeners.has("message") || this.#listeners.has("data")) {
      this.#listeners.call(this, "data", [data]);
      this.#listeners.call(this, "message", [data]);
    }
  }

  onLimitExceeded(
    limit: TransportLimit | "maxBufferedAmount" | "pendingHandshakes",
  ): void {
    this.#settings.onLimitExceeded(limit, this);
  }

  onPacketError(context: unknown): void {
    const { diagnostics } = this.#settings;
    if (diagnostics.hears("packeterror")) {
      diagnostics.dispatchEvent(
        new PacketErrorEvent(context, this.remoteAddress),
      );
    }
    this.end("parse error", { description: "invalid packet", context });
  }

  onTransportError(description: CloseDescription): void {
    this.abort(description);
  }

  onTransportClose(description: CloseDescription): void {
    this.end("transport close", description);
  }

  onFlush(): void {
    if (this.#flushCallbacks !== undefined) this.#callFlushCallbacks();
    if (!this.#listeners.isEmpty) {
      this.#listeners.call(this, "flush", NO_ARGS);
      this.#listeners.call(this, "drain", NO_ARGS);
    }
    this.#settings.onSocketFlushed(this);
  }

  #callFlushCallbacks(): void {
    const callbacks = this.#flushCallbacks ?? [];
    this.#flushCallbacks = undefined;
    for (const callback of callbacks) {
      callSafely(
        callback,
        this,
        NO_ARGS,
        this.#settings.onListenerError,
        "flush",
      );
    }
  }

  close(discard = false): void {
    if (discard) return this.end("forced close");
    if (this.#state !== "open") return;
    this.#state = "closing";
    this.#settings.closings.add(this);
    this.#finish();
  }

  abort(description: CloseDescription): void {
    this.end("transport error", description);
  }

  /** Tells listeners that the session has begun. */
  open(): void {
    this.#listeners.call(this, "open", NO_ARGS);
  }

  #finish(): void {
    this.#transport.finish(() => this.end("forced close"));
  }

  /** Ends the session now: the only way into `closed`. */
  end(reason: CloseReason, description?: CloseDescription): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#settings.heartbeat.stop(this);
    this.#settings.closings.delete(this);
    this.#upgrade?.abandon();
    this.#transport.close(
      reason === "forced close"
        ? "server closes"
        : reason === "transport close"
        ? "peer closed"
        : "failed",
    );
    this.#settings.onSocketClosed(this, reason, description);
    this.owner?.onClose(reason, description);
    this.#listeners.call(this, "close", [reason, description]);
  }
}
