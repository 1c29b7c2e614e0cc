import { DelayLine } from "../delay_line.ts";
import type { Refusals } from "./refusals.ts";
import type { Revision } from "./revision.ts";
import { Backlogs } from "./transports/backlog.ts";
import {
  type AcceptWebSocket,
  type WebSocketSettings,
  WebSocketTransport,
} from "./transports/websocket.ts";
import { readWebSocketHandshake } from "./websocket_handshake.ts";

/** Milliseconds within which an accepted WebSocket opens, unless its client has gone. */
const OPEN_TIMEOUT = 2_000;

/** WebSockets that were accepted and have not opened. */
export class Openings {
  readonly #refusals: Refusals;
  readonly #settings: WebSocketSettings;
  readonly #waiting = new DelayLine<WebSocketTransport>(
    OPEN_TIMEOUT,
    (transport) => transport.close("failed"),
  );

  /**
   * @param maxHttpBufferSize Bytes that a message may have.
   * @param refusals Answers what is no WebSocket handshake.
   */
  constructor(maxHttpBufferSize: number, refusals: Refusals) {
    this.#settings = { maxHttpBufferSize, backlogs: new Backlogs() };
    this.#refusals = refusals;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /**
   * Accepts a WebSocket. Nothing may throw once Deno has: it would stop listening
   * unless it gets this very response.
   *
   * @param request Asks for it.
   * @param revision What is spoken over it.
   * @param onOpen Gets the transport when it has opened, if it does.
   * @param acceptWebSocket Accepts it.
   */
  accept(
    request: Request,
    revision: Revision,
    onOpen: (transport: WebSocketTransport) => void,
    acceptWebSocket: AcceptWebSocket = Deno.upgradeWebSocket,
  ): Response {
    const name = "TRANSPORT_HANDSHAKE_ERROR";
    const options = readWebSocketHandshake(request);
    if (options === undefined) {
      return this.#refusals.refuse(request, 3, { name });
    }
    const format = revision.websocketFormat(request.url);
    let upgrade: ReturnType<AcceptWebSocket>;
    try {
      upgrade = acceptWebSocket(request, options);
    } catch (error) {
      return this.#refusals.refuse(request, 3, { name, error });
    }
    this.#waiting.add(
      new WebSocketTransport(
        upgrade.socket,
        format,
        this.#settings,
        (transport, isOpen) => {
          this.#waiting.delete(transport);
          if (isOpen) onOpen(transport);
        },
      ),
    );
    return upgrade.response;
  }

  /** Gives up those that have not opened. */
  flush(): void {
    this.#waiting.flush();
  }

  /** Ends all timers: no WebSocket is left. */
  close(): void {
    this.flush();
    this.#settings.backlogs.close();
  }
}
