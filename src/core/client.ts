import {
  ConnectionRefusedEvent,
  PacketErrorEvent,
} from "../diagnostic_events.ts";
import type { Diagnostics } from "../diagnostics.ts";
import type {
  CloseDescription,
  CloseReason,
  Frame,
  Socket as EngineSocket,
  SocketOwner,
} from "../engine/mod.ts";
import { isThenable } from "../listeners.ts";
import {
  DecodeError,
  type Decoder,
  type EncodedPacket,
  type Packet,
  PacketType,
} from "../parser/mod.ts";
import { SmallMap } from "../small_map.ts";
import type { Dialect, Newcomer } from "./dialect.ts";
import type { ResolvedClientLimits } from "./limits.ts";
import { TokenBucket } from "./token_bucket.ts";

/** A client's socket in one namespace, as the client sees it. */
export interface ClientSocket {
  /** The name of its namespace. */
  readonly namespace: string;
  /** Whether the client has been told that it is in the namespace. */
  readonly connected: boolean;
  /** Handles a packet of the namespace. */
  receive(packet: Packet): void;
  /** Tells the application that something was wrong. */
  onError(error: unknown): void;
  /** Disconnects it now, by the application's wish. */
  dismiss(): void;
  /** Disconnects it for another reason. */
  end(
    reason: CloseReason | "forced server close" | "client namespace disconnect",
    description?: CloseDescription,
  ): void;
}

/** A namespace, as clients see it. */
export interface ClientNamespace {
  /** Lets a client in, or tells it why not. */
  connect(client: Client, auth: unknown): void;
}

/**
 * A client's wish to join a namespace, while something is looked up for it.
 *
 * It holds the place of the socket that may come of it.
 */
export class Joining implements ClientSocket {
  readonly namespace: string;
  readonly connected = false;
  #isOver = false;
  readonly #client: Client;

  constructor(namespace: string, client: Client) {
    this.namespace = namespace;
    this.#client = client;
  }

  /** Whether the client is gone, or wishes it no longer. */
  get isOver(): boolean {
    return this.#isOver;
  }

  receive(packet: Packet): void {
    if (packet.type === PacketType.DISCONNECT) this.end();
  }

  onError(): void {}

  dismiss(): void {
    this.end();
  }

  end(): void {
    this.#isOver = true;
    this.#client.removeSocket(this, false);
  }
}

/** What clients need of their server. */
export interface ClientHost {
  /** Where it is told what happens. */
  readonly diagnostics: Diagnostics;
  readonly limits: ResolvedClientLimits;
  /** Hears that a client asks too much. */
  onLimitExceeded(limit: string, client: Client): void;
  /** Encodes a packet. */
  encode(packet: Packet): EncodedPacket;
  /** Reports what went wrong for no fault of a client's. */
  onError(error: unknown): void;
  /** Creates a client's decoder. */
  createDecoder(): Decoder;
  /**
   * Finds or creates the namespace that a client asks for. Where that takes time, it
   * creates none before its result is called, so that nobody's wish leaves one behind.
   */
  findNamespace(
    name: string,
    auth: unknown,
  ):
    | Promise<() => ClientNamespace | undefined>
    | ClientNamespace
    | undefined;
  /** The client is in a namespace, or gone: it needs no deadline any more. */
  onClientSettled(client: Client): void;
}

/**
 * One connection and its namespaces.
 *
 * A namespace of a client is absent, a socket or a wish to become one, or "left": the
 * server has disconnected it, and what the client sent before it heard of that is
 * ignored.
 */
export class Client implements SocketOwner, Newcomer {
  readonly conn: EngineSocket;
  readonly dialect: Dialect;
  readonly #host: ClientHost;
  readonly #decoder: Decoder;
  readonly #namespaces = new SmallMap<string, ClientSocket | "left">();
  /** Packets behind one that must be read first. */
  #waiting: EncodedPacket[] | undefined;
  /** Whether the connection is to end behind what waits. */
  #closesBehind = false;
  readonly #events: TokenBucket | undefined;
  readonly #bytes: TokenBucket | undefined;

  constructor(conn: EngineSocket, host: ClientHost, dialect: Dialect) {
    this.conn = conn;
    this.dialect = dialect;
    this.#host = host;
    this.#decoder = dialect.translate(host.createDecoder());
    const { eventsPerSecond, bytesPerSecond } = host.limits;
    if (eventsPerSecond < Infinity) {
      this.#events = new TokenBucket(eventsPerSecond);
    }
    if (bytesPerSecond < Infinity) {
      this.#bytes = new TokenBucket(bytesPerSecond);
    }
  }

  /** The first request. */
  get request(): Request {
    return this.conn.request;
  }

