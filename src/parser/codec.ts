import type { Packet } from "./packet.ts";

/**
 * A packet, ready to be sent to any number of clients: text and bytes, which
 * leave in this order with nothing between them.
 *
 * Transports keep their own form of it in the other two fields, so that it is
 * made once however many clients get it.
 */
export class EncodedPacket {
  /** The packet's frames. */
  readonly frames: readonly (string | Uint8Array)[];
  /** What message transports send. */
  wire: readonly (string | Uint8Array)[] | undefined = undefined;
  /** What long-polling sends. */
  payload: string | undefined = undefined;
  /** Whether `wire` holds copies of the bytes. */
  isKept = false;
  /** The packet itself, where a `Blob` must be read first: this one has no frames. */
  readonly ready: Promise<EncodedPacket> | undefined;

  /**
   * Holds `frames`, of which there is at least one.
   *
   * @param frames The packet's frames.
   * @param ready The packet itself, where its frames are not there yet.
   */
  constructor(
    frames: readonly (string | Uint8Array)[],
    ready?: Promise<EncodedPacket>,
  ) {
    this.frames = frames;
    this.ready = ready;
  }

  /**
   * Returns the same packet to be kept: without a transport's form of it, and with
   * bytes that nobody else writes to.
   */
  copy(): EncodedPacket {
    if (this.frames.every((frame) => typeof frame === "string")) {
      return new EncodedPacket(this.frames, this.ready);
    }
    return new EncodedPacket(
      this.frames.map((frame) =>
        typeof frame === "string" ? frame : frame.slice()
      ),
      this.ready,
    );
  }
}

/** Turns frames of one client back into packets. */
export interface Decoder {
  /**
   * Takes the next frame.
   *
   * @param frame Text, or bytes which nobody else writes to.
   * @returns The packet that is complete with it, if one is.
   * @throws {DecodeError} If no valid packet can come of it.
   */
  add(frame: string | Uint8Array): Packet | undefined;
  /** Lets go of what was begun: the client has gone. */
  destroy?(): void;
}

/** How packets are written and read: one for all clients of a server. */
export interface Codec {
  /**
   * Encodes a packet, whose data is not changed.
   *
   * @param packet The packet.
   * @returns Its frames.
   */
  encode(packet: Packet): EncodedPacket;
  /** Creates the decoder of one client. */
  createDecoder(): Decoder;
}
