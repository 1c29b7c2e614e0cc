import { DelayLine } from "../delay_line.ts";

/** A session as its heartbeat sees it. */
export interface HeartbeatPeer {
  /** Sends a ping. */
  ping(): void;
  /** The pong did not come in time. */
  onPingTimeout(): void;
}

/**
 * The heartbeats of all sessions of a server, from two timers.
 *
 * idle ──start()──▶ until ping ──pingInterval──▶ until pong ──pingTimeout──▶ timed out
 *                       ▲────────pong()────────────┘
 */
export class Heartbeat {
  readonly #untilPing: DelayLine<HeartbeatPeer>;
  readonly #untilPong: DelayLine<HeartbeatPeer>;

  /**
   * @param pingInterval Milliseconds from the start, or from a pong, to the next ping.
   * @param pingTimeout Milliseconds within which a ping must be answered.
   */
  constructor(pingInterval: number, pingTimeout: number) {
    this.#untilPing = new DelayLine(pingInterval, (peer) => {
      this.#untilPong.add(peer);
      peer.ping();
    });
    this.#untilPong = new DelayLine(
      pingTimeout,
      (peer) => peer.onPingTimeout(),
    );
  }

  start(peer: HeartbeatPeer): void {
    this.#untilPing.add(peer);
  }

  /** Returns whether a ping was waiting for this pong. */
  pong(peer: HeartbeatPeer): boolean {
    const expected = this.#untilPong.delete(peer);
    if (expected) this.#untilPing.add(peer);
    return expected;
  }

  /** Gives a peer that is sending something else its whole timeout again. */
  extend(peer: HeartbeatPeer): void {
    if (this.#untilPong.delete(peer)) this.#untilPong.add(peer);
  }

  /** Stops the timers: no peer is left. */
  close(): void {
    this.#untilPing.flush();
    this.#untilPong.flush();
  }

  stop(peer: HeartbeatPeer): void {
    this.#untilPing.delete(peer);
    this.#untilPong.delete(peer);
  }
}
