/** Who is let in, and which events get through. */

import { assertEquals, assertInstanceOf } from "@std/assert";
import type { CallbackErrorEvent } from "../../mod.ts";
import {
  ask,
  type Client,
  connected,
  engineOf,
  next,
  settle,
  testClients,
  within,
} from "../_support/clients.ts";

async function refusal(
  client: Client,
): Promise<{ message: string; data: unknown }> {
  const [error] = await next(client, "connect_error");
  assertInstanceOf(error, Error);
  return {
    message: error.message,
    data: "data" in error ? error.data : undefined,
  };
}

testClients(
  "io.use() lets clients in, in order and with what was kept",
  async (bed) => {
    const order: string[] = [];
    bed.io.use((socket, next) => {
      order.push("first");
      socket.data.user = socket.handshake.auth.user;
      next();
      next(new Error("too late"));
    });
    bed.io.use(async (socket) => {
      await Promise.resolve();
      order.push("second");
      Object.assign(socket, { color: "red" });
    });
    bed.io.on("connection", () => order.push("connection"));
    const [socket] = await bed.pair("/", { auth: { user: "Ada" } });
    assertEquals(order, ["first", "second", "connection"]);
    assertEquals(socket.data, { user: "Ada" });
    assertEquals("color" in socket && socket.color, "red");
  },
);

testClients("io.use() refuses a client with message and data", async (bed) => {
  bed.io.use((_socket, next) => {
    const error = new Error("not you");
    next(Object.assign(error, { data: { code: 7, retry: false } }));
  });
  bed.io.on("connection", () => {
    throw new Error("nobody was let in");
  });
  const client = bed.open();
  assertEquals(await refusal(client), {
    message: "not you",
    data: { code: 7, retry: false },
  });
  assertEquals(client.connected, false);
  assertEquals(bed.io.sockets.sockets.size, 0);
});

testClients(
  "io.use() refuses a client by a throw and by a rejection",
  async (bed) => {
    bed.io.of("/throw").use(() => {
      throw new Error("thrown");
    });
    bed.io.of("/reject").use(async () => {
      await Promise.resolve();
      throw Object.assign(new Error("rejected"), { data: 1 });
    });
    bed.io.of("/reject-next").use(async (_socket, _next) => {
      await Promise.resolve();
      throw new Error("rejected");
    });
    assertEquals(await refusal(bed.open("/throw")), {
      message: "thrown",
      data: undefined,
    });
    assertEquals(await refusal(bed.open("/reject")), {
      message: "rejected",
      data: 1,
    });
    assertEquals(await refusal(bed.open("/reject-next")), {
      message: "rejected",
      data: undefined,
    });
  },
);

testClients(
  "A refused client may try again on the same connection",
  async (bed) => {
    const [, client] = await bed.pair();
    const secret = bed.io.of("/secret");
    secret.use((socket, next) => {
      next(
        socket.handshake.auth.token === "b" ? undefined : new Error("wrong"),
      );
    });
    const other = client.io.socket("/secret", { auth: { token: "a" } });
    assertEquals((await refusal(other)).message, "wrong");
    other.auth = { token: "b" };
    other.connect();
    await connected(other);
    assertEquals(secret.sockets.size, 1);
    assertEquals(bed.io.engine.clientsCount, 1);
  },
);

testClients(
  "Middlewares of one namespace do not ask for another",
  async (bed) => {
    bed.io.use((_socket, next) => next(new Error("not in the main one")));
    bed.io.of("/other").use((_socket, next) => next());
    await bed.connect("/other");
    assertEquals((await refusal(bed.open())).message, "not in the main one");
  },
);

testClients(
  "What a middleware sends and joins counts once the client is in",
  async (bed) => {
    bed.io.use((socket, next) => {
      socket.emit("early", 1);
      socket.join("early");
      socket.join(["left again", "early too"]);
      socket.leave("left again");
      next();
    });
    bed.io.on("connection", (socket) => {
      socket.emit("early", 2);
    });
    const client = bed.open();
    const heard: unknown[] = [];
    client.on("connect", () => heard.push("connect"));
    client.on("early", (number) => heard.push(number));
    await connected(client);
    await settle(client, bed.socketOf(client));
    assertEquals(heard, ["connect", 1, 2]);
    assertEquals([...bed.socketOf(client).rooms], [
      client.id,
      "early",
      "early too",
    ]);
  },
);

