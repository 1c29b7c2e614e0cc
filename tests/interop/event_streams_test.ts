/** Events and answers as streams and loops. */

import { assertEquals } from "@std/assert";
import { ask, testClients } from "../_support/clients.ts";

testClients(
  "Socket.events() gives arguments and a reply, in order",
  async (bed) => {
    const [socket, client] = await bed.pair();
    const events = socket.events("say");
    client.emit("say", "one", 1);
    const answer = ask(client, "say", "two");
    assertEquals((await events.next()).value?.[0], ["one", 1]);
    const { value } = await events.next();
    assertEquals(value?.[0], ["two"]);
    value?.[1]("heard");
    assertEquals(await answer, ["heard"]);
    await events.return?.();
    assertEquals(socket.listenerCount("say"), 0);
  },
);

testClients(
  "emitWithAckStream() gives answers as they come, and ends behind the last",
  async (bed) => {
    const clients = [await bed.connect(), await bed.connect()];
    const replies = clients.map((client) => {
      const asked = Promise.withResolvers<(answer: string) => void>();
      client.on("vote", (_about, reply) => asked.resolve(reply));
      return asked.promise;
    });
    const votes = bed.io.emitWithAckStream("vote", "lunch").values();
    const [first, second] = await Promise.all(replies);
    second?.("yes");
    assertEquals(await votes.next(), { done: false, value: "yes" });
    first?.("no");
    assertEquals(await votes.next(), { done: false, value: "no" });
    assertEquals((await votes.next()).done, true);
  },
);
