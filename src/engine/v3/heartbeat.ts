import { DelayLine } from "../../delay_line.ts";
import type { Heartbeat, HeartbeatPeer } from "../heartbeat.ts";

/**
 * The heartbeats of all sessions of revision 3, from one timer: clients ping, and the
 * server answers.
 *
 * idle ──start()──▶ until ping ──timeout──▶ timed out
 *                    └──▲ ping
 */
export class ClientHeartbeat implements Heartbeat {
  readonly beat = "ping";
  readonly #untilPing: DelayLine<HeartbeatPeer>;

  /** @param timeout Milliseconds from the start, or from a ping, to the next. */
  constructor(timeout: number) {
    this.#untilPing = new DelayLine(timeout, (peer) => peer.onPingTimeout());
  }

  start(peer: HeartbeatPeer): void {
    this.#untilPing.add(peer);
  }

  onBeat(peer: HeartbeatPeer): void {
    this.#untilPing.add(peer);
    peer.pong();
  }

  /** Nothing but a ping counts. */
  extend(): void {}

  stop(peer: HeartbeatPeer): void {
    this.#untilPing.delete(peer);
  }

  close(): void {
    this.#untilPing.flush();
  }
}
