/** The protocol's codes for a request that is refused. */
export type ErrorCode = 0 | 1 | 2 | 3 | 4 | 5;

const MESSAGES: Readonly<Record<ErrorCode, string>> = {
  0: "Transport unknown",
  1: "Session ID unknown",
  2: "Bad handshake method",
  3: "Bad request",
  4: "Forbidden",
  5: "Unsupported protocol version",
};

/**
 * Why a request was refused: what listeners of `connection_error` get, and what
 * its HTTP response says.
 *
 * @example Usage
 * ```ts
 * import { HandshakeError } from "@deno-socketio/server/engine";
 * import { assertEquals } from "@std/assert";
 *
 * const error = new HandshakeError(1, { sid: "nobody" });
 * assertEquals(error.message, "Session ID unknown");
 * assertEquals(error.status, 400);
 * ```
 */
export class HandshakeError extends Error {
  /** The protocol's code. */
  readonly code: ErrorCode;
  /** What was wrong, by name. */
  readonly context: Readonly<Record<string, unknown>>;
  /** The status of the HTTP response. */
  readonly status: number;
  /** The same for a request that asked for a WebSocket. */
  readonly upgradeStatus: number;

  /**
   * Reports a refusal.
   *
   * @param code The protocol's code, which decides the message and the status.
   * @param context What was wrong; the client is told a `message` in it in place of
   * the code's own.
   * @param upgradeStatus The status for a request that asked for a WebSocket.
   */
  constructor(
    code: ErrorCode,
    context: Readonly<Record<string, unknown>> = {},
    upgradeStatus = 400,
  ) {
    super(MESSAGES[code]);
    this.name = "HandshakeError";
    this.code = code;
    this.context = context;
    this.status = code === 4 ? 403 : 400;
    this.upgradeStatus = upgradeStatus;
  }

  /** The answer: JSON, or the bare message for a request that asked for a WebSocket. */
  toResponse(isUpgrade: boolean): Response {
    const { code, context } = this;
    const message = typeof context.message === "string"
      ? context.message
      : this.message;
    return isUpgrade
      ? new Response(message, {
        status: this.upgradeStatus,
        headers: { "content-type": "text/html" },
      })
      : Response.json({ code, message }, { status: this.status });
  }
}
