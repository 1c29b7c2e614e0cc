/** What compiles, and what must not. Nothing here is ever connected. */

import { assertType, type IsAny, type IsExact } from "@std/testing/types";
import {
  type BroadcastOperator,
  type CloseDescription,
  type DefaultEventsMap,
  type DisconnectReason,
  type Event,
  type EventNames,
  type EventNamesWithAck,
  type EventNamesWithoutAck,
  type ExtendedError,
  type Handler,
  type Namespace,
  type NamespaceServer,
  type ParentNamespace,
  type RemoteSocket,
  Server,
  type ServerOptions,
  type Socket,
} from "../mod.ts";

interface ClientToServer {
  say: (text: string, loud?: boolean) => void;
  move: (x: number, y: number) => void;
  ask: (
    question: string,
    reply: (answer: number, more: string) => void,
  ) => void;
  quiet: () => void;
}

// A type as well as an interface will do.
type ServerToClient = {
  said: (text: string, from: { id: string }) => void;
  ready: () => void;
  count: (limit: number, reply: (counted: number) => void) => void;
  confirm: (reply: (yes: boolean) => void) => void;
  maybe: (id: number, reply?: (answer: string) => void) => void;
  checked: (reply: (error: Error, answer: string) => void) => void;
  tried: (
    reply: (error: Error, answer?: number, more?: string) => void,
  ) => void;
  failing: (reply: (error: Error) => void) => void;
  bare: (reply: () => void) => void;
  photo: (bytes: Uint8Array, ...tags: string[]) => void;
};

interface BetweenServers {
  ping: (at: number) => void;
  load: (reply: (percent: number) => void) => void;
}

interface User {
  name: string;
  age?: number;
}

type ChatServer = Server<ClientToServer, ServerToClient, BetweenServers, User>;
type ChatSocket = Socket<ClientToServer, ServerToClient, BetweenServers, User>;
type ChatNamespace = Namespace<
  ClientToServer,
  ServerToClient,
  BetweenServers,
  User
>;

function typed(): ChatServer {
  return new Server<ClientToServer, ServerToClient, BetweenServers, User>();
}

/** For code that is compiled alone. */
function compiles(
  _code: (io: ChatServer, socket: ChatSocket) => unknown,
): void {}

Deno.test("Server infers the parameters of handlers", () => {
  typed().on("connection", (socket) => {
    assertType<IsExact<typeof socket, ChatSocket>>(true);
    socket.on("say", (text, loud) => {
      assertType<IsExact<typeof text, string>>(true);
      assertType<IsExact<typeof loud, boolean | undefined>>(true);
    });
    socket.once("move", (x, y) => {
      assertType<IsExact<typeof x, number>>(true);
      assertType<IsExact<typeof y, number>>(true);
    });
    socket.on("ask", (question, reply) => {
      assertType<IsExact<typeof question, string>>(true);
      reply(1, "more");
      // @ts-expect-error the answer has two arguments
      reply(1);
      // @ts-expect-error the first is a number
      reply("1", "more");
    });
    socket.prependListener("quiet", () => {});
    socket.on("quiet", async () => await Promise.resolve());
  });
  typed().of("/other").on("connect", (socket) => {
    assertType<IsExact<typeof socket, ChatSocket>>(true);
  });
  typed().of("/other", (socket) => {
    assertType<IsExact<typeof socket, ChatSocket>>(true);
  });
  typed().of(/x/, (socket) => {
    assertType<IsExact<typeof socket, ChatSocket>>(true);
  });
});

Deno.test("Socket refuses listeners of events that clients do not send", () => {
  compiles((_io, socket) => {
    // @ts-expect-error misspelt
    socket.on("sya", () => {});
    // @ts-expect-error an event of the other direction
    socket.on("said", () => {});
    // @ts-expect-error the text is no number
    socket.on("say", (text: number) => text);
    // @ts-expect-error too many parameters
    socket.on("move", (x, y, z) => [x, y, z]);
    // @ts-expect-error not a function
    socket.on("quiet", "quiet");
    // @ts-expect-error misspelt
    socket.off("sya");
    socket.off("say", (text) => text.length);
  });
});

