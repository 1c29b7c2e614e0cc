/** Acknowledgements, of one client and of many. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { AckTimeoutError, DisconnectedError } from "../../mod.ts";
import {
  ask,
  engineOf,
  settle,
  testClients,
  within,
} from "../_support/clients.ts";
import { inTime } from "../_support/within.ts";

/** Long enough never to run out. */
const LONG = 60_000;
/** Meant to run out. */
const SHORT = 20;

testClients(
  "A client's callback gets all arguments of the answer",
  async (bed) => {
    const [socket, client] = await bed.pair();
    socket.on("sum", (a, b, reply) => reply(a + b, [a, b], null));
    assertEquals(await ask(client, "sum", 1, 2), [3, [1, 2], null]);
  },
);

testClients(
  "A server's callback gets all arguments of the answer",
  async (bed) => {
    const [socket, client] = await bed.pair();
    client.on("sum", (a, b, reply) => reply(a + b, [a, b], null));
    assertEquals(await ask(socket, "sum", 1, 2), [3, [1, 2], null]);
  },
);

testClients("An answer may come later, and may be empty", async (bed) => {
  const [socket, client] = await bed.pair();
  socket.on("later", async (reply) => {
    await ask(socket, "first");
    reply();
  });
  client.on("first", (reply) => reply());
  assertEquals(await ask(client, "later"), []);
});

testClients("Only the first answer counts", async (bed) => {
  const [socket, client] = await bed.pair();
  const answers: unknown[] = [];
  const frames: unknown[] = [];
  engineOf(client).on("data", (frame) => frames.push(frame));
  socket.on("twice", (reply) => {
    reply(1);
    reply(2);
  });
  client.emit("twice", (answer: unknown) => answers.push(answer));
  await settle(client, socket);
  assertEquals(answers, [1]);
  assertEquals(frames.filter((frame) => String(frame).startsWith("3")), [
    "30[1]",
  ]);
});

testClients("Answers find their events in any order", async (bed) => {
  const [socket, client] = await bed.pair();
  const replies: [number, (answer: number) => void][] = [];
  socket.on("number", (number, reply) => {
    replies.push([number, reply]);
    if (replies.length < 100) return;
    for (const [number, reply] of replies.reverse()) reply(number * 2);
  });
  const numbers = Array.from({ length: 100 }, (_, index) => index);
  const answers = await Promise.all(
    numbers.map((number) => ask(client, "number", number)),
  );
  assertEquals(answers, numbers.map((number) => [number * 2]));
});

testClients("socket.emitWithAck() resolves with the answer", async (bed) => {
  const [socket, client] = await bed.pair();
  client.on("double", (number, reply) => reply(number * 2, "ignored"));
  assertEquals(await within(socket.emitWithAck("double", 21), "42"), 42);
  assertEquals(
    await within(socket.timeout(LONG).emitWithAck("double", 4), "8"),
    8,
  );
});

testClients(
  "The client's emitWithAck() and timeout() get answers",
  async (bed) => {
    const [socket, client] = await bed.pair();
    socket.on("double", (number, reply) => reply(number * 2));
    assertEquals(await within(client.emitWithAck("double", 21), "42"), 42);
    const answer = client.timeout(LONG).emitWithAck("double", 4);
    assertEquals(await within(answer, "8"), 8);
    await assertRejects(
      () => client.timeout(SHORT).emitWithAck("nobody listens"),
      Error,
      "operation has timed out",
    );
  },
  { versions: ["4.8.4"] },
);

testClients(
  "socket.timeout() hands null and the answer to the callback",
  async (bed) => {
    const [socket, client] = await bed.pair();
    client.on("double", (number, reply) => reply(number * 2, "more"));
    assertEquals(
      await ask(socket.timeout(LONG), "double", 21),
      [null, 42, "more"],
    );
  },
);

testClients(
  "socket.timeout() hands an error to the callback when no answer comes",
  async (bed) => {
    const [socket, client] = await bed.pair();
    const calls: unknown[][] = [];
    const { promise: late, resolve: answerLate } = Promise.withResolvers<
      void
    >();
    client.on("slow", (reply) => late.then(() => reply("too late")));
    const [error] = await within(
      new Promise<unknown[]>((resolve) => {
        socket.timeout(SHORT).emit("slow", (...args: unknown[]) => {
          calls.push(args);
          resolve(args);
        });
      }),
      "an error",
    );
    assert(error instanceof AckTimeoutError);
    assertEquals(error.message, "operation has timed out");

    answerLate();
    await settle(client, socket);
    assertEquals(calls.length, 1);
  },
);

