/**
 * Clients for tests: connected to a server in the same process without a port or a
 * network, typed by its events, and content with a fake clock.
 *
 * @example Usage
 * ```ts
 * import { Server } from "@deno-socketio/server";
 * import { connect } from "@deno-socketio/server/testing";
 * import { assertEquals } from "@std/assert";
 *
 * await using io = new Server();
 * io.on("connection", (socket) => {
 *   socket.on("say", (text) => io.emit("said", text));
 * });
 *
 * await using alice = await connect(io);
 * await using bob = await connect(io);
 * alice.emit("say", "hello");
 * assertEquals(await bob.next("said"), ["hello"]);
 * ```
 *
 * @module
 */
export {
  type ClientReservedEvents,
  type ReceivedArguments,
  TestClient,
} from "./client.ts";
export { ClientOperator } from "./client_operator.ts";
export { connect, type ConnectOptions, type TestHandler } from "./connect.ts";
export type { ClientDisconnectReason } from "./connection.ts";
export { ConnectError } from "./errors.ts";
export { settled } from "./lane.ts";
