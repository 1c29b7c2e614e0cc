/** What ends by itself: connections without a namespace, namespaces without a client. */

import { assert, assertEquals } from "@std/assert";
import { connected, next, testClients, within } from "../_support/clients.ts";

const once = { versions: ["4.8.4"], modes: ["websocket"] } as const;

testClients(
  "connectTimeout ends a connection that asks for no namespace in time",
  async (bed) => {
    const kept = await bed.connect();
    const ended = within(
      new Promise<string>((resolve) =>
        bed.io.engine.once("connection", (conn) => conn.once("close", resolve))
      ),
      "the end",
    );
    const idle = new WebSocket(
      `${bed.url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`,
    );
    const closed = new Promise((resolve) => idle.onclose = resolve);
    assertEquals(await ended, "forced close");
    await closed;
    assert(kept.connected);
  },
  { ...once, server: { connectTimeout: 50 } },
);

testClients(
  "A namespace that takes time to be found is joined then",
  async (bed) => {
    const asked = Promise.withResolvers<void>();
    const verdict = Promise.withResolvers<boolean>();
    bed.io.of(async (name, auth) => {
      asked.resolve();
      return await verdict.promise && name === "/later" && auth.token === 1;
    }).on("connection", (socket) => socket.emit("welcome"));
    const client = bed.open("/later", { auth: { token: 1 } });
    const welcome = next(client, "welcome");
    await asked.promise;
    verdict.resolve(true);
    await connected(client);
    await welcome;
  },
  once,
);