Deno.test("Socket infers the parameters of its own events", () => {
  compiles((_io, socket) => {
    socket.on("disconnect", (reason, description) => {
      assertType<IsExact<typeof reason, DisconnectReason>>(true);
      assertType<IsExact<typeof description, CloseDescription | undefined>>(
        true,
      );
      // @ts-expect-error there is no such reason
      if (reason === "transport closed") return;
      if (reason === "ping timeout") return;
    });
    socket.on("disconnecting", (reason) => {
      assertType<IsExact<typeof reason, DisconnectReason>>(true);
    });
    socket.on("error", (error) => {
      assertType<IsExact<typeof error, Error>>(true);
    });
    socket.onAny((name, ...args) => {
      assertType<IsExact<typeof name, string>>(true);
      // deno-lint-ignore no-explicit-any -- that is what is claimed
      assertType<IsExact<typeof args, any[]>>(true);
    });
    socket.use(([name, ...args], next) => {
      assertType<IsExact<typeof name, string>>(true);
      next(args.length > 3 ? new Error("too many") : undefined);
    });
  });
});

Deno.test("socket.emit() takes the events to clients and their arguments", () => {
  compiles((_io, socket) => {
    const sent = socket.emit("said", "hello", { id: socket.id });
    assertType<IsExact<typeof sent, true>>(true);
    socket.emit("ready");
    socket.emit("photo", new Uint8Array(1), "a", "b");
    socket.volatile.emit("ready");
    socket.compress(true).emit("ready");
    // @ts-expect-error misspelt
    socket.emit("siad", "hello", { id: "" });
    // @ts-expect-error an event of the other direction
    socket.emit("say", "hello");
    // @ts-expect-error the second argument lacks
    socket.emit("said", "hello");
    // @ts-expect-error of the wrong type
    socket.emit("said", 1, { id: "" });
    // @ts-expect-error too many
    socket.emit("ready", 1);
    // @ts-expect-error misspelt
    socket.volatile.emit("raedy");
    // @ts-expect-error a tag is text
    socket.emit("photo", new Uint8Array(1), 1);
  });
});

Deno.test("io.emit() and operators take the events to clients", () => {
  compiles((io, socket) => {
    for (
      const target of [
        io.to("room"),
        io.in(["a", "b"]).except("c"),
        io.local.volatile,
        socket.broadcast,
        socket.to("room"),
        io.of("/other").except("room"),
      ]
    ) {
      assertType<
        IsExact<typeof target, BroadcastOperator<ServerToClient, User>>
      >(true);
      target.emit("said", "hello", { id: "" });
      // @ts-expect-error misspelt
      target.emit("siad", "hello", { id: "" });
      // @ts-expect-error of the wrong type
      target.emit("said", 1, { id: "" });
    }
    io.emit("ready");
    io.of("/other").emit("ready");
    // @ts-expect-error an event of the other direction
    io.emit("quiet");
    // @ts-expect-error misspelt
    io.of(/x/).emit("raedy");
    // @ts-expect-error a room is text
    io.to(1);
  });
});

Deno.test("socket.emit() knows the answer", () => {
  compiles(async (_io, socket) => {
    socket.emit("count", 3, (counted) => {
      assertType<IsExact<typeof counted, number>>(true);
    });
    socket.emit("maybe", 1);
    socket.emit("maybe", 1, (answer) => answer.length);
    // @ts-expect-error the acknowledgement lacks
    socket.emit("count", 3);
    // @ts-expect-error the answer is a number
    socket.emit("count", 3, (counted: string) => counted);

    const counted = await socket.emitWithAck("count", 3);
    assertType<IsExact<typeof counted, number>>(true);
    const yes = await socket.emitWithAck("confirm");
    assertType<IsExact<typeof yes, boolean>>(true);
    const answer = await socket.emitWithAck("maybe", 1);
    assertType<IsExact<typeof answer, string>>(true);
    const checked = await socket.emitWithAck("checked");
    assertType<IsExact<typeof checked, string>>(true);
    // @ts-expect-error it has no answer
    socket.emitWithAck("ready");
    // @ts-expect-error the limit lacks
    socket.emitWithAck("count");
    // @ts-expect-error the promise is the acknowledgement
    socket.emitWithAck("count", 3, () => {});
  });
});

