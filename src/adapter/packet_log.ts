import type { EncodedPacket } from "../parser/mod.ts";
import type { Target } from "./adapter.ts";

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
export class PacketLog {
  readonly #limits: PacketLogLimits;
  #packets: LoggedPacket[] = [];
  /** Where the oldest packet is. */
  #head = 0;
  #bytes = 0;
  #last = 0;

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
      encoded: encoded.withOwnBytes(),
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

  /** Returns the packets after number `seq`, if none of them has been forgotten. */
  after(seq: number): LoggedPacket[] | undefined {
    const oldest = this.#last - this.size + 1;
    if (seq + 1 < oldest) return undefined;
    return this.#packets.slice(this.#head + seq + 1 - oldest);
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
      this.#head++;
    }
    if (this.#head >= COMPACT_FROM && this.#head * 2 > this.#packets.length) {
      this.#packets = this.#packets.slice(this.#head);
      this.#head = 0;
    } else if (this.#head === this.#packets.length) {
      this.clear();
    }
  }

  /** Forgets all packets; their numbers are not used again. */
  clear(): void {
    this.#packets = [];
    this.#head = 0;
    this.#bytes = 0;
  }
}

function sizeOf({ frames }: EncodedPacket): number {
  let bytes = 0;
  for (const frame of frames) bytes += frame.length;
  return bytes;
}
