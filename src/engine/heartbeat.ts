import { DelayLine } from "../delay_line.ts";

/** A session as its heartbeat sees it. */
export interface HeartbeatPeer {
  /** Sends a ping. */
  ping(): void;
  /** Sends a pong. */
  pong(): void;
  /** The last ping was answered: what was sent before it has arrived. */
  onConfirmed(): void;
  /** The peer was silent for too long. */
  onPingTimeout(): void;
}

/** Finds out which of many sessions have lost their peers. */
export interface Heartbeat {
  /** What peers send to show that they are there. */
  readonly beat: "ping" | "pong";
  start(peer: HeartbeatPeer): void;
  /** The peer has sent {@linkcode Heartbeat.beat}. */
  onBeat(peer: HeartbeatPeer): void;
  /** Gives a peer that is sending something else its whole timeout again. */
  extend(peer: HeartbeatPeer): void;
  stop(peer: HeartbeatPeer): void;
  /** Stops the timers: no peer is left. */
  close(): void;
}

/**
 * The heartbeats of all sessions of a server, from two timers: the server pings, and
 * clients answer.
 *
 * idle ──start()──▶ until ping ──pingInterval──▶ until pong ──pingTimeout──▶ timed out
 *                       ▲────────pong──────────────┘
 */
export class ServerHeartbeat implements Heartbeat {
  readonly beat = "pong";
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

  onBeat(peer: HeartbeatPeer): void {
    if (!this.#untilPong.delete(peer)) return; // it answers no ping
    this.#untilPing.add(peer);
    peer.onConfirmed();
  }

  extend(peer: HeartbeatPeer): void {
    if (this.#untilPong.delete(peer)) this.#untilPong.add(peer);
  }

  stop(peer: HeartbeatPeer): void {
    this.#untilPing.delete(peer);
    this.#untilPong.delete(peer);
  }

  close(): void {
    this.#untilPing.flush();
    this.#untilPong.flush();
  }
}
