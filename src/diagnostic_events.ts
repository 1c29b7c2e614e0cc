import type { ObservedSocket } from "./observer.ts";

/** What the server reports when a function of the application fails. */
export class CallbackErrorEvent extends Event {
  /** What was thrown, or what a promise was rejected with. */
  readonly error: unknown;
  /** Which function failed, for people: `a listener of "message"`. */
  readonly source: string;

  /** Reports `error`, which came out of `source`. */
  constructor(error: unknown, source: string) {
    super("callbackerror", { cancelable: true });
    this.error = error;
    this.source = source;
  }
}

/**
 * What the server reports when an adapter fails: a message to other servers was lost,
 * a room could not be joined, a session not be kept.
 *
 * Unless a listener calls `preventDefault()`, a {@linkcode CallbackErrorEvent} follows.
 */
export class AdapterErrorEvent extends Event {
  /** What was thrown, or what a promise was rejected with. */
  readonly error: unknown;
  /** The name of the adapter's namespace. */
  readonly namespace: string;

  /** Reports `error`, which came out of the adapter of `namespace`. */
  constructor(error: unknown, namespace: string) {
    super("adaptererror", { cancelable: true });
    this.error = error;
    this.namespace = namespace;
  }
}

/** What the server reports when a client exceeds a limit. */
export class LimitExceededEvent extends Event {
  /** The limit, as its option is named. */
  readonly limit: string;
  /** The client's address. */
  readonly address: string;

  /** Reports that the client at `address` has exceeded `limit`. */
  constructor(limit: string, address: string) {
    super("limitexceeded");
    this.limit = limit;
    this.address = address;
  }
}

/** What the server reports when a client sends what is no packet. */
export class PacketErrorEvent extends Event {
  /** What is wrong with it. */
  readonly error: unknown;
  /** The client's address. */
  readonly address: string;

  /** Reports `error`, which the client at `address` caused. */
  constructor(error: unknown, address: string) {
    super("packeterror");
    this.error = error;
    this.address = address;
  }
}

/**
 * Why a request was refused without an answer of the protocol's: the server is moving
 * its clients away or closed, too many clients wait, or a function of the application
 * failed.
 */
export type RefusalReason = "draining" | "closed" | "busy" | "failed";

/** What the server reports when it refuses a request. */
export class HandshakeRefusedEvent extends Event {
  /** The request. */
  readonly request: Request;
  /** The HTTP status that it got. */
  readonly status: number;
  /** The protocol's code, from 0 to 5, or why there is none. */
  readonly code: number | RefusalReason;
  /** What the client was told; empty where there is no code. */
  readonly message: string;
  /** What was wrong, by name. */
  readonly context: Readonly<Record<string, unknown>>;

  /** Reports that `request` was answered with `status`. */
  constructor(
    request: Request,
    status: number,
    code: number | RefusalReason,
    message = "",
    context: Readonly<Record<string, unknown>> = {},
  ) {
    super("handshakerefused");
    this.request = request;
    this.status = status;
    this.code = code;
    this.message = message;
    this.context = context;
  }
}

/** What the events of a client's whole connection tell of it. */
export interface ObservedSession {
  /** The client's address, `""` where there is none. */
  readonly remoteAddress: string;
  /** What carries the session. */
  readonly transport: {
    /** `"polling"` or `"websocket"`. */
    readonly name: string;
  };
  /** What was asked for when it began. */
  readonly handshake: {
    /** When that was, in milliseconds of the epoch. */
    readonly issued: number;
  };
}

/** What the server reports when a client's connection begins. */
export class SessionStartEvent extends Event {
  /** The client's address, `""` where there is none. */
  readonly address: string;
  /** What carries it: `"polling"` or `"websocket"`. */
  readonly transport: string;

  /** Reports the beginning of `session`. */
  constructor(session: ObservedSession) {
    super("sessionstart");
    this.address = session.remoteAddress;
    this.transport = session.transport.name;
  }
}

/** What the server reports when a client's connection has ended. */
export class SessionEndEvent extends Event {
  /** The client's address, `""` where there is none. */
  readonly address: string;
  /** What carried it in the end: `"polling"` or `"websocket"`. */
  readonly transport: string;
  /** Why it ended. */
  readonly reason: string;
  /** More about the reason, for people. */
  readonly description: string | undefined;
  /** Milliseconds that it lasted. */
  readonly duration: number;