Deno.test("socket.timeout() puts an error in front of the answer", () => {
  compiles(async (_io, socket) => {
    const patient = socket.timeout(1_000);
    patient.emit("count", 3, (error, counted) => {
      assertType<IsExact<typeof error, Error>>(true);
      assertType<IsExact<typeof counted, number>>(true);
    });
    patient.volatile.emit("confirm", (error, yes) => [error, yes]);
    patient.emit("ready");
    // @ts-expect-error the error comes first
    patient.emit("count", 3, (counted: number) => counted);
    // @ts-expect-error misspelt
    patient.emit("cuont", 3, () => {});
    const counted = await patient.emitWithAck("count", 3);
    assertType<IsExact<typeof counted, number>>(true);
  });
});

Deno.test("socket.timeout() puts no error in front of one that is declared", () => {
  compiles(async (_io, socket) => {
    const patient = socket.timeout(1_000);
    patient.emit("checked", (error, answer) => {
      assertType<IsExact<typeof error, Error>>(true);
      assertType<IsExact<typeof answer, string>>(true);
    });
    patient.emit("tried", (error, answer, more) => {
      assertType<IsExact<typeof error, Error>>(true);
      assertType<IsExact<typeof answer, number | undefined>>(true);
      assertType<IsExact<typeof more, string | undefined>>(true);
    });
    patient.emit("failing", (error) => {
      assertType<IsExact<typeof error, Error>>(true);
    });
    patient.emit("bare", (error) => {
      assertType<IsExact<typeof error, Error>>(true);
    });
    // @ts-expect-error there is no second error
    patient.emit("checked", (_error, _second, answer: string) => answer);
    // @ts-expect-error the answer is text
    patient.emit("checked", (_error, answer: number) => answer);

    const tried = await patient.emitWithAck("tried");
    assertType<IsExact<typeof tried, number | undefined>>(true);
    const failing = await socket.emitWithAck("failing");
    assertType<IsExact<typeof failing, undefined>>(true);
    const bare = await socket.emitWithAck("bare");
    assertType<IsExact<typeof bare, undefined>>(true);
    const checked = await patient.emitWithAck("checked");
    assertType<IsExact<typeof checked, string>>(true);
  });
});

Deno.test("A broadcast gets all answers in a list", () => {
  compiles(async (io, socket) => {
    for (const target of [io.to("room"), socket.broadcast, io.timeout(1_000)]) {
      target.emit("count", 3, (error, counted) => {
        assertType<IsExact<typeof error, Error>>(true);
        assertType<IsExact<typeof counted, number[]>>(true);
      });
      target.emit("count", 3);
      target.emit("checked", (_error, answers) => {
        assertType<IsExact<typeof answers, string[]>>(true);
      });
      const counted = await target.emitWithAck("count", 3);
      assertType<IsExact<typeof counted, number[]>>(true);
      // @ts-expect-error a list, not one answer
      target.emit("count", 3, (_error, counted: number) => counted);
      // @ts-expect-error it has no answer
      target.emitWithAck("ready");
    }
    io.timeout(1_000).emit("tried", (error, answers) => {
      assertType<IsExact<typeof error, Error>>(true);
      assertType<IsExact<typeof answers, (number | undefined)[]>>(true);
    });
    io.timeout(1_000).emit("bare", (error) => {
      assertType<IsExact<typeof error, Error>>(true);
    });
    io.emit("confirm", (_error, all) => {
      assertType<IsExact<typeof all, boolean[]>>(true);
    });
    const all = await io.of("/other").emitWithAck("confirm");
    assertType<IsExact<typeof all, boolean[]>>(true);
  });
});

