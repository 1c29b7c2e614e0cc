import { isThenable } from "../listeners.ts";
import { checkRange, MAX_DELAY } from "../options.ts";
import type { Packet } from "../parser/mod.ts";
import { randomId } from "../random_id.ts";
import type {
  AckListener,
  AdapterNamespace,
  Room,
  RoomMember,
  SocketDetails,
  SocketId,
  Target,
} from "./adapter.ts";
import type { Bus, BusReceiver } from "./bus.ts";
import type {
  ClusterAction,
  ClusterMessage,
  ClusterReply,
} from "./cluster_message.ts";
import { Gathering } from "./gathering.ts";
import { MemoryAdapter } from "./memory_adapter.ts";
import { Outage } from "./outage.ts";

/** Options of a {@linkcode ClusterAdapter}. */
export interface ClusterAdapterOptions {
  /**
   * Milliseconds to wait for the answers of other servers.
   *
   * @default {5_000}
   */
  requestsTimeout?: number;
}

/** How a {@linkcode ClusterAdapter} is. */
export interface ClusterHealth {
  /** Whether messages can be sent to the other servers and received from them. */
  readonly isHealthy: boolean;
  /** How many servers there are, this one too, if it is healthy. */
  readonly serverCount?: number;
  /** Why it is not. */
  readonly error?: unknown;
}

/** Who waits for answers to a broadcast. */
interface AckWait {
  /** Who is to answer, where the bus can name them: who comes later does not count. */
  readonly asked: ReadonlySet<string> | undefined;
  readonly onClientCount: (count: number) => void;
  readonly onAck: AckListener;
  readonly onGone: () => void;
  /** How many answers each member still owes, where the bus knows who answers. */
  readonly owed: Map<string, number>;
}

/** How long a packet's acknowledgements are waited for if the asker does not say. */
const DEFAULT_TIMEOUT = 5_000;

/**
 * The rooms of one server, and messages to the others that serve the namespace.
 *
 * Each server knows its own sockets alone. What is meant for others too is done
 * here first, then told to them over a {@linkcode Bus}: a bus that fails costs
 * nobody here a message. What fails is told by the event `error`, or as an
 * uncaught error of the namespace where nobody listens to that: a failure of the bus
 * once until it carries a message again, however many it costs.
 *
 * @example Two servers, and a bus within one process
 * ```ts
 * import { Server } from "@deno-socketio/server";
 * import {
 *   type Bus,
 *   type BusReceiver,
 *   ClusterAdapter,
 *   type ClusterMessage,
 *   type ClusterReply,
 * } from "@deno-socketio/server/adapter";
 * import { assertEquals } from "@std/assert";
 *
 * type Members = Map<string, BusReceiver>;
 *
 * class LocalBus implements Bus {
 *   readonly knowsIntersections = true;
 *   readonly #id = crypto.randomUUID();
 *   readonly #members: Members;
 *
 *   constructor(members: Members) {
 *     this.#members = members;
 *   }
 *   async open(receiver: BusReceiver) {
 *     this.#members.set(this.#id, receiver);
 *   }
 *   async publish(message: ClusterMessage) {
 *     for (const [id, member] of this.#members) {
 *       if (id !== this.#id) member.onMessage(message, this.#id);
 *     }
 *   }
 *   async reply(reply: ClusterReply, to: string) {
 *     this.#members.get(to)?.onReply(reply, this.#id);
 *   }
 *   async serverCount() {
 *     return this.#members.size;
 *   }
 *   async check() {}
 *   async close() {
 *     this.#members.delete(this.#id);
 *   }
 * }
 *
 * const namespaces = new Map<string, Members>();
 * function start() {
 *   return new Server({
 *     adapter: (nsp) => {
 *       const members: Members = namespaces.get(nsp.name) ?? new Map();
 *       namespaces.set(nsp.name, members);
 *       return new ClusterAdapter(nsp, new LocalBus(members));
 *     },
 *   });
 * }
 *
 * await using here = start();
 * await using there = start();
 * there.on("who?", (answer) => answer("there"));
 * assertEquals(await here.serverSideEmitWithAck("who?"), ["there"]);
 * ```
 */
export class ClusterAdapter extends MemoryAdapter implements BusReceiver {
  readonly #bus: Bus;
  readonly #timeout: number;
  readonly #gatherings = new Map<string, Gathering<unknown>>();
  readonly #ackWaits = new Map<string, AckWait>();
  /** It is over when a message is sent. */
  readonly #outage = new Outage();
  /** How to end the waits for acknowledgements that others have asked for. */
  readonly #foreignWaits = new Set<() => void>();

