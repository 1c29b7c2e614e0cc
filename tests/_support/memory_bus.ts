import type {
  Bus,
  BusReceiver,
  ClusterMessage,
  ClusterReply,
} from "@deno-socketio/server/adapter";

/** A network between servers of this process, which a test can disturb. */
export class MemoryNetwork {
  readonly members = new Map<string, MemoryBus>();
  #count = 0;

  /** Makes a bus that joins this network when it is opened. */
  bus(): MemoryBus {
    return new MemoryBus(`member ${++this.#count}`, this);
  }
}

/** A bus without a wire: what it carries is copied, and arrives in a later task. */
export class MemoryBus implements Bus {
  readonly knowsIntersections = true;
  readonly name: string;
  readonly #network: MemoryNetwork;
  #receiver: BusReceiver | undefined;
  /** What sending fails with, if it does. */
  failure: Error | undefined;
  /** Whether what comes is left lying. */
  isDeaf = false;

  constructor(name: string, network: MemoryNetwork) {
    this.name = name;
    this.#network = network;
  }

  open(receiver: BusReceiver): Promise<void> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    this.#receiver = receiver;
    this.#network.members.set(this.name, this);
    return Promise.resolve();
  }

  publish(message: ClusterMessage): Promise<void> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    const copy = copyOf(message);
    for (const [name, member] of this.#network.members) {
      if (name !== this.name) {
        member.#take((receiver) => receiver.onMessage(copy, this.name));
      }
    }
    return Promise.resolve();
  }

  reply(reply: ClusterReply, to: string): Promise<void> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    const copy = copyOf(reply);
    const member = this.#network.members.get(to);
    if (member !== undefined) {
      member.#take((receiver) => receiver.onReply(copy, this.name));
    }
    return Promise.resolve();
  }

  #take(action: (receiver: BusReceiver) => void): void {
    queueMicrotask(() => {
      if (!this.isDeaf && this.#receiver !== undefined) action(this.#receiver);
    });
  }

  serverCount(): Promise<number> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    return Promise.resolve(this.#network.members.size);
  }

  members(): Iterable<string> {
    return this.#network.members.keys().filter((name) => name !== this.name);
  }

  check(): Promise<void> {
    if (this.isDeaf) return new Promise(() => {});
    return this.failure === undefined
      ? Promise.resolve()
      : Promise.reject(this.failure);
  }

  close(): Promise<void> {
    this.#network.members.delete(this.name);
    this.#receiver = undefined;
    return Promise.resolve();
  }

  /** Leaves without a word; the others see it go. */
  die(): void {
    this.#network.members.delete(this.name);
    this.#receiver = undefined;
    for (const member of this.#network.members.values()) {
      member.#take((receiver) => receiver.onGone(this.name));
    }
  }
}

/** What is left of a value on a wire: its own data, without classes and getters. */
function copyOf<Value>(value: Value): Value {
  return structuredClone(withoutGetters(value)) as Value; // the same data
}

function withoutGetters(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutGetters);
  if (
    typeof value !== "object" || value === null || value instanceof Set ||
    value instanceof Date || ArrayBuffer.isView(value) ||
    value instanceof ArrayBuffer
  ) return value;
  if ("toJSON" in value && typeof value.toJSON === "function") {
    return value.toJSON();
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, withoutGetters(each)]),
  );
}
