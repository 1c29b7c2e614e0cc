import type { EngineSocket } from "./socket.ts";

/** The sessions of a server, by id, and how many of them each address has. */
export class Sessions {
  readonly #byId = new Map<string, EngineSocket>();
  readonly #countByAddress = new Map<string, number>();
  /** Those whose client has not come back to its session yet, the oldest first. */
  readonly #unheard = new Set<EngineSocket>();
  readonly #maxPerAddress: number;
  readonly #maxUnheard: number;
  readonly #onTooMany: (socket: EngineSocket) => void;

  /**
   * @param maxPerAddress Sessions that one address may have.
   * @param maxUnheard Sessions that may wait for their client to come back.
   * @param onTooMany Gets the one that has waited for longest, where there are more.
   */
  constructor(
    maxPerAddress: number,
    maxUnheard: number,
    onTooMany: (socket: EngineSocket) => void,
  ) {
    this.#maxPerAddress = maxPerAddress;
    this.#maxUnheard = maxUnheard;
    this.#onTooMany = onTooMany;
  }

  get size(): number {
    return this.#byId.size;
  }

  get(id: string): EngineSocket | undefined {
    return this.#byId.get(id);
  }

  has(id: string): boolean {
    return this.#byId.has(id);
  }

  /** All sessions, by id. */
  get all(): ReadonlyMap<string, EngineSocket> {
    return this.#byId;
  }

  list(): EngineSocket[] {
    return [...this.#byId.values()];
  }

  /** Whether an address has as many sessions as it may. */
  isFull(address: string): boolean {
    return this.#counts(address) &&
      this.#count(address) >= this.#maxPerAddress;
  }

  /** Returns whether there was a place: others may have come since it was let in. */
  add(socket: EngineSocket): boolean {
    if (this.has(socket.id) || this.isFull(socket.remoteAddress)) return false;
    this.#byId.set(socket.id, socket);
    this.#addToCount(socket.remoteAddress, 1);
    return true;
  }

  /** Waits for the client of `socket` to come back: its session has begun by one request. */
  await(socket: EngineSocket): void {
    this.#unheard.add(socket);
    if (this.#unheard.size <= this.#maxUnheard) return;
    const [oldest] = this.#unheard;
    if (oldest !== undefined) this.#onTooMany(oldest);
  }

  /** A client has come back to its session. */
  hear(socket: EngineSocket): void {
    this.#unheard.delete(socket);
  }

  /** Returns whether it was there. */
  delete(socket: EngineSocket): boolean {
    this.#unheard.delete(socket);
    if (this.#byId.get(socket.id) !== socket) return false;
    this.#byId.delete(socket.id);
    this.#addToCount(socket.remoteAddress, -1);
    return true;
  }

  /** Whether anybody asks for the sessions of an address; none has a name on a Unix socket. */
  #counts(address: string): boolean {
    return this.#maxPerAddress !== Infinity && address !== "";
  }

  #count(address: string): number {
    return this.#countByAddress.get(address) ?? 0;
  }

  #addToCount(address: string, change: number): void {
    if (!this.#counts(address)) return;
    const count = this.#count(address) + change;
    if (count === 0) this.#countByAddress.delete(address);
    else this.#countByAddress.set(address, count);
  }
}
