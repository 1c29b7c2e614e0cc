import { abortable, AckTable, type AnswerListener } from "../core/acks.ts";
import { DisconnectedError } from "../core/errors.ts";
import { assertNotReserved } from "../core/socket_core.ts";
import { type AnyListener, callSafely, Listeners } from "../listeners.ts";
import { type EventPacket, type Packet, PacketType } from "../parser/mod.ts";
import type {
  ClientDisconnectReason,
  Connection,
  Member,
} from "./connection.ts";
import { ConnectError } from "./errors.ts";
import { Inbox } from "./inbox.ts";

/** How an event is sent. */
export interface EmitFlags {
  readonly volatile?: boolean;
  readonly timeout?: number;
}

/**
 * A test client's part in one namespace, without types.
 *
 * ```text
 * joining ──the server's CONNECT──▶ connected ──▶ dropped or ended ──start()──▶ joining
 *    └────────────────────refused───────────────────────▲
 * ```
 *
 * It is "dropped" when its test has taken the connection away, and is likely to give it
 * back: nothing fails that waits for the server.
 */
export class ClientCore implements Member {
  readonly namespace: string;
  readonly listeners: Listeners = new Listeners(reportError);
  /** What listeners get as `this`. */
  face: object = this;
  auth: Readonly<Record<string, unknown>>;
  id = "";
  recovered = false;
  readonly connection: Connection;
  #state: "joining" | "connected" | "dropped" | "ended" = "ended";
  /** Why it has ended, for people. */
  #reason = "never connected";
  #joined: PromiseWithResolvers<void> | undefined;
  /** The secret that brings the session back, and the last event that came in it. */
  #pid: string | undefined;
  #offset: string | undefined;
  readonly #acks = new AckTable();
  #ackIds = 0;
  /** Events before the server's CONNECT: those that the client had missed. */
  #early: EventPacket[] = [];
  /** Events that were sent while there was no connection. */
  readonly #held = new Set<EventPacket>();
  readonly #inbox = new Inbox();

  /**
   * @param namespace The namespace; the slash in front may be missing.
   * @param auth Credentials for it.
   * @param connection What carries it.
   */
  constructor(
    namespace: string,
    auth: Readonly<Record<string, unknown>>,
    connection: Connection,
  ) {
    this.namespace = namespace.startsWith("/") ? namespace : `/${namespace}`;
    this.auth = auth;
    this.connection = connection;
  }

  get connected(): boolean {
    return this.#state === "connected";
  }

  get isActive(): boolean {
    return this.#state === "connected" || this.#state === "joining";
  }

  /**
   * Joins the namespace, over a new connection where there is none.
   *
   * @throws {ConnectError} If the client is refused.
   * @throws {Error} If the connection has a client in this namespace.
   */
  async start(): Promise<void> {
    if (this.connection.memberOf(this.namespace)?.isActive) {
      throw new Error(
        `Cannot connect to "${this.namespace}": a client of this connection has`,
      );
    }
    this.connection.add(this);
    this.#state = "joining";
    // What became of the last connection is no news any more.
    for (const name of ["disconnect", "connect_error"]) this.take(name);
    try {
      if (this.connection.isOffline) await this.connection.open();
      await this.#join();
    } catch (error) {
      this.#end("connect_error", false);
      await this.connection.closeIfUnused();
      throw error;
    }
  }

  async #join(): Promise<void> {
    const joined = this.#joined = Promise.withResolvers();
    this.connection.send({
      type: PacketType.CONNECT,
      nsp: this.namespace,
      data: this.#pid === undefined
        ? this.auth
        : { pid: this.#pid, offset: this.#offset, ...this.auth },
    });
    await joined.promise;
  }