Deno.test("Server has typed events between servers", () => {
  compiles(async (io) => {
    io.on("ping", (at) => {
      assertType<IsExact<typeof at, number>>(true);
    });
    io.of("/other").on("load", (reply) => {
      reply(50);
      // @ts-expect-error a number
      reply("50");
    });
    io.serverSideEmit("ping", Date.now());
    io.serverSideEmit("load", (error, percents) => {
      assertType<IsExact<typeof error, Error>>(true);
      assertType<IsExact<typeof percents, number[]>>(true);
    });
    const percents = await io.serverSideEmitWithAck("load");
    assertType<IsExact<typeof percents, number[]>>(true);
    // @ts-expect-error misspelt
    io.on("pnig", () => {});
    // @ts-expect-error misspelt
    io.serverSideEmit("pnig", 1);
    // @ts-expect-error of the wrong type
    io.serverSideEmit("ping", "now");
    // @ts-expect-error an event of clients
    io.serverSideEmit("said", "hello", { id: "" });
    // @ts-expect-error it has no answer
    io.serverSideEmitWithAck("ping", 1);
  });
});

Deno.test("socket.data has the application's type", () => {
  compiles(async (io, socket) => {
    assertType<IsExact<typeof socket.data, User>>(true);
    socket.data = { name: "Ada" };
    socket.data.age = 36;
    // @ts-expect-error misspelt
    socket.data.nmae = "Ada";
    // @ts-expect-error text
    socket.data.name = 1;
    io.use((socket, next) => {
      assertType<IsExact<typeof socket, ChatSocket>>(true);
      socket.data.name = socket.handshake.auth.name;
      next();
    });
    for (const found of await io.in("room").fetchSockets()) {
      assertType<IsExact<typeof found, RemoteSocket<ServerToClient, User>>>(
        true,
      );
      assertType<IsExact<typeof found.data, User>>(true);
      found.emit("said", "hello", { id: found.id });
      found.timeout(1_000).emit("count", 3, (error, counted) => {
        assertType<IsExact<typeof error, Error>>(true);
        assertType<IsExact<typeof counted, number>>(true);
      });
      const counted = await found.timeout(1_000).emitWithAck("count", 3);
      assertType<IsExact<typeof counted, number>>(true);
      // @ts-expect-error misspelt
      found.emit("siad", "hello", { id: "" });
    }
  });
});

Deno.test("Namespaces have the server's types", () => {
  compiles((io, socket) => {
    const other = io.of("/other");
    assertType<IsExact<typeof other, ChatNamespace>>(true);
    assertType<IsExact<typeof socket.nsp, ChatNamespace>>(true);
    assertType<IsExact<typeof io.sockets, ChatNamespace>>(true);
    const parent = io.of((name, auth, next) => {
      assertType<IsExact<typeof name, string>>(true);
      // deno-lint-ignore no-explicit-any -- that is what is claimed
      assertType<IsExact<typeof auth, Record<string, any>>>(true);
      next(null, true);
    });
    assertType<
      IsExact<
        typeof parent,
        ParentNamespace<ClientToServer, ServerToClient, BetweenServers, User>
      >
    >(true);
    io.on("new_namespace", (namespace) => {
      assertType<IsExact<typeof namespace, ChatNamespace>>(true);
    });
    const found = other.sockets.get("id");
    assertType<IsExact<typeof found, ChatSocket | undefined>>(true);
  });
});