  /**
   * Serves `nsp` with the servers that are on `bus`.
   *
   * @throws {RangeError} If timers cannot wait so long.
   */
  constructor(
    nsp: AdapterNamespace,
    bus: Bus,
    { requestsTimeout = DEFAULT_TIMEOUT }: ClusterAdapterOptions = {},
  ) {
    super(nsp);
    checkRange("requestsTimeout", requestsTimeout, 1, MAX_DELAY);
    this.#bus = bus;
    this.#timeout = requestsTimeout;
  }

  /** Joins the other servers. */
  override async init(): Promise<void> {
    try {
      await this.#bus.open(this);
    } catch (error) {
      this.onError(error);
    }
  }

  /** Leaves the other servers; what is waited for is given up. */
  override async close(): Promise<void> {
    for (const gathering of this.#gatherings.values()) {
      gathering.fail(new Error("the adapter was closed"));
    }
    for (const stop of this.#foreignWaits) stop();
    this.#ackWaits.clear();
    await this.#bus.close();
  }

  /** Returns how many servers there are, this one too. */
  override serverCount(): Promise<number> {
    return this.#bus.serverCount();
  }

  /** Tells whether the other servers can be reached. Never rejects. */
  async checkHealth(): Promise<ClusterHealth> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => reject(new Error(`no answer within ${this.#timeout} ms`)),
      this.#timeout,
    );
    try {
      await Promise.race([late, this.#bus.check()]);
      const serverCount = await Promise.race([late, this.#bus.serverCount()]);
      return { isHealthy: true, serverCount };
    } catch (error) {
      return { isHealthy: false, error };
    } finally {
      clearTimeout(timer);
    }
  }

  /** Sends a packet to the sockets of all servers. */
  override broadcast(packet: Packet, target: Target): Promise<void> | void {
    this.perform({ type: "broadcast", packet, target });
  }

  /** Sends a packet to the sockets of all servers, and hands on their answers. */
  override broadcastWithAck(
    packet: Packet,
    target: Target,
    onClientCount: (count: number) => void,
    onAck: AckListener,
    onGone: () => void,
  ): () => void {
    this.assertCarried(target);
    const cancel = super.broadcastWithAck(
      packet,
      target,
      onClientCount,
      onAck,
      onGone,
    );
    if (target.flags?.local) return cancel;
    const requestId = randomId();
    const members = new Set(this.#bus.members?.());
    this.#ackWaits.set(requestId, {
      // A bus that knows of nobody may hear of the others in a moment.
      asked: members.size === 0 ? undefined : members,
      onClientCount,
      onAck,
      onGone,
      owed: new Map(),
    });
    this.tell({ type: "broadcast_with_ack", requestId, packet, target });
    return () => {
      cancel();
      this.#ackWaits.delete(requestId);
    };
  }

  /** Adds the sockets of all servers that are meant to rooms. */
  override addSockets(target: Target, rooms: readonly Room[]): void {
    this.perform({ type: "join", target, rooms });
  }

  /** Takes the sockets of all servers that are meant out of rooms. */
  override delSockets(target: Target, rooms: readonly Room[]): void {
    this.perform({ type: "leave", target, rooms });
  }

  /** Disconnects the sockets of all servers that are meant. */
  override disconnectSockets(target: Target, close: boolean): void {
    this.perform({ type: "disconnect", target, close });
  }

  /**
   * Returns the sockets of all servers that are meant.
   *
   * @throws {Error} If a server did not answer in time.
   */
  override async fetchSockets(
    target: Target,
  ): Promise<(RoomMember | SocketDetails)[]> {
    this.assertCarried(target);
    const local = await super.fetchSockets(target);
    if (target.flags?.local) return local;
    const lists = await this.#gather<readonly SocketDetails[]>(
      (requestId) => ({ type: "fetch", requestId, target }),
      target.flags?.timeout,
    );
    return [...local, ...lists.flat()];
  }

  /**
   * Returns the ids of the sockets of all servers in any of `rooms`, or of all
   * for an empty set.
   *
   * @throws {Error} If a server did not answer in time.
   */
  override async sockets(rooms: ReadonlySet<Room>): Promise<Set<SocketId>> {
    const sockets = await this.fetchSockets({ rooms, except: new Set() });
    return new Set(sockets.map(({ id }) => id));
  }

  /**
   * Returns the names of all rooms of all servers.
   *
   * @throws {Error} If a server did not answer in time.
   */
  async allRooms(): Promise<Set<Room>> {
    const lists = await this.#gather<readonly Room[]>(
      (requestId) => ({ type: "rooms", requestId }),
    );
    return new Set([...this.rooms.keys(), ...lists.flat()]);
  }

