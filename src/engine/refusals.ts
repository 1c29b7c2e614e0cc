import {
  HandshakeRefusedEvent,
  type RefusalReason,
} from "../diagnostic_events.ts";
import type { Diagnostics } from "../diagnostics.ts";
import type { Listeners } from "../listeners.ts";
import { type ErrorCode, HandshakeError } from "./errors.ts";
import { isWebSocketRequest } from "./websocket_handshake.ts";

/** Answers the requests that a server refuses, and tells who listens. */
export class Refusals {
  readonly #server: object;
  readonly #listeners: Listeners;
  readonly #diagnostics: Diagnostics;

  /**
   * @param server What listeners get as `this`.
   * @param listeners Those of the server.
   * @param diagnostics Where refusals are told.
   */
  constructor(server: object, listeners: Listeners, diagnostics: Diagnostics) {
    this.#server = server;
    this.#listeners = listeners;
    this.#diagnostics = diagnostics;
  }

  /** Refuses a request with a code of the protocol. */
  refuse(
    request: Request,
    code: ErrorCode,
    context: Readonly<Record<string, unknown>>,
    upgradeStatus?: number,
  ): Response {
    const error = new HandshakeError(code, context, upgradeStatus);
    const { message } = error;
    this.#listeners.call(this.#server, "connection_error", [
      { req: request, code, message, context },
    ]);
    const response = error.toResponse(isWebSocketRequest(request));
    if (this.#diagnostics.hears("handshakerefused")) {
      const { status } = response;
      this.#diagnostics.dispatchEvent(
        new HandshakeRefusedEvent(request, status, code, message, context),
      );
    }
    return response;
  }

  /** Refuses a client whose address has as many sessions as it may. */
  refuseAddress(request: Request, remoteAddress: string): Response {
    this.#diagnostics.reportLimit("connectionsPerAddress", remoteAddress);
    return this.refuse(request, 4, {
      name: "TOO_MANY_CONNECTIONS",
      remoteAddress,
    });
  }

  /** Refuses a request with a status for which the protocol has no code. */
  refuseWithout(
    request: Request,
    status: number,
    reason: RefusalReason,
    headers: HeadersInit = {},
  ): Response {
    if (this.#diagnostics.hears("handshakerefused")) {
      this.#diagnostics.dispatchEvent(
        new HandshakeRefusedEvent(request, status, reason),
      );
    }
    return new Response(null, { status, headers });
  }
}
