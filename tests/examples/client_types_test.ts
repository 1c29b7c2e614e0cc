/** The official client with a server's event types. Nothing here is ever connected. */

import { assertType, type IsExact } from "@std/testing/types";
import type { Socket } from "socket.io-client";
import type {
  ClientToServer,
  ServerToClient,
  Standing,
} from "../../examples/shared_types/events.ts";

/** For code that is compiled alone. */
function compiles(
  _code: (socket: Socket<ServerToClient, ClientToServer>) => unknown,
): void {}

Deno.test("socket.io-client takes a server's events the other way round", () => {
  compiles(async (socket) => {
    socket.on("standings", (standings) => {
      assertType<IsExact<typeof standings, Standing[]>>(true);
    });
    const isCounted = await socket.emitWithAck("vote", "tea");
    assertType<IsExact<typeof isCounted, boolean>>(true);
    // @ts-expect-error misspelt
    socket.on("standing", () => {});
    // @ts-expect-error an event of the other direction
    socket.emit("standings", []);
    // @ts-expect-error of the wrong type
    socket.emitWithAck("vote", 1);
  });
});
