/** What an application does wrong is told at once, where it is done. */

import { assertThrows } from "@std/assert";
import { JsonCodec, Server, type Socket } from "@deno-socketio/server";
import { createServer } from "node:http";
import { ask, testClients } from "./_support/clients.ts";

/** As JavaScript gives it to us, which has no types. */
// deno-lint-ignore no-explicit-any -- that is what it is for
const untyped = (value: unknown) => value as any;

const NOT_FROM = "Cannot create a server from";

const constructions: Record<string, [options: unknown, message: string]> = {
  "an HTTP server of Node": [createServer(), `${NOT_FROM} an HTTP server: `],
  "a port": [3000, `${NOT_FROM} 3000: pass options`],
  "null": [null, `${NOT_FROM} null: pass options`],
  "no parser": [
    { parser: { Encoder: class {} } },
    "Cannot use parser: it has neither encode() and createDecoder() nor Encoder and Decoder",
  ],
  "a parser and what only the default one knows": [
    { parser: new JsonCodec(), reviver: () => {} },
    "Cannot use reviver with parser: it is an option of the default parser",
  ],
};

for (const [name, [options, message]] of Object.entries(constructions)) {
  Deno.test(`Server cannot be made from ${name}`, () => {
    assertThrows(() => new Server(untyped(options)), TypeError, message);
  });
}

Deno.test("Server cannot be made from an HTTP server of Deno's", async () => {
  await using http = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response(),
  );
  assertThrows(() => new Server(untyped(http)), TypeError, NOT_FROM);
});

const additions: Record<string, (io: Server, socket: Socket) => unknown> = {
  "io.use()": (io) => io.use(untyped(undefined)),
  "io.engine.use()": (io) => io.engine.use(untyped({})),
  "io.on()": (io) => io.on("connection", untyped(1)),
  "io.of()": (io) => io.of("/", untyped("text")),
  "socket.use()": (_io, socket) => socket.use(untyped(null)),
  "socket.on()": (_io, socket) => socket.on("event", untyped(null)),
  "socket.handle()": (_io, socket) => socket.handle("event", untyped(null)),
  "socket.onAny()": (_io, socket) => socket.onAny(untyped(null)),
  "socket.prependAnyOutgoing()": (_io, socket) =>
    socket.prependAnyOutgoing(untyped("text")),
};

const choices: Record<string, (io: Server, socket: Socket) => unknown> = {
  "io.to() of a number": (io) => io.to(untyped(5)),
  "io.except() of nothing": (io) => io.except(untyped(undefined)),
  "socket.join() of null": (_io, socket) => socket.join(untyped(null)),
};

testClients("What is no function is refused where it is added", async (bed) => {
  const [socket, client] = await bed.pair();
  for (const [name, add] of Object.entries(additions)) {
    assertThrows(
      () => add(bed.io, socket),
      TypeError,
      "is not a function",
      name,
    );
  }
  for (const [name, choose] of Object.entries(choices)) {
    assertThrows(
      () => choose(bed.io, socket),
      TypeError,
      "it is not a string",
      name,
    );
  }
  socket.on("still here", (answer) => answer());
  await ask(client, "still here");
}, { modes: ["websocket"], versions: ["4.8.4"] });