  onMessage(frame: Frame): void {
    if (this.#bytes?.take(frame.length) === false) {
      return this.exceed("bytesPerSecond");
    }
    let packet: Packet | undefined;
    try {
      packet = this.#decoder.add(frame);
    } catch (error) {
      return this.#onDecodeError(error);
    }
    if (packet === undefined) return;
    if (this.#events?.take(1) === false) return this.exceed("eventsPerSecond");
    try {
      this.#receive(packet);
    } catch (error) {
      this.fail(error);
    }
  }

  join(namespace: string, auth: unknown): void {
    if (this.conn.readyState !== "open") return;
    try {
      this.#onConnect(namespace, auth);
    } catch (error) {
      this.fail(error);
    }
  }

  /** Ends the connection because a part of the server failed. */
  fail(error: unknown): void {
    this.#host.onError(error);
    this.close();
  }

  /** Ends the connection: the client asks too much. */
  exceed(limit: keyof ResolvedClientLimits): void {
    this.#host.onLimitExceeded(limit, this);
    this.conn.abort({ description: `limit exceeded: ${limit}` });
  }

  get limits(): ResolvedClientLimits {
    return this.#host.limits;
  }

  #receive(packet: Packet): void {
    if (packet.type === PacketType.CONNECT) {
      return this.#onConnect(packet.nsp, packet.data ?? {});
    }
    const socket = this.#namespaces.get(packet.nsp);
    if (typeof socket === "object") socket.receive(packet);
    else if (socket !== "left") this.close();
  }

  #onConnect(name: string, auth: unknown): void {
    const socket = this.#namespaces.get(name);
    if (typeof socket === "object") {
      if (socket.connected) return this.close();
      // A client that changes its mind twice does not say so in between.
      socket.end("client namespace disconnect");
    }
    if (
      socket === undefined &&
      this.#namespaces.size >= this.limits.namespacesPerConnection
    ) {
      return this.exceed("namespacesPerConnection");
    }
    const found = this.#host.findNamespace(name, auth);
    if (!isThenable(found)) {
      return this.#join(name, found as ClientNamespace | undefined, auth); // not a promise
    }
    const joining = this.startJoining(name);
    found.then((find) => {
      if (!joining.isOver) this.#join(name, find(), auth);
    }).then(undefined, (error) => this.fail(error));
  }

  /** Holds the place of the socket that is to come. */
  startJoining(name: string): Joining {
    const joining = new Joining(name, this);
    this.#namespaces.set(name, joining);
    return joining;
  }

  #join(
    name: string,
    namespace: ClientNamespace | undefined,
    auth: unknown,
  ): void {
    if (namespace !== undefined) return namespace.connect(this, auth);
    this.#namespaces.delete(name);
    const message = "Invalid namespace";
    this.write({
      type: PacketType.CONNECT_ERROR,
      nsp: name,
      data: { message },
    });
    const { diagnostics } = this.#host;
    if (!diagnostics.hears("connectionrefused")) return;
    const { remoteAddress } = this.conn;
    diagnostics.dispatchEvent(
      new ConnectionRefusedEvent(name, undefined, remoteAddress, message),
    );
  }

  /** Routes the packets of `socket`'s namespace to it. */
  addSocket(socket: ClientSocket): void {
    this.#namespaces.set(socket.namespace, socket);
  }

  /** A socket is in its namespace. */
  onJoined(): void {
    this.#host.onClientSettled(this);
  }

  /** Forgets a socket; `byServer`: the client may not know of it yet. */
  removeSocket(socket: ClientSocket, byServer: boolean): void {
    const { namespace } = socket;
    if (this.#namespaces.get(namespace) !== socket) return;
    if (byServer) this.#namespaces.set(namespace, "left");
    else this.#namespaces.delete(namespace);
  }

  write(packet: Packet): void {
    this.send(this.#host.encode(packet));
  }

  /** Sends all frames of a packet, with no other packet between them. */
  send(encoded: EncodedPacket): void {
    if (this.#waiting !== undefined) {
      this.#waiting.push(encoded.copy());
    } else if (encoded.ready !== undefined) {
      this.#sendWhenReady(this.#waiting = [encoded]);
    } else {
      this.conn.writeMessage(encoded);
    }
  }

  /** Sends packets in their order, though some must be read first. */
  async #sendWhenReady(waiting: readonly EncodedPacket[]): Promise<void> {
    for (const encoded of waiting) { // which grows meanwhile
      try {
        this.conn.writeMessage(await encoded.ready ?? encoded);
      } catch (error) {
        this.#host.onError(error);
      }
    }
    this.#waiting = undefined;
    if (this.#closesBehind) this.conn.close();
  }

  /** Disconnects all sockets, then the connection. */
  disconnect(): void {
    for (const socket of this.#sockets()) socket.dismiss();
    this.close();
  }

  /** Ends the connection because of what the client did, or did not do. */
  close(): void {
    for (const socket of this.#sockets()) socket.end("forced server close");
    if (this.#waiting === undefined) this.conn.close();
    else this.#closesBehind = true;
  }

  onClose(reason: CloseReason, description?: CloseDescription): void {
    const sockets = this.#sockets();
    this.#namespaces.clear();
    this.#host.onClientSettled(this);
    for (const socket of sockets) socket.end(reason, description);
    try {
      this.#decoder.destroy?.();
    } catch (error) {
      this.#host.onError(error);
    }
  }

  #onDecodeError(error: unknown): void {
    const { diagnostics } = this.#host;
    if (error instanceof DecodeError && error.limit !== undefined) {
      this.#host.onLimitExceeded(error.limit, this);
    } else if (diagnostics.hears("packeterror")) {
      diagnostics.dispatchEvent(
        new PacketErrorEvent(error, this.conn.remoteAddress),
      );
    }
    for (const socket of this.#sockets()) socket.onError(error);
    this.conn.close();
  }

  #sockets(): ClientSocket[] {
    return Array.from(this.#namespaces, ([, socket]) => socket)
      .filter((socket) => typeof socket === "object");
  }
}