  onOnline(): void {
    if (this.#state === "dropped") this.start().catch(() => {}); // "connect_error" tells
  }

  onPacket(packet: Packet): void {
    switch (packet.type) {
      case PacketType.CONNECT:
        return this.#onConnect(packet.data ?? {});
      case PacketType.CONNECT_ERROR:
        return this.#onConnectError(packet.data);
      case PacketType.EVENT:
        if (this.connected) this.#onEvent(packet);
        else if (this.#state === "joining") this.#early.push(packet);
        return;
      case PacketType.ACK:
        if (packet.id !== undefined) this.#acks.settle(packet.id, packet.data);
        return;
      case PacketType.DISCONNECT:
        this.#end("io server disconnect", false);
        void this.connection.closeIfUnused();
    }
  }

  #onConnect({ sid, pid }: Readonly<Record<string, unknown>>): void {
    if (this.#state !== "joining") return;
    this.#state = "connected";
    this.id = String(sid);
    this.recovered = pid !== undefined && pid === this.#pid;
    this.#pid = typeof pid === "string" ? pid : undefined;
    for (const packet of this.#early.splice(0)) this.#onEvent(packet);
    const held = [...this.#held];
    this.#held.clear();
    for (const packet of held) this.connection.send(packet);
    this.#tell("connect", []);
    this.#joined?.resolve();
  }

  #onConnectError(data: unknown): void {
    if (this.#state !== "joining") return;
    const { message, data: details } = data as {
      message?: unknown;
      data?: unknown; // the codec lets objects through, and texts, which have neither
    };
    const error = new ConnectError(
      typeof message === "string" ? message : String(data),
      { data: details },
    );
    this.#joined?.reject(error);
    this.#tell("connect_error", [error]);
  }

  #onEvent({ data: [name, ...args], id }: EventPacket): void {
    if (id !== undefined) args.push(this.#createReply(id));
    this.#tell(String(name), args);
    const last = args.at(-1);
    if (this.#pid !== undefined && typeof last === "string") {
      this.#offset = last;
    }
  }

  /** Makes the function that answers event `id`, once. */
  #createReply(id: number): (...args: unknown[]) => void {
    let isSent = false;
    return (...data) => {
      if (isSent || !this.connected) return;
      isSent = true;
      const { namespace: nsp } = this;
      this.connection.send({ type: PacketType.ACK, nsp, id, data });
    };
  }

  #tell(name: string, args: unknown[]): void {
    this.#inbox.put(name, args);
    this.listeners.call(this.face, name, args);
  }

  /**
   * Sends an event, or keeps it until there is a connection.
   *
   * @param event Its name and arguments; the last may be a function, for the answer.
   * @throws {Error} If the name is reserved.
   */
  emit(event: unknown[], flags: EmitFlags): void {
    assertNotReserved(event[0]);
    const callback = event.at(-1);
    if (typeof callback !== "function") return this.#send(event, flags);
    event.pop();
    const name = String(event[0]);
    const call = (args: readonly unknown[]) =>
      callSafely(callback as AnyListener, this.face, args, reportError, name); // a function
    if (flags.timeout === undefined) this.#ask(event, flags, call);
    else {
      this.#ask(
        event,
        flags,
        (args) => call([null, ...args]),
        (error) => call([error]),
      );
    }
  }

  /** Sends an event and resolves with the first argument of its answer. */
  emitWithAck(event: unknown[], flags: EmitFlags): Promise<unknown> {
    assertNotReserved(event[0]);
    if (this.#state === "ended") return rejected(new DisconnectedError());
    return quiet(
      new Promise((resolve, reject) =>
        this.#ask(event, flags, ([answer]) => resolve(answer), reject)
      ),
    );
  }

  #ask(
    event: unknown[],
    flags: EmitFlags,
    onAnswer: AnswerListener,
    onFailure?: (error: Error) => void,
  ): void {
    const id = this.#ackIds++;
    const packet = this.#createPacket(event, id);
    const fail = onFailure && ((error: Error) => {
      this.#held.delete(packet);
      onFailure(error);
    });
    this.#acks.add(id, onAnswer, fail, flags.timeout);
    this.#sendPacket(packet, flags);
  }

  #send(event: unknown[], flags: EmitFlags): void {
    this.#sendPacket(this.#createPacket(event), flags);
  }

  #createPacket(data: readonly unknown[], id?: number): EventPacket {
    return { type: PacketType.EVENT, nsp: this.namespace, data, id };
  }

  #sendPacket(packet: EventPacket, { volatile }: EmitFlags): void {
    if (this.connected) this.connection.send(packet);
    else if (!volatile) this.#held.add(packet);
  }

  /** The next event of a name that nobody has asked for. */
  next(name: string, signal: AbortSignal | undefined): Promise<unknown[]> {
    const args = this.#inbox.shift(name);
    if (args !== undefined) return Promise.resolve(args);
    if (this.#state === "ended" && name !== "connect") {
      return rejected(this.#createEndError(name));
    }
    return quiet(
      abortable(
        signal,
        (resolve, reject) => this.#inbox.want(name, { resolve, reject }),
      ),
    );
  }

  /** All events of a name that nobody has asked for. */
  take(name: string): unknown[][] {
    return this.#inbox.takeAll(name);
  }

  /** Leaves the namespace. Resolves when the server knows, if the connection ends with it. */
  async disconnect(): Promise<void> {
    if (this.connected) {
      this.connection.send({
        type: PacketType.DISCONNECT,
        nsp: this.namespace,
      });
    }
    this.#end("io client disconnect", false);
    await this.connection.closeIfUnused();
  }

  onEnd(reason: ClientDisconnectReason, isDropped: boolean): void {
    this.#end(reason, isDropped);
  }

  #end(
    reason: ClientDisconnectReason | "connect_error",
    isDropped: boolean,
  ): void {
    const before = this.#state;
    if (before === "ended" || before === "dropped" && isDropped) return;
    this.#state = isDropped ? "dropped" : "ended";
    this.#reason = reason;
    this.#early = [];
    this.take("connect");
    this.#joined?.reject(new ConnectError(`Cannot connect: ${reason}`));
    if (before === "connected") this.#tell("disconnect", [reason]);
    if (before === "connected" || !isDropped) this.#acks.clear();
    if (!isDropped) this.#inbox.fail((name) => this.#createEndError(name));
  }

  #createEndError(name: string): Error {
    return new Error(
      `Cannot wait for "${name}": the client is not connected (${this.#reason})`,
    );
  }
}

/** A promise whose rejection may go unheard: a test need not wait for all that it asks for. */
function quiet<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => {});
  return promise;
}

function rejected(error: Error): Promise<never> {
  return quiet(Promise.reject(error));
}
