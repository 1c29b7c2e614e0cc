import {
  type AckListener,
  Adapter,
  type AdapterNamespace,
  type Room,
  type RoomMember,
  type SocketDetails,
  type SocketId,
  type Target,
} from "../adapter/mod.ts";
import type { Packet } from "../parser/mod.ts";
import type { NamespaceCore } from "./namespace_core.ts";

/**
 * Decides whether a name that a client asks for belongs to a parent namespace: by
 * `true`, which it returns or resolves with, or by calling `next`.
 */
export type NamespaceMatcher = (
  name: string,
  // deno-lint-ignore no-explicit-any -- the application knows what its clients send
  auth: Record<string, any>,
  next: (error: Error | null, success?: boolean) => void,
) => unknown;

/**
 * Namespaces that come into being when a client asks for them.
 *
 * The parent has no sockets: what is broadcast to it goes to its children.
 */
export class ParentNamespace {
  readonly core: NamespaceCore;
  readonly children: Set<NamespaceCore>;
  readonly #matcher: RegExp | NamespaceMatcher;

  /**
   * @param matcher Which names are children's.
   * @param createCore Makes the parent itself, given its adapter.
   */
  constructor(
    matcher: RegExp | NamespaceMatcher,
    createCore: (
      createAdapter: (namespace: AdapterNamespace) => Adapter,
    ) => NamespaceCore,
  ) {
    this.#matcher = matcher;
    this.children = new Set();
    this.core = createCore((namespace) =>
      new ParentAdapter(namespace, this.children)
    );
  }

  /** Whether this is the parent that `matcher` made. */
  hasMatcher(matcher: RegExp | NamespaceMatcher): boolean {
    return this.#matcher === matcher;
  }

  /** What its children's traffic is counted under: clients can make any number of them. */
  get label(): string {
    return this.#matcher instanceof RegExp
      ? String(this.#matcher)
      : this.core.name;
  }

  /** Whether the pattern fits a name, where there is one. */
  fits(name: string): boolean {
    return this.#matcher instanceof RegExp && name.search(this.#matcher) >= 0; // unlike test(), keeps no position
  }

  /** Tells whether `name` is a child's. */
  matches(name: string, auth: unknown): Promise<boolean> | boolean {
    const matcher = this.#matcher;
    if (matcher instanceof RegExp) return this.fits(name);
    return new Promise((resolve, reject) => {
      const answer = matcher(
        name,
        auth as Record<string, unknown>, // the codec lets nothing else through
        (error, success) => resolve(!error && success === true),
      );
      if (answer === undefined) return;
      const willCallBack = matcher.length > 2;
      Promise.resolve(answer).then((matches) => {
        // Who calls back may return anything, a timer's number for one.
        if (typeof matches === "boolean" || !willCallBack) {
          resolve(matches === true);
        }
      }, reject);
    });
  }

  /** Gives a new child what the parent has. */
  adopt(child: NamespaceCore): void {
    for (const middleware of this.core.middlewares) child.use(middleware);
    for (const name of ["connect", "connection"]) {
      for (const listener of this.core.listeners.list(name)) {
        child.listeners.add(name, listener);
      }
    }
    this.children.add(child);
  }
}

/** Passes everything on to the adapters of the children. */
class ParentAdapter extends Adapter {
  readonly #children: ReadonlySet<NamespaceCore>;

  constructor(nsp: AdapterNamespace, children: ReadonlySet<NamespaceCore>) {
    super(nsp);
    this.#children = children;
  }

  get rooms(): ReadonlyMap<Room, ReadonlySet<SocketId>> {
    return new Map();
  }

  get sids(): ReadonlyMap<SocketId, ReadonlySet<Room>> {
    return new Map();
  }

  addAll(): void {}

  del(): void {}

  delAll(): void {}

  socketRooms(): undefined {}

  async sockets(rooms: ReadonlySet<Room>): Promise<Set<SocketId>> {
    const all = new Set<SocketId>();
    for (const { adapter } of this.#children) {
      for (const id of await adapter.sockets(rooms)) all.add(id);
    }
    return all;
  }

  /** How many counts of clients a broadcast gets: one of each server for each child. */
  override async serverCount(): Promise<number> {
    const counts = await Promise.all(
      Array.from(this.#children, ({ adapter }) => adapter.serverCount()),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  }

  broadcast(packet: Packet, target: Target): void {
    for (const child of this.#children) {
      child.watched(
        child.adapter.broadcast({ ...packet, nsp: child.name }, target),
      );
    }
  }

  broadcastWithAck(
    packet: Packet,
    target: Target,
    onClientCount: (count: number) => void,
    onAck: AckListener,
    onGone: () => void,
  ): () => void {
    const cancels = Array.from(
      this.#children,
      ({ name, adapter }) =>
        adapter.broadcastWithAck(
          { ...packet, nsp: name },
          target,
          onClientCount,
          onAck,
          onGone,
        ),
    );
    return () => {
      for (const cancel of cancels) cancel();
    };
  }

  async fetchSockets(
    target: Target,
  ): Promise<(RoomMember | SocketDetails)[]> {
    const children = [...this.#children];
    const found = await Promise.all(
      children.map(({ adapter }) => adapter.fetchSockets(target)),
    );
    return found.flat();
  }

  addSockets(target: Target, rooms: readonly Room[]): void {
    for (const child of this.#children) {
      child.watched(child.adapter.addSockets(target, rooms));
    }
  }

  delSockets(target: Target, rooms: readonly Room[]): void {
    for (const child of this.#children) {
      child.watched(child.adapter.delSockets(target, rooms));
    }
  }

  disconnectSockets(target: Target, close: boolean): void {
    for (const child of this.#children) {
      child.watched(child.adapter.disconnectSockets(target, close));
    }
  }

  serverSideEmit(args: readonly unknown[]): void {
    const ack = args.at(-1);
    if (typeof ack !== "function") {
      for (const child of this.#children) {
        child.watched(child.adapter.serverSideEmit(args));
      }
      return;
    }
    const event = args.slice(0, -1);
    const answers = Array.from(
      this.#children,
      (child) =>
        new Promise<[error: unknown, responses: unknown[]]>((resolve) =>
          child.watched(child.adapter.serverSideEmit([
            ...event,
            (error: unknown, responses: unknown[]) =>
              resolve([error, responses]),
          ]))
        ),
    );
    Promise.all(answers).then((answers) => {
      const failure = answers.find(([error]) => Boolean(error));
      ack(
        failure?.[0] ?? null,
        answers.flatMap(([, responses]) => responses),
      );
    }).catch((error) => this.nsp.onError(error));
  }
}
