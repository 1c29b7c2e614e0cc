import type { Packet } from "../engine_parser/mod.ts";
import { control } from "./message.ts";
import type { TransportLimit, TransportOwner } from "./transports/transport.ts";
import type { WebSocketTransport } from "./transports/websocket.ts";

const PROBE_PONG = control("3probe");

/** The session that may move, as its upgrade sees it. */
export interface UpgradeHost {
  /** The client sent more than it may. */
  onLimitExceeded(limit: TransportLimit): void;
  /** The client has reached us over the new transport. */
  onProbe(transport: WebSocketTransport): void;
  /** The client has left the old transport. */
  onUpgraded(transport: WebSocketTransport): void;
  /** The session stays where it was. */
  onUpgradeAbandoned(): void;
}

/**
 * A session on its way from long-polling to a WebSocket.
 *
 * ```text
 * client                          server
 *   │── GET websocket&sid=… ────────▶│  probing
 *   │── 2probe ─────────────────────▶│
 *   │◀───────────────────── 3probe ──│  probed: no GET waits any more
 *   │   (its last GET is answered)   │
 *   │── 5 ──────────────────────────▶│  upgraded: what waits leaves over the WebSocket
 * ```
 *
 * Any other packet, an error, the end of either connection or `upgradeTimeout`
 * leads to "abandoned": the WebSocket is closed, and the session goes on over
 * long-polling.
 */
export class Upgrade implements TransportOwner {
  #state: "probing" | "probed" | "upgraded" | "abandoned" = "probing";
  readonly #transport: WebSocketTransport;
  readonly #host: UpgradeHost;

  constructor(transport: WebSocketTransport, host: UpgradeHost) {
    this.#transport = transport;
    this.#host = host;
    transport.bind(this);
  }

  onPacket({ type, data }: Packet): void {
    if (this.#state === "probing" && type === "ping" && data === "probe") {
      this.#state = "probed";
      this.#transport.write(PROBE_PONG);
      this.#host.onProbe(this.#transport);
    } else if (this.#state === "probed" && type === "upgrade") {
      this.#state = "upgraded";
      this.#host.onUpgraded(this.#transport);
    } else {
      this.abandon();
    }
  }

  onLimitExceeded(limit: TransportLimit): void {
    this.#host.onLimitExceeded(limit);
  }

  onPacketError(): void {
    this.abandon();
  }

  onTransportError(): void {
    this.abandon();
  }

  onTransportClose(): void {
    this.abandon();
  }

  onFlush(): void {}

  /** Closes the WebSocket unless the session has moved to it. */
  abandon(): void {
    if (this.#state === "upgraded" || this.#state === "abandoned") return;
    this.#state = "abandoned";
    this.#transport.close("server closes");
    this.#host.onUpgradeAbandoned();
  }
}