testClients(
  "A middleware that hangs keeps nothing of a client that leaves",
  async (bed) => {
    const { promise: entered, resolve: enter } = Promise.withResolvers<
      () => void
    >();
    const { promise: left, resolve: leave } = Promise.withResolvers<unknown>();
    let isConnected = false;
    bed.io.use((socket, next) => {
      socket.conn.on("close", leave);
      enter(next);
    });
    bed.io.on("connection", () => isConnected = true);
    const client = bed.open();
    const proceed = await within(entered, "the middleware");
    engineOf(client).close();
    await within(left, "the end of the session");
    proceed();
    assertEquals(isConnected, false);
    assertEquals(bed.io.sockets.sockets.size, 0);
    assertEquals(bed.io.engine.clientsCount, 0);
  },
);

testClients(
  "socket.use() sees each event, in order and with what it may change",
  async (bed) => {
    const [socket, client] = await bed.pair();
    const seen: unknown[][] = [];
    socket.use((event, next) => {
      seen.push([...event]);
      event.push("added");
      next();
    });
    socket.use(async (event) => {
      await Promise.resolve();
      seen.push([...event]);
    });
    const heard = next(socket, "hello");
    client.emit("hello", 1);
    assertEquals(await heard, [1, "added"]);
    assertEquals(seen, [["hello", 1], ["hello", 1, "added"]]);
  },
);

testClients(
  "socket.use() drops an event and tells the error event",
  async (bed) => {
    const [socket, client] = await bed.pair();
    socket.use((event, next) => {
      next(event[0] === "next" ? new Error("by next") : undefined);
    });
    socket.use((event) => {
      if (event[0] === "throw") throw new Error("by throw");
    });
    socket.use(async (event) => {
      await Promise.resolve();
      if (event[0] === "reject") throw new Error("by rejection");
    });
    const errors: string[] = [];
    socket.on("error", ({ message }) => errors.push(message));
    const events: string[] = [];
    for (const name of ["next", "throw", "reject", "fine"]) {
      socket.on(name, () => events.push(name));
      client.emit(name);
    }
    await settle(client, socket);
    assertEquals(events, ["fine"]);
    assertEquals(errors.toSorted(), ["by next", "by rejection", "by throw"]);
    assertEquals(socket.connected, true);
  },
);

testClients("socket.use() hands on the acknowledgement", async (bed) => {
  const [socket, client] = await bed.pair();
  socket.use((event, next) => {
    const reply = event.at(-1);
    if (event[0] === "guarded") return reply("refused");
    next();
  });
  assertEquals(await ask(client, "guarded"), ["refused"]);
});

testClients("An error event without a listener harms nobody", async (bed) => {
  const [socket, client] = await bed.pair();
  socket.use((event, next) => {
    next(event[0] === "bad" ? new Error("bad") : undefined);
  });
  client.emit("bad");
  client.emit("error", "a name like any other");
  await settle(client, socket);
  assertEquals(socket.connected, true);
});

testClients("Handlers that fail do not hurt the others", async (bed) => {
  const failures: [string, unknown][] = [];
  bed.io.diagnostics.addEventListener(
    "callbackerror",
    (event: CallbackErrorEvent) => {
      event.preventDefault();
      failures.push([event.source, event.error]);
    },
  );
  bed.io.on("connection", () => {
    throw "connection";
  });
  const [socket, client] = await bed.pair();
  const [other, neighbour] = await bed.pair();
  const heard: string[] = [];
  socket.on("throw", () => {
    throw "event";
  });
  socket.on("throw", () => heard.push("second listener"));
  socket.on("reject", () => Promise.reject("promise"));
  socket.onAny((name) => {
    if (name === "any") throw "watcher";
  });
  client.emit("throw");
  client.emit("reject");
  client.emit("any");
  client.on("answer me", (reply) => reply());
  socket.emit("answer me", () => {
    throw "answer";
  });
  socket.on("disconnect", () => {
    throw "disconnect";
  });
  await settle(client, socket);
  await settle(neighbour, other);
  await settle(client, socket);
  const left = next(socket, "disconnect");
  client.disconnect();
  await left;
  await settle(neighbour, other);
  assertEquals(heard, ["second listener"]);
  // Rejections are reported a little later than throws.
  assertEquals(failures.map(String).sort(), [
    'a listener of "any",watcher',
    'a listener of "connection",connection',
    'a listener of "connection",connection',
    'a listener of "disconnect",disconnect',
    'a listener of "reject",promise',
    'a listener of "throw",event',
    'an acknowledgement of "answer me",answer',
  ]);
});
