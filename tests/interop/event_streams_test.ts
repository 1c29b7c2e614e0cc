/** Events and answers as streams and loops. */

import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { AckTimeoutError, DisconnectedError } from "../../mod.ts";
import { ask, next, settle, testClients, within } from "../_support/clients.ts";

const once = { versions: ["4.8.4"], modes: ["websocket"] } as const;

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
  "Socket.events() ends when the socket has left, behind what waits",
  async (bed) => {
    const [socket, client] = await bed.pair();
    const events = socket.events("say");
    client.emit("say", 1);
    client.emit("say", 2);
    const gone = next(socket, "disconnect");
    client.disconnect();
    await gone;
    const seen: unknown[] = [];
    for await (const [args] of events) seen.push(...args);
    assertEquals(seen, [1, 2]);
    for await (const _ of socket.events("say")) throw new Error("it has left");
  },
  once,
);

testClients(
  "Socket.events() fails with its signal's reason",
  async (bed) => {
    const { socket, reason, controller } = {
      socket: (await bed.pair())[0],
      reason: new Error("enough"),
      controller: new AbortController(),
    };
    const events = socket.events("say", { signal: controller.signal });
    const waiting = events.next();
    controller.abort(reason);
    assertStrictEquals(await assertRejects(() => waiting), reason);
    assertEquals(socket.listenerCount("say"), 0);
    const late = socket.events("say", { signal: controller.signal });
    assertStrictEquals(await assertRejects(() => late.next()), reason);
  },
  once,
);

testClients(
  "Leaving a loop over Socket.events() stops listening",
  async (bed) => {
    const [socket, client] = await bed.pair();
    client.emit("ignored");
    const events = socket.events("say");
    client.emit("say", 1);
    client.emit("say", 2);
    for await (const [[number]] of events) {
      if (number === 1) break;
    }
    assertEquals(socket.listenerCount("say"), 0);
    await settle(client, socket);
  },
  once,
);

testClients(
  "Socket.events() costs a client that sends more than limits.queuedEvents its connection",
  async (bed) => {
    const limits: string[] = [];
    bed.io.diagnostics.addEventListener(
      "limitexceeded",
      ({ limit }) => limits.push(limit),
    );
    const [socket, client] = await bed.pair();
    const [, other] = await bed.pair();
    const events = socket.events("say");
    const gone = next(socket, "disconnect");
    for (let i = 0; i < 4; i++) client.emit("say", i);
    assertEquals((await gone)[0], "transport error");
    assertEquals(limits, ["queuedEvents"]);
    const seen: unknown[] = [];
    for await (const [args] of events) seen.push(...args);
    assertEquals(seen, [0, 1, 2]);
    assertEquals(other.connected, true);
  },
  { ...once, server: { limits: { queuedEvents: 3 } } },
);

testClients(
  "Socket.stream() is a stream which others can read and cancel",
  async (bed) => {
    const [socket, client] = await bed.pair();
    const texts = socket.stream("say").pipeThrough(
      new TransformStream({
        transform([[text]], controller) {
          controller.enqueue(`${text}!`);
        },
      }),
    );
    client.emit("say", "hello");
    const reader = texts.getReader();
    assertEquals(await reader.read(), { done: false, value: "hello!" });
    await reader.cancel();
    assertEquals(socket.listenerCount("say"), 0);
  },
  once,
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

testClients(
  "emitWithAckStream() fails with what came in time",
  async (bed) => {
    const quick = await bed.connect();
    const slow = await bed.connect();
    quick.on("vote", (reply) => reply(1));
    const heard = next(slow, "vote");
    const seen: unknown[] = [];
    const read = async () => {
      for await (const vote of bed.io.timeout(50).emitWithAckStream("vote")) {
        seen.push(vote);
      }
    };
    const error = await assertRejects(
      () => within(read(), "votes"),
      AckTimeoutError,
    );
    assertEquals(error.responses, [1]);
    assertEquals(seen, [1]);
    await heard;
  },
  once,
);

testClients(
  "emitWithAckStream() fails when a client leaves without an answer",
  async (bed) => {
    const client = await bed.connect();
    const heard = next(client, "vote");
    const votes = bed.io.emitWithAckStream("vote").values();
    await heard;
    client.disconnect();
    await assertRejects(() => within(votes.next(), "votes"), DisconnectedError);
  },
  once,
);

testClients(
  "emitWithAckStream() waits no longer once its loop is left, or its signal aborts",
  async (bed) => {
    const [socket, client] = await bed.pair();
    client.on("vote", (reply) => reply(1));
    for await (const vote of bed.io.emitWithAckStream("vote")) {
      assertEquals(vote, 1);
      break;
    }
    const controller = new AbortController();
    client.off("vote");
    const votes = bed.io
      .emitWithAckStream("vote", { signal: controller.signal }).values();
    const waiting = votes.next();
    controller.abort(new Error("enough"));
    await assertRejects(() => waiting, Error, "enough");
    await settle(client, socket);
  },
  once,
);
