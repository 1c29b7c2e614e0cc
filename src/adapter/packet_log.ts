import { MAX_DELAY } from "../options.ts";
import type { EncodedPacket } from "../parser/mod.ts";
import type { Target } from "./adapter.ts";
import { sizeOf } from "./size_of.ts";

/** A packet that was broadcast, as it may have to be sent again. */
export interface LoggedPacket {
  readonly encoded: EncodedPacket;
  readonly target: Target;
  readonly bytes: number;
  /** When it was sent, in milliseconds of the epoch. */
  readonly time: number;
}

/** How much a {@linkcode PacketLog} may hold. */
export interface PacketLogLimits {
  readonly maxPackets: number;
  readonly maxBytes: number;
  /** Milliseconds that a packet is kept. */
  readonly maxAge: number;
}

/** Packets from which the head is removed only when half of the list is stale. */
const COMPACT_FROM = 1_024;

/**
 * The last packets of a namespace, numbered from 1 on.
 *
 * A number finds its packet without a search. What exceeds a limit is forgotten,
 * the oldest first.
 */
export class PacketLog implements Disposable {
  readonly #limits: PacketLogLimits;
  /** The packets in their order, behind places that are free. */
  #packets: (LoggedPacket | undefined)[] = [];
  /** Where the oldest packet is. */
  #head = 0;
  #bytes = 0;
  #last = 0;
  /** When the packet was sent that was forgotten last. */
  #forgottenAt = 0;
  /** Ends the wait for the oldest packet to be too old. */
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(limits: PacketLogLimits) {
    this.#limits = limits;
  }

  /** The number of the last packet that was added, 0 before the first. */
  get last(): number {
    return this.#last;
  }

  get size(): number {
    return this.#packets.length - this.#head;
  }

  /** Adds a packet, which gets the number after {@linkcode PacketLog.last}. */
  append(encoded: EncodedPacket, target: Target): void {
    const bytes = sizeOf(encoded);
    const packet = {
      encoded: encoded.copy(),
      target,
      bytes,
      time: Date.now(),
    };
    this.#packets.push(packet);
    this.#bytes += bytes;
    const seq = ++this.#last;
    // A Blob's size counts when it has been read; what fails is reported where it is sent.
    encoded.ready?.then((read) => {
      if (seq <= this.#last - this.size) return; // forgotten
      packet.bytes = sizeOf(read);
      this.#bytes += packet.bytes - bytes;
      this.prune();
    }, () => {});
    this.prune();
  }

  /**
   * Returns the packets after number `seq`, if none of them has been forgotten.
   *
   * @param seq The number.
   * @param confirmedAt What was sent before may have been forgotten.
   */
  after(seq: number, confirmedAt = 0): LoggedPacket[] | undefined {
    const oldest = this.#last - this.size + 1;
    if (seq + 1 < oldest && this.#forgottenAt >= confirmedAt) return undefined;
    const start = this.#head + Math.max(seq + 1 - oldest, 0);
    return this.#packets.slice(start) as LoggedPacket[]; // none is free from the head on
  }

  /** Forgets what exceeds a limit. */
  prune(): void {
    const { maxPackets, maxBytes, maxAge } = this.#limits;
    const oldestTime = Date.now() - maxAge;
    for (
      let packet = this.#packets[this.#head];
      packet !== undefined &&
      (this.size > maxPackets || this.#bytes > maxBytes ||
        packet.time < oldestTime);
      packet = this.#packets[this.#head]
    ) {
      this.#bytes -= packet.bytes;
      this.#forgottenAt = packet.time;
      this.#packets[this.#head++] = undefined;
    }
    if (this.#head >= COMPACT_FROM && this.#head * 2 > this.#packets.length) {
      this.#packets = this.#packets.slice(this.#head);
      this.#head = 0;
    } else if (this.#head === this.#packets.length) {
      this.clear();
    }
    if (this.#timer === undefined) this.#awaitAge();
  }

  /** Forgets the oldest packet when it is too old, though nothing is added by then. */
  #awaitAge(): void {
    const oldest = this.#packets[this.#head];
    if (oldest === undefined) return;
    const age = Math.max(Date.now() - oldest.time, 0);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.prune();
    }, Math.min(this.#limits.maxAge - age + 1, MAX_DELAY));
  }

  /** Forgets all packets; their numbers are not used again. */
  clear(): void {
    this.#forgottenAt = this.#packets.at(-1)?.time ?? this.#forgottenAt;
    this.#packets = [];
    this.#head = 0;
    this.#bytes = 0;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Another name of {@linkcode PacketLog.clear}. */
  [Symbol.dispose](): void {
    this.clear();
  }
}
