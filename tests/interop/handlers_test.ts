/** Handlers that answer by what they return. */

import { assertEquals } from "@std/assert";
import { ask, testClients } from "../_support/clients.ts";

testClients(
  "Socket.handle() answers with what its handler returns",
  async (bed) => {
    bed.io.on("connection", (socket) => {
      socket.handle("add", (a: number, b: number) => a + b);
      socket.handle("later", async (text: string) => {
        await Promise.resolve();
        return { text, bytes: Uint8Array.of(1, 2) };
      });
      socket.handle("nothing", () => {});
    });
    const client = await bed.connect();
    assertEquals(await ask(client, "add", 1, 2), [3]);
    const [answer] = await ask(client, "later", "x");
    assertEquals((answer as { text: string }).text, "x");
    assertEquals(await ask(client, "nothing"), [null]);
  },
);