  /** Sends an event to the other servers; the last of `args` may be an acknowledgement. */
  override serverSideEmit(args: readonly unknown[]): void {
    const ack = args.at(-1);
    if (typeof ack !== "function") {
      return this.tell({
        type: "server_side_emit",
        requestId: undefined,
        args,
      });
    }
    const event = args.slice(0, -1);
    this.#ask(
      (requestId) => ({ type: "server_side_emit", requestId, args: event }),
      this.#timeout,
      (error, answers) => ack(error, answers),
    );
  }

  /**
   * Does to the sockets of this server what is wanted of all, and tells the others.
   *
   * @throws {Error} If the others could not understand it.
   */
  protected perform(message: ClusterAction): void {
    this.assertCarried(message.target);
    this.act(message);
    this.tell(message);
  }

  /** Does to the sockets of this server what is wanted. */
  protected act(message: ClusterAction): void {
    switch (message.type) {
      case "broadcast":
        return super.broadcast(message.packet, message.target);
      case "join":
        return super.addSockets(message.target, message.rooms);
      case "leave":
        return super.delSockets(message.target, message.rooms);
      case "disconnect":
        return super.disconnectSockets(message.target, message.close);
    }
  }

  /** Takes a message of another server. */
  onMessage(message: ClusterMessage, from: string): void {
    try {
      this.#obey(message, from);
    } catch (error) {
      this.onError(error);
    }
  }

  #obey(message: ClusterMessage, from: string): void {
    switch (message.type) {
      case "broadcast":
      case "join":
      case "leave":
      case "disconnect":
        return this.act(message);
      case "broadcast_with_ack":
        return this.#broadcastFor(message, from);
      case "fetch":
        return this.#reply({
          type: "sockets",
          requestId: message.requestId,
          sockets: Array.from(
            this.members(message.target),
            (member) => this.#describe(member),
          ),
        }, from);
      case "rooms":
        return this.#reply({
          type: "room_list",
          requestId: message.requestId,
          rooms: [...this.rooms.keys()],
        }, from);
      case "server_side_emit":
        return this.#serverSideEmitFor(message, from);
    }
  }

  #broadcastFor(
    { requestId, packet, target }: ClusterMessage & {
      type: "broadcast_with_ack";
    },
    from: string,
  ): void {
    let owed = 0;
    let cancel = () => {};
    let timer: ReturnType<typeof setTimeout> | undefined = undefined;
    const stop = () => {
      clearTimeout(timer);
      this.#foreignWaits.delete(stop);
      cancel();
    };
    const settle = () => {
      if (--owed <= 0) stop();
    };
    cancel = super.broadcastWithAck(
      packet,
      target,
      (count) => {
        owed = count;
        this.#reply({ type: "client_count", requestId, count }, from);
      },
      (answer) => {
        this.#reply({ type: "ack", requestId, answer }, from);
        settle();
      },
      settle,
    );
    // Nobody is there, or all have gone by being sent it.
    if (owed <= 0) return cancel();
    const timeout = target.flags?.timeout ?? DEFAULT_TIMEOUT;
    timer = setTimeout(stop, Math.min(timeout, MAX_DELAY));
    this.#foreignWaits.add(stop);
  }

  #serverSideEmitFor(
    { requestId, args }: ClusterMessage & { type: "server_side_emit" },
    from: string,
  ): void {
    if (requestId === undefined) return this.nsp.onServerSideEmit(args);
    let isAnswered = false;
    const answerOnce = (answer: unknown) => {
      if (isAnswered) return;
      isAnswered = true;
      this.#reply({ type: "server_side_answer", requestId, answer }, from);
    };
    this.nsp.onServerSideEmit([...args, answerOnce]);
  }

  #describe(member: RoomMember): SocketDetails {
    const { id, handshake, data } = member;
    return { id, handshake, data, rooms: this.socketRooms(id) ?? new Set() };
  }

  /** Takes an answer of another server. */
  onReply(reply: ClusterReply, from: string | undefined): void {
    const { requestId } = reply;
    switch (reply.type) {
      case "client_count": {
        const wait = this.#ackWaitOf(requestId, from);
        if (from !== undefined) wait?.owed.set(from, reply.count);
        return wait?.onClientCount(reply.count);
      }
      case "ack": {
        const wait = this.#ackWaitOf(requestId, from);
        const owed = from === undefined ? undefined : wait?.owed.get(from);
        if (owed !== undefined) wait?.owed.set(from!, owed - 1);
        return wait?.onAck(reply.answer);
      }
      case "sockets":
        return this.#gatherings.get(requestId)?.add(reply.sockets, from);
      case "room_list":
        return this.#gatherings.get(requestId)?.add(reply.rooms, from);
      case "server_side_answer":
        return this.#gatherings.get(requestId)?.add(reply.answer, from);
    }
  }

  #ackWaitOf(requestId: string, from: string | undefined) {
    const wait = this.#ackWaits.get(requestId);
    return wait !== undefined && isAsked(wait, from) ? wait : undefined;
  }

  /** Waits no longer for a server. */
  onGone(member: string): void {
    for (const gathering of this.#gatherings.values()) gathering.forget(member);
    for (const wait of this.#ackWaits.values()) {
      if (!isAsked(wait, member)) continue;
      const owed = wait.owed.get(member);
      if (owed === undefined) wait.onClientCount(0);
      wait.owed.set(member, 0);
      for (let i = 0; i < (owed ?? 0); i++) wait.onGone();
    }
  }

  /** Tells the application that a message was lost. */
  onError(error: unknown): void {
    if (!this.fire("error", error)) this.nsp.onError(error);
  }

  /** Tells whether a socket of this server is in a room. */
  hasRoom(room: Room): boolean {
    return this.rooms.has(room);
  }

  /** Sends a message to the other servers, if its target is not local. */
  protected tell(message: ClusterMessage): void {
    if ("target" in message && message.target.flags?.local) return;
    this.#send(() => this.#bus.publish(message));
  }

  #reply(reply: ClusterReply, to: string): void {
    this.#send(() => this.#bus.reply(reply, to));
  }

  #send(send: () => Promise<unknown> | void): void {
    try {
      const sent = send();
      if (isThenable(sent)) sent.then(this.#onSent, this.#onUnsent);
    } catch (error) {
      this.onError(error);
    }
  }

  readonly #onSent = (): void => this.#outage.end();

  readonly #onUnsent = (error: unknown): void => {
    if (this.#outage.isNews(error)) this.onError(error);
  };

  /** Asks all other servers. */
  #gather<Answer>(
    toMessage: (requestId: string) => ClusterMessage,
    timeout = this.#timeout,
  ): Promise<Answer[]> {
    return new Promise((resolve, reject) =>
      this.#ask(
        toMessage,
        timeout,
        (error, answers) =>
          error === null ? resolve(answers as Answer[]) : reject(error), // the replies to that message
      )
    );
  }

  #ask(
    toMessage: (requestId: string) => ClusterMessage,
    timeout: number,
    onDone: (error: Error | null, answers: unknown[]) => void,
  ): void {
    const requestId = randomId();
    const start = performance.now();
    let isTold = false;
    const gathering = new Gathering<unknown>(timeout, (error, answers) => {
      this.#gatherings.delete(requestId);
      if (isTold || error !== null) {
        this.nsp.onRequest?.(performance.now() - start, error ?? undefined);
      }
      onDone(error, answers);
    });
    this.#gatherings.set(requestId, gathering);
    const bus = this.#bus;
    const ask = async () => {
      isTold = await bus.serverCount() > 1;
      if (!isTold || !this.#gatherings.has(requestId)) {
        return gathering.expect(0);
      }
      this.tell(toMessage(requestId));
      // Behind it: who has come meanwhile answers too, who has left does not.
      const count = await bus.serverCount();
      gathering.expect(count - 1, bus.members?.());
    };
    ask().catch((error) => gathering.fail(error));
  }

  /**
   * Throws unless the other servers understand which sockets are meant.
   *
   * @throws {Error} If they do not.
   */
  protected assertCarried({ and = [], flags }: Target): void {
    if (and.length === 0 || flags?.local || this.#bus.knowsIntersections) {
      return;
    }
    throw new Error(
      "Cannot choose sockets of other servers by and(): their adapter knows no intersections of rooms. Add .local, or keep a room for the intersection",
    );
  }
}

function isAsked({ asked }: AckWait, member: string | undefined): boolean {
  return asked === undefined || member === undefined || asked.has(member);
}