Deno.test("A server without types takes everything", () => {
  const check = (_code: (io: Server, socket: Socket) => unknown) => {};
  check(async (io, socket) => {
    io.on("connection", (socket) => {
      assertType<
        IsExact<
          typeof socket,
          // deno-lint-ignore no-explicit-any -- the default of the data
          Socket<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, any>
        >
      >(true);
    });
    socket.on("anything", (a, b, reply) => {
      assertType<IsAny<typeof a>>(true);
      assertType<IsAny<typeof b>>(true);
      reply(1, "two");
    });
    socket.on("typed here", (text: string, reply: (n: number) => void) => {
      reply(text.length);
    });
    socket.on("async", async () => await Promise.resolve());
    socket.emit("anything", 1, { two: 3 }, new Uint8Array(4));
    socket.emit("anything", (answer: string) => answer);
    socket.timeout(1_000).emit("x", (error: Error, answer: string) => {
      return [error, answer];
    });
    io.emit("anything", 1);
    io.to("room").emit("anything", (error: Error, all: string[]) => {
      return [error, all];
    });
    io.on("from a server", (a) => a);
    io.serverSideEmit("to servers", 1);
    socket.data.anything = 1;
    const answer = await socket.emitWithAck("anything", 1);
    assertType<IsAny<typeof answer>>(true);
    const answers = await io.emitWithAck("anything", 1);
    // deno-lint-ignore no-explicit-any -- that is what is claimed
    assertType<IsExact<typeof answers, any[]>>(true);
    // @ts-expect-error a name is text
    socket.emit(1);
    // @ts-expect-error not a function
    socket.on("anything", 1);
  });
});

Deno.test("A server with one map sends and hears the same events", () => {
  const check = (
    _code: (
      io: Server<ClientToServer>,
      socket: Socket<ClientToServer>,
    ) => unknown,
  ) => {};
  check((io, socket) => {
    socket.on("say", (text) => {
      assertType<IsExact<typeof text, string>>(true);
    });
    socket.emit("say", "hello");
    io.emit("move", 1, 2);
    assertType<IsAny<typeof socket.data>>(true);
    // @ts-expect-error misspelt
    socket.emit("sya", "hello");
    // @ts-expect-error misspelt
    io.emit("mvoe", 1, 2);
  });
});

Deno.test("A server's parts fit where an application declares them", () => {
  compiles((io, socket) => {
    const greet = (_socket: ChatSocket) => {};
    greet(socket);
    io.on("connection", greet);
    const decorate = (_io: ChatServer) => {};
    decorate(io);
    const handler: Handler = io.handler();
    const serve: Deno.ServeHandler = handler;
    const module: Deno.ServeDefaultExport = { fetch: io.handler() };
    const options: ServerOptions = { pingInterval: 1, cors: { origin: "*" } };
    return [serve, module, new Server(options)];
  });
});

Deno.test("Server refuses options that there are not", () => {
  compiles(() => {
    // @ts-expect-error misspelt
    new Server({ pingInterva: 1 });
    // @ts-expect-error a number
    new Server({ pingTimeout: "1" });
    // @ts-expect-error no such transport
    new Server({ transports: ["pigeon"] });
  });
});

Deno.test("Socket.handle() checks what its handler returns", () => {
  compiles((io, socket) => {
    socket.handle("ask", (question) => {
      assertType<IsExact<typeof question, string>>(true);
      return 42;
    });
    socket.handle("ask", (question) => Promise.resolve(question.length));
    socket.handle("quiet", () => {});
    socket.handle("ask", () => 42, { once: true });
    // @ts-expect-error the answer is a number
    socket.handle("ask", () => "42");
    // @ts-expect-error the answer is missing
    socket.handle("ask", () => {});
    // @ts-expect-error misspelt
    socket.handle("aks", () => 42);
    io.on("handler_error", (error, { socket, event }) => {
      assertType<IsExact<typeof error, unknown>>(true);
      assertType<IsExact<typeof socket, ChatSocket>>(true);
      assertType<IsExact<typeof event, string>>(true);
    });
  });
});

