// Node's, since Deno's own has nothing to keep it from holding up the process.
import { clearInterval, setInterval } from "node:timers";
import { BroadcastChannel } from "node:worker_threads";

/** Where a worker can be reached by the others of its process. */
export interface WorkerAddress {
  /** What the ids of its sessions begin with. */
  readonly id: string;
  /** Its port on 127.0.0.1. */
  readonly port: number;
  /** What a connection must begin with. */
  readonly secret: string;
}

/** Milliseconds between two announcements: one may get lost. */
const ANNOUNCE_EVERY = 1_000;

/**
 * Tells the workers of one process of each other.
 *
 * A `BroadcastChannel` reaches all of them and nobody else, but loses messages under
 * load: so all that goes over it is who is there, again and again.
 */
export class Directory implements Disposable {
  readonly #channel: BroadcastChannel;
  readonly #self: WorkerAddress;
  readonly #timer: ReturnType<typeof setInterval>;

  /**
   * @param name What the workers have in common.
   * @param self This worker.
   * @param onWorker Hears of each other worker, more than once.
   */
  constructor(
    name: string,
    self: WorkerAddress,
    onWorker: (worker: WorkerAddress) => void,
  ) {
    this.#self = self;
    this.#channel = new BroadcastChannel(`@deno-socketio/server ${name}`);
    this.#channel.onmessage = (message) => {
      const { data } = message as MessageEvent<unknown>; // which its types do not tell
      if (!isAnnouncement(data) || data.id === self.id) return;
      onWorker(data);
      if (data.isNew) this.#announce(false);
    };
    // Neither may keep the process alive.
    this.#channel.unref();
    this.#timer = setInterval(() => this.#announce(false), ANNOUNCE_EVERY);
    this.#timer.unref();
    this.#announce(true);
  }

  #announce(isNew: boolean): void {
    this.#channel.postMessage({ ...this.#self, isNew });
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#channel.close();
  }
}

function isAnnouncement(
  value: unknown,
): value is WorkerAddress & { readonly isNew: boolean } {
  return typeof value === "object" && value !== null &&
    "id" in value && typeof value.id === "string" &&
    "port" in value && typeof value.port === "number" &&
    "secret" in value && typeof value.secret === "string" &&
    "isNew" in value && typeof value.isNew === "boolean";
}
