/** What `io.diagnostics` tells of clients, from the wire on. */

import { assertEquals, assertInstanceOf } from "@std/assert";
import type { DiagnosticsEventMap, ServerOptions } from "@deno-socketio/server";
import {
  ask,
  type ClientOptions,
  next,
  TestBed,
  within,
} from "./_support/clients.ts";
import { endpoint, WireSocket } from "./_support/wire.ts";

/** A server, and what it reports of some types. */
class Bed<Type extends keyof DiagnosticsEventMap> extends TestBed {
  readonly events: DiagnosticsEventMap[Type][] = [];
  #onEvent = () => {};

  constructor(types: readonly Type[], options?: ServerOptions) {
    super("4.8.4", "websocket", options);
    for (const type of types) {
      this.io.diagnostics.addEventListener(type, (event) => {
        event.preventDefault();
        this.events.push(event);
        this.#onEvent();
      });
    }
  }

  /** Waits until there are so many events. */
  async reported(count: number): Promise<DiagnosticsEventMap[Type][]> {
    while (this.events.length < count) {
      await within(
        new Promise<void>((resolve) => this.#onEvent = resolve),
        `event ${count} of diagnostics`,
      );
    }
    return this.events;
  }

  /** Opens a session that has asked for no namespace. */
  async wire(): Promise<WireSocket> {
    const url = endpoint(`${this.url}/socket.io/`, { transport: "websocket" });
    const socket = await WireSocket.open(url);
    await socket.receive();
    return socket;
  }
}

/** The fields of an event that its class has added. */
function fields(event: Event): Record<string, unknown> {
  return { type: event.type, ...Object.fromEntries(Object.entries(event)) };
}

Deno.test("diagnostics tells of a session's beginning and end", async () => {
  await using bed = new Bed(["sessionstart", "sessionend"]);
  const client = await bed.connect();
  client.disconnect();
  const [start, end] = (await bed.reported(2)).map(fields);
  const address = "127.0.0.1";
  assertEquals(start, {
    type: "sessionstart",
    address,
    transport: "websocket",
  });
  const duration = end?.["duration"] as number; // milliseconds
  assertEquals(end, {
    type: "sessionend",
    address,
    transport: "websocket",
    reason: "transport close",
    description: "websocket connection closed",
    duration: Math.max(duration, 0),
  });
});

Deno.test("diagnostics tells of clients that join namespaces, and why they leave", async () => {
  await using bed = new Bed(["connection", "disconnection"]);
  bed.io.of(/^\/game-\d+$/).on("connection", (socket) => {
    socket.on("end", () => socket.disconnect());
  });
  const [{ id }, client] = await bed.pair();
  const game = client.io.socket("/game-7");
  await next(game, "connect");
  game.emit("end");
  await bed.reported(3);
  client.io.engine.close();
  await bed.reported(4);
  const address = "127.0.0.1";
  const main = { namespace: "/", namespaceGroup: "/", address };
  const other = {
    namespace: "/game-7",
    namespaceGroup: "/^\\/game-\\d+$/",
    address,
  };
  const gameId = bed.events[1]?.id;
  assertEquals(bed.events.map(fields), [
    { type: "connection", id, ...main, recovered: false },
    { type: "connection", id: gameId, ...other, recovered: false },
    {
      type: "disconnection",
      id: gameId,
      ...other,
      reason: "server namespace disconnect",
      description: undefined,
    },
    {
      type: "disconnection",
      id,
      ...main,
      reason: "transport close",
      description: "websocket connection closed",
    },
  ]);
});

Deno.test("diagnostics tells of clients that were not let in", async () => {
  await using bed = new Bed(["connectionrefused"]);
  bed.io.use(() => {
    throw new Error("who are you?");
  });
  await next(bed.open(), "connect_error");
  await next(bed.open("/nowhere"), "connect_error");
  const address = "127.0.0.1";
  assertEquals(bed.events.map(fields), [
    {
      type: "connectionrefused",
      namespace: "/",
      namespaceGroup: "/",
      address,
      message: "who are you?",
    },
    {
      type: "connectionrefused",
      namespace: "/nowhere",
      namespaceGroup: undefined,
      address,
      message: "Invalid namespace",
    },
  ]);
});

Deno.test("diagnostics tells of refused requests, with or without a code", async () => {
  await using bed = new Bed(["handshakerefused"], {
    allowRequest: (request) => !request.url.includes("banned"),
  });
  const url = `${bed.url}/socket.io/`;
  const get = async (query: Record<string, string>) => {
    const response = await fetch(endpoint(url, query));
    await response.body?.cancel();
  };
  await get({ transport: "pigeon" });
  await get({ transport: "polling", sid: "nobody" });
  await get({ transport: "polling", banned: "1" });
  await bed.io.drain();
  await get({ transport: "polling" });
  await bed.io.close();
  await get({ transport: "polling" });
  assertEquals(
    bed.events.map(({ status, code, message, context }) => [
      status,
      code,
      message,
      context,
    ]),
    [
      [400, 0, "Transport unknown", { transport: "pigeon" }],
      [400, 1, "Session ID unknown", { sid: "nobody" }],
      [403, 4, "Forbidden", {}],
      [503, "draining", "", {}],
      [503, "closed", "", {}],
    ],
  );
  assertInstanceOf(bed.events[0]?.request, Request);
});

Deno.test("diagnostics tells of what is no packet, of the engine's or of Socket.IO's", async () => {
  await using bed = new Bed(["packeterror"]);
  for (const message of ["x", "49"]) {
    await using wire = await bed.wire();
    wire.send(message);
    await wire.drain();
  }
  assertEquals(
    bed.events.map(({ error, address }) => [(error as Error).name, address]),
    [["PacketSyntaxError", "127.0.0.1"], ["DecodeError", "127.0.0.1"]],
  );
});

Deno.test("diagnostics tells of events in both directions while somebody listens", async () => {
  const types = ["eventreceived", "eventsent"] as const;
  await using bed = new Bed(types);
  bed.io.on("connection", (socket) => {
    socket.on("ask", (_value, reply) => {
      bed.io.emit("news", [1], Uint8Array.of(2));
      reply();
    });
  });
  const client = await bed.connect();
  client.on("question", (reply) => reply("answer"));
  await ask(client, "ask", { a: 1 });
  await bed.socketOf(client).emitWithAck("question");
  const rest = { id: client.id, namespace: "/", namespaceGroup: "/" };
  const socket = { ...rest, address: "127.0.0.1" };
  assertEquals(bed.events.map(fields), [
    {
      type: "eventreceived",
      ...socket,
      name: "ask",
      args: [{ a: 1 }],
      wantsAnswer: true,
    },
    {
      type: "eventsent",
      ...socket,
      name: "news",
      args: [[1], Uint8Array.of(2)],
      wantsAnswer: false,
    },
    {
      type: "eventsent",
      ...socket,
      name: "question",
      args: [],
      wantsAnswer: true,
    },
  ]);
});

Deno.test("diagnostics tells that a session goes on", async () => {
  await using bed = new Bed(["connection"], { connectionStateRecovery: {} });
  const options: ClientOptions = { reconnection: true, reconnectionDelay: 1 };
  const [socket, client] = await bed.pair("/", options);
  socket.emit("hello"); // so that the client knows where it was
  await next(client, "hello");
  client.io.engine.close();
  await bed.reported(2);
  assertEquals(bed.events.map(({ recovered }) => recovered), [false, true]);
});

Deno.test("diagnostics tells in which namespace an adapter has failed", async () => {
  await using bed = new Bed(["adaptererror"]);
  bed.io.of("/a").adapter.on("create-room", () => {
    throw new Error("full");
  });
  await bed.connect("/a");
  const [event] = await bed.reported(1);
  assertEquals([event?.namespace, String(event?.error)], ["/a", "Error: full"]);
});