Deno.test("Socket.events() and stream() give an event's arguments and reply", () => {
  compiles(async (_io, socket) => {
    for await (const [[question], reply] of socket.events("ask")) {
      assertType<IsExact<typeof question, string>>(true);
      reply(42, "more");
      // @ts-expect-error the answer is a number
      reply("42", "more");
    }
    for await (const [args] of socket.stream("say")) {
      assertType<IsExact<typeof args, Parameters<ClientToServer["say"]>>>(true);
    }
    // @ts-expect-error misspelt
    socket.events("aks");
  });
});

Deno.test("emitWithAckStream() gives the first argument of each answer", () => {
  compiles(async (io) => {
    for await (const counted of io.to("room").emitWithAckStream("count", 1)) {
      assertType<IsExact<typeof counted, number>>(true);
    }
    // @ts-expect-error it wants no answer
    io.emitWithAckStream("ready");
    // @ts-expect-error the limit is missing
    io.emitWithAckStream("count");
  });
});

Deno.test("EventNamesWithAck and EventNamesWithoutAck divide the names of a map", () => {
  assertType<
    IsExact<
      EventNamesWithAck<ServerToClient>,
      | "count"
      | "confirm"
      | "maybe"
      | "checked"
      | "tried"
      | "failing"
      | "bare"
    >
  >(true);
  assertType<
    IsExact<EventNamesWithoutAck<ServerToClient>, "said" | "ready" | "photo">
  >(true);
  assertType<IsExact<EventNamesWithAck<BetweenServers>, "load">>(true);
  assertType<IsExact<EventNamesWithoutAck<BetweenServers>, "ping">>(true);
  assertType<IsExact<EventNames<BetweenServers>, "load" | "ping">>(true);
  // A map of anything has any name, with an acknowledgement or without.
  assertType<IsExact<EventNamesWithAck<DefaultEventsMap>, string>>(true);
  assertType<IsExact<EventNamesWithoutAck<DefaultEventsMap>, string>>(true);
});

Deno.test("Functions that decide may return what they like, as on Node", () => {
  compiles((io, socket) => {
    io.use((_socket, next) => setTimeout(next, 10));
    io.use((socket, next) => socket.data.age ? next() : next(new Error("no")));
    io.use(async (socket, next) => {
      await socket.join("room");
      next();
    });
    io.use((socket) => socket.join("room"));
    io.use((_socket, next) => {
      const error: ExtendedError = new Error("not you");
      error.data = { why: "because" };
      next(error);
    });
    io.of((_name, _auth, next) => setTimeout(next, 10, null, true));
    io.of((name) => name === "/room");
    io.of((name) => Promise.resolve(name === "/room"));
    socket.use((_event, next) => setTimeout(next, 10));
    socket.use(([name, ...args]: Event, next) => {
      next(args.length > name.length ? new Error("too much") : undefined);
    });
    // @ts-expect-error a middleware gets the socket first
    io.use((next: () => void) => next());
    // @ts-expect-error an error, not text
    io.use((_socket, next) => next("no"));
    const options: ServerOptions = {
      allowRequest: (_request, callback) => setTimeout(callback, 0, null, true),
    };
    return options;
  });
});

Deno.test("Namespace.server is a server of the same maps", () => {
  compiles((io, socket) => {
    const { server } = socket.nsp;
    assertType<
      IsExact<
        typeof server,
        NamespaceServer<ClientToServer, ServerToClient, BetweenServers, User>
      >
    >(true);
    const same: typeof server = io;
    same.to("room").emit("said", "hello", { id: socket.id });
    assertType<IsExact<ReturnType<typeof server.of>, ChatNamespace>>(true);
    // @ts-expect-error misspelt
    server.emit("siad", "hello", { id: "" });
  });
});

Deno.test("io.close() takes a signal or a callback", () => {
  compiles(async (io) => {
    await io.close();
    await io.close({ signal: AbortSignal.timeout(1_000) });
    await io.close((error) => {
      assertType<IsExact<typeof error, Error | undefined>>(true);
    });
    // @ts-expect-error neither
    await io.close(1_000);
  });
});