  /** Reports the end of `session`. */
  constructor(
    session: ObservedSession,
    reason: string,
    description: string | undefined,
  ) {
    super("sessionend");
    this.address = session.remoteAddress;
    this.transport = session.transport.name;
    this.reason = reason;
    this.description = description;
    this.duration = Date.now() - session.handshake.issued;
  }
}

/** What the server reports of a client in a namespace. */
export class SocketEvent extends Event {
  /** The socket's id. */
  readonly id: string;
  /** The namespace's name. */
  readonly namespace: string;
  /**
   * The same, but for a namespace that came into being because a client asked for it:
   * what its parent was made from.
   */
  readonly namespaceGroup: string;
  /** The client's address, `""` where there is none. */
  readonly address: string;

  /** Reports something of `socket`. */
  constructor(type: string, socket: ObservedSocket) {
    super(type);
    this.id = socket.id;
    this.namespace = socket.namespace;
    this.namespaceGroup = socket.namespaceGroup;
    this.address = socket.address;
  }
}

/** What the server reports when a client has joined a namespace. */
export class ConnectionEvent extends SocketEvent {
  /** Whether an interrupted session goes on. */
  readonly recovered: boolean;

  /** Reports that `socket` is there. */
  constructor(socket: ObservedSocket) {
    super("connection", socket);
    this.recovered = socket.recovered;
  }
}

/** What the server reports when a client has left a namespace. */
export class DisconnectionEvent extends SocketEvent {
  /** Why it left. */
  readonly reason: string;
  /** More about the reason, for people. */
  readonly description: string | undefined;

  /** Reports that `socket` is gone. */
  constructor(
    socket: ObservedSocket,
    reason: string,
    description: string | undefined,
  ) {
    super("disconnection", socket);
    this.reason = reason;
    this.description = description;
  }
}

/** What the server reports when it does not let a client into a namespace. */
export class ConnectionRefusedEvent extends Event {
  /** The namespace's name, which the client chose. */
  readonly namespace: string;
  /**
   * The same for a namespace of the application's, what its parent was made from for
   * one that came into being because a client asked for it, `undefined` for one that
   * does not exist.
   */
  readonly namespaceGroup: string | undefined;
  /** The client's address, `""` where there is none. */
  readonly address: string;
  /** What the client was told. */
  readonly message: string;

  /** Reports that the client at `address` was told `message`. */
  constructor(
    namespace: string,
    namespaceGroup: string | undefined,
    address: string,
    message: string,
  ) {
    super("connectionrefused");
    this.namespace = namespace;
    this.namespaceGroup = namespaceGroup;
    this.address = address;
    this.message = message;
  }
}

/** What the server reports of an event that came from a client, or goes to one. */
export class TrafficEvent extends SocketEvent {
  /** The event's name, which the client chose if it sent it. */
  readonly name: string;
  /** Its arguments, which belong to the application. */
  readonly args: readonly unknown[];
  /** Whether the client wants an answer. */
  readonly wantsAnswer: boolean;

  /** Reports an event of this name. */
  constructor(
    type: "eventreceived" | "eventsent",
    socket: ObservedSocket,
    name: string,
    args: readonly unknown[],
    wantsAnswer: boolean,
  ) {
    super(type, socket);
    this.name = name;
    this.args = args;
    this.wantsAnswer = wantsAnswer;
  }
}

/** The events of `Diagnostics`, by type. */
export interface DiagnosticsEventMap {
  /** The server has begun to close: all clients are about to be disconnected. */
  serverclose: Event;
  /** `io.adapter()` has given all namespaces another adapter. */
  adapterchange: Event;
  /** A client's connection began; it is in no namespace yet. */
  sessionstart: SessionStartEvent;
  /** A client's connection ended. */
  sessionend: SessionEndEvent;
  /** A request was refused. */
  handshakerefused: HandshakeRefusedEvent;
  /** A client joined a namespace. */
  connection: ConnectionEvent;
  /** A client was not let into a namespace. */
  connectionrefused: ConnectionRefusedEvent;
  /** A client left a namespace. */
  disconnection: DisconnectionEvent;
  /** An event of a client arrived. */
  eventreceived: TrafficEvent;
  /** An event was sent to a client: one of many, if it is a broadcast. */
  eventsent: TrafficEvent;
  /** A client sent what is no packet. */
  packeterror: PacketErrorEvent;
  /** A client exceeded a limit. */
  limitexceeded: LimitExceededEvent;
  /** An adapter failed. */
  adaptererror: AdapterErrorEvent;
  /** A function of the application threw or rejected. */
  callbackerror: CallbackErrorEvent;
}