testClients("socket.emitWithAck() rejects when time runs out", async (bed) => {
  const [socket] = await bed.pair();
  await assertRejects(
    () => socket.timeout(SHORT).emitWithAck("nobody listens"),
    AckTimeoutError,
    "operation has timed out",
  );
});

testClients(
  "Answers that are waited for fail when the client leaves",
  async (bed) => {
    const [socket, client] = await bed.pair();
    const withCallback = ask(socket.timeout(LONG), "a");
    const promised = assertRejects(
      () => socket.timeout(LONG).emitWithAck("b"),
      DisconnectedError,
      "socket has been disconnected",
    );
    const endless = assertRejects(
      () => socket.emitWithAck("c"),
      DisconnectedError,
    );
    client.disconnect();
    const [error] = await withCallback;
    assert(error instanceof DisconnectedError);
    await promised;
    await endless;
    await assertRejects(() => socket.emitWithAck("d"), DisconnectedError);
  },
);

testClients("An answer that nobody waits for is ignored", async (bed) => {
  const [socket, client] = await bed.pair();
  client.io.engine.write('3999["unknown"]');
  await settle(client, socket);
  assertEquals(socket.connected, true);
});

testClients(
  "io.timeout().emit() collects the answers of all clients",
  async (bed) => {
    for (const name of ["a", "b", "c"]) {
      const client = await bed.connect();
      client.on("name?", (prefix, reply) => reply(prefix + name, "ignored"));
    }
    const [error, answers] = await ask(bed.io.timeout(LONG), "name?", "I am ");
    assertEquals(error, null);
    assertEquals(
      (answers as string[]).sort(), // what the clients answer
      ["I am a", "I am b", "I am c"],
    );
  },
);

testClients("io.emitWithAck() collects bytes too", async (bed) => {
  for (const byte of [1, 2]) {
    const client = await bed.connect();
    client.on("bytes?", (reply) => reply(Uint8Array.of(byte)));
  }
  const answers = await within(bed.io.emitWithAck("bytes?"), "the answers");
  assertEquals(
    answers.toSorted((a, b) => a[0] - b[0]),
    [Uint8Array.of(1), Uint8Array.of(2)],
  );
});

testClients(
  "A broadcast fails with the answers that did come in time",
  async (bed) => {
    const [, willing] = await bed.pair();
    await bed.connect();
    willing.on("name?", (reply) => reply("willing"));
    const responses = await inTime(1, async (timeout) => {
      const error = await assertRejects(
        () => bed.io.timeout(timeout).emitWithAck("name?"),
        AckTimeoutError,
        "operation has timed out",
      );
      return error.responses ?? [];
    });
    assertEquals(responses, ["willing"]);
    const answers = await inTime(1, async (timeout) => {
      const [failure, answers] = await ask(bed.io.timeout(timeout), "name?");
      assert(failure instanceof AckTimeoutError);
      return answers as unknown[]; // of a broadcast
    });
    assertEquals(answers, ["willing"]);
  },
);

testClients(
  "A broadcast to a room waits for its members alone",
  async (bed) => {
    const [inside, member] = await bed.pair();
    const [outside, other] = await bed.pair();
    inside.join("room");
    member.on("name?", (reply) => reply("member"));
    other.on("name?", (reply) => reply("other"));
    assertEquals(
      await within(bed.io.to("room").emitWithAck("name?"), "the answers"),
      ["member"],
    );
    assertEquals(
      await within(outside.broadcast.emitWithAck("name?"), "the answers"),
      ["member"],
    );
    assertEquals(
      await within(bed.io.except("room").emitWithAck("name?"), "the answers"),
      ["other"],
    );
  },
);

testClients("A broadcast to nobody resolves with no answers", async (bed) => {
  assertEquals(
    await within(bed.io.to("nowhere").emitWithAck("name?"), "the answers"),
    [],
  );
});
