/**
 * Why an acknowledgement was given up: it did not come within its time.
 *
 * @example Usage
 * ```ts
 * import { AckTimeoutError, Server } from "@deno-socketio/server";
 *
 * const io = new Server();
 * io.on("connection", async (socket) => {
 *   try {
 *     await socket.timeout(1_000).emitWithAck("are you there?");
 *   } catch (error) {
 *     if (error instanceof AckTimeoutError) socket.disconnect();
 *   }
 * });
 * ```
 */
export class AckTimeoutError extends Error {
  /** The answers that came in time, of a broadcast. */
  readonly responses: readonly unknown[] | undefined;

  /** Reports that time ran out, with the answers that a broadcast did get. */
  constructor(responses?: readonly unknown[]) {
    super("operation has timed out");
    this.name = "AckTimeoutError";
    this.responses = responses;
  }
}

/**
 * Why an acknowledgement was given up: the socket was disconnected before it came.
 *
 * @example Try again only while the client is there
 * ```ts
 * import { DisconnectedError, Server } from "@deno-socketio/server";
 *
 * await using io = new Server();
 * io.on("connection", async (socket) => {
 *   try {
 *     await socket.timeout(5_000).emitWithAck("order");
 *   } catch (error) {
 *     if (!(error instanceof DisconnectedError)) socket.emit("late");
 *   }
 * });
 * ```
 */
export class DisconnectedError extends Error {
  /** The answers that did come, of a broadcast. */
  readonly responses: readonly unknown[] | undefined;

  /** Reports that no answer can come any more, with those that a broadcast did get. */
  constructor(responses?: readonly unknown[]) {
    super("socket has been disconnected");
    this.name = "DisconnectedError";
    this.responses = responses;
  }
}
