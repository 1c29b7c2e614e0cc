/** What aborts when a socket has left, and a server that ends with its block. */

import { assert, assertInstanceOf, assertStrictEquals } from "@std/assert";
import { DisconnectedError, Server } from "../../mod.ts";
import { next, testClients, Visitors } from "../_support/clients.ts";

testClients("Socket.signal aborts when the socket has left", async (bed) => {
  const [socket, client] = await bed.pair();
  const { signal } = socket;
  assert(!signal.aborted);
  assertStrictEquals(socket.signal, signal);
  const aborted = next({
    once: (name, listener) =>
      signal.addEventListener(name, listener, { once: true }),
  }, "abort");
  client.disconnect();
  await aborted;
  assertInstanceOf(signal.reason, DisconnectedError);
  assert(socket.signal.aborted);
});

Deno.test("await using closes a server", async () => {
  await using visitors = new Visitors();
  let gone: Promise<unknown[]>;
  {
    await using io = new Server();
    io.listen({ hostname: "127.0.0.1", port: 0, onListen() {} });
    const { port } = io.httpServer?.addr as Deno.NetAddr; // it listens on a port
    const client = await visitors.connect(
      "4.8.4",
      "websocket",
      `http://127.0.0.1:${port}`,
    );
    gone = next(client, "disconnect");
  }
  await gone;
});
