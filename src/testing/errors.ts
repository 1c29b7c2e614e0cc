/**
 * Why a test client did not connect: a middleware refused it, or the server its request.
 *
 * @example Usage
 * ```ts
 * import { Server } from "@deno-socketio/server";
 * import { connect, ConnectError } from "@deno-socketio/server/testing";
 * import { assertRejects } from "@std/assert";
 *
 * await using io = new Server();
 * io.use(() => {
 *   throw new Error("who are you?");
 * });
 * await assertRejects(() => connect(io), ConnectError, "who are you?");
 * ```
 */
export class ConnectError extends Error {
  /** The `data` of the error that the middleware threw, as the client gets it. */
  readonly data: unknown;
  /** The status of the HTTP response, where the server refused the request. */
  readonly status: number | undefined;

  /** Reports what the server said, or what happened. */
  constructor(
    message: string,
    { data, status, ...options }:
      & { readonly data?: unknown; readonly status?: number }
      & ErrorOptions = {},
  ) {
    super(message, options);
    this.name = "ConnectError";
    this.data = data;
    this.status = status;
  }
}
