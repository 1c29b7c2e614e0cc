/** What the Admin UI gets from a server, and what it does to it. */

import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { Server, type ServerOptions } from "@deno-socketio/server";
import { ClusterAdapter, MemoryAdapter } from "@deno-socketio/server/adapter";
import {
  hashPassword,
  instrument,
  type InstrumentOptions,
} from "@deno-socketio/server/admin";
import { connect, ConnectError, settled } from "@deno-socketio/server/testing";
import { next, TestBed } from "./_support/clients.ts";
import { MemoryNetwork } from "./_support/memory_bus.ts";

/** Who looks into a server. */
class Viewer implements AsyncDisposable {
  readonly heard: unknown[][] = [];
  readonly client: Awaited<ReturnType<typeof connect>>;

  private constructor(client: Awaited<ReturnType<typeof connect>>) {
    this.client = client;
    const names = [
      ...["config", "all_sockets", "server_stats", "session"],
      ...["socket_connected", "socket_updated", "socket_disconnected"],
      ...["room_joined", "room_left", "event_received", "event_sent"],
    ];
    for (const name of names) {
      for (const args of client.take(name)) this.heard.push([name, ...args]);
      client.on(name, (...args: unknown[]) => {
        this.heard.push([name, ...args]);
      });
    }
  }

  static async open(io: Server, namespace = "/admin"): Promise<Viewer> {
    const viewer = new Viewer(await connect(io, { namespace }));
    await settled();
    return viewer;
  }

  /** What was heard since the last time. */
  async take(): Promise<unknown[][]> {
    await settled();
    return this.heard.splice(0);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.client[Symbol.asyncDispose]();
  }
}

/** A server whose Admin UI is open to all, unless it is said otherwise. */
function serve(
  admin: Partial<InstrumentOptions> = {},
  options: ServerOptions = {},
): Server {
  const io = new Server(options);
  instrument(io, { auth: false, serverId: "s1", ...admin });
  return io;
}

const COMMANDS = [
  ...["EMIT", "JOIN", "LEAVE", "DISCONNECT", "MJOIN", "MLEAVE", "MDISCONNECT"],
];
const modes: [
  options: Partial<InstrumentOptions>,
  features: readonly string[],
][] = [
  [{}, [...COMMANDS, "AGGREGATED_EVENTS", "ALL_EVENTS"]],
  [{ mode: "production" }, [...COMMANDS, "AGGREGATED_EVENTS"]],
  [{ readonly: true }, ["AGGREGATED_EVENTS", "ALL_EVENTS"]],
  [{ readonly: true, mode: "production" }, ["AGGREGATED_EVENTS"]],
];
for (const [options, features] of modes) {
  Deno.test(`instrument() tells what the UI can do with ${JSON.stringify(options)}`, async () => {
    await using io = serve(options);
    await using viewer = await Viewer.open(io);
    const [config] = viewer.heard.filter(([name]) => name === "config");
    assertEquals(config, ["config", { supportedFeatures: features }]);
    const isDevelopment = features.includes("ALL_EVENTS");
    const names = viewer.heard.map(([name]) => name);
    assertEquals(names.includes("all_sockets"), isDevelopment);
    assertEquals(names.includes("socket_connected"), isDevelopment);
  });
}

Deno.test("instrument() asks who may come in", () => {
  const io = new Server();
  const use = (options: unknown) =>
    instrument(io, options as InstrumentOptions); // a mistake
  for (const auth of [undefined, null, true, {}, { type: "digest" }, "basic"]) {
    assertThrows(() => use({ auth }), TypeError, "Cannot let anybody in");
  }
  const basic = { type: "basic", username: "admin", password: "changeit" };
  assertThrows(() => use({ auth: basic }), TypeError, "hashPassword()");
  const mode = "test";
  assertThrows(() => use({ auth: false, mode }), TypeError, 'mode "test"');
  assertEquals(io.diagnostics.observer, undefined);
});

Deno.test("instrument() lets in who knows name and password, or has a session", async () => {
  const password = await hashPassword("secret", { iterations: 1_000 });
  await using io = serve({
    auth: { type: "basic", username: "admin", password },
  });
  const enter = (auth: Record<string, unknown>) =>
    connect(io, { namespace: "/admin", auth });
  for (
    const auth of [
      {},
      { username: "admin", password: "Secret" },
      { username: "Admin", password: "secret" },
      { sessionId: "" },
    ]
  ) {
    await assertRejects(() => enter(auth), ConnectError, "invalid credentials");
  }
  await using first = await enter({ username: "admin", password: "secret" });
  const [sessionId] = await first.next("session");
  assertMatch(sessionId, /^[\w-]{20}$/);
  await using second = await enter({ sessionId });
  assert(second.connected);
  await settled();
  assertEquals(second.take("session"), []);
});

Deno.test("instrument() lets in whom a function lets in", async () => {
  await using io = serve({
    auth: async ({ username, password }, { headers }) => {
      await Promise.resolve();
      return username + password === "ab" && headers["x-office"] === "1";
    },
  });
  const enter = (auth: Record<string, string>, office: string) => {
    const headers = { "x-office": office };
    return connect(io, { namespace: "/admin", auth, headers });
  };
  await using client = await enter({ username: "a", password: "b" }, "1");
  await client.next("session");
  const refused = () => enter({ username: "a", password: "b" }, "2");
  await assertRejects(refused, ConnectError, "invalid credentials");
});

Deno.test("instrument() uses the namespace it is told to", async () => {
  await using io = serve({ namespaceName: "/watch" });
  await using viewer = await Viewer.open(io, "/watch");
  assert(viewer.heard.length > 0);
  await assertRejects(() => connect(io, { namespace: "/admin" }), ConnectError);
});

Deno.test("instrument() tells every two seconds how the server is", async () => {
  using time = new FakeTime(1_000_000);
  await using io = serve();
  await using viewer = await Viewer.open(io);
  io.on("connection", (socket) => {
    socket.on("message", (text) => socket.emit("message", text));
  });
  io.of("/other");
  await using polling = await connect(io, { transport: "polling" });
  const leaving = await connect(io);
  leaving.emit("message", "hello");
  await settled();
  leaving.disconnect();
  await settled();
  viewer.heard.splice(0);
  time.tick(2_000);
  const [stats] = await viewer.take();
  const [name, { uptime, pid, hostname, aggregatedEvents, ...rest }] =
    stats as [
      string,
      Record<string, unknown> & { aggregatedEvents: unknown[] },
    ]; // what the UI takes it for
  assertEquals(name, "server_stats");
  assertEquals([typeof uptime, pid, typeof hostname], [
    "number",
    Deno.pid,
    "string",
  ]);
  assertEquals(rest, {
    serverId: "s1",
    clientsCount: 2,
    pollingClientsCount: 1,
    namespaces: [
      { name: "/", socketsCount: 1 },
      { name: "/admin", socketsCount: 1 },
      { name: "/other", socketsCount: 0 },
    ],
  });
  const sum = (type: string) =>
    (aggregatedEvents as { type: string; count: number }[])
      .filter((event) => event.type === type)
      .reduce((sum, { count }) => sum + count, 0);
  assertEquals([sum("rawConnection"), sum("rawDisconnection")], [3, 1]);
  assert(sum("packetsIn") >= 4 && sum("packetsOut") >= 4);
  assert(sum("bytesIn") >= "0".length + '2["message","hello"]'.length);
  assert(polling.connected);
});

Deno.test("instrument() gives each server an id of its own", async () => {
  const ids: unknown[] = [];
  for (let i = 0; i < 2; i++) {
    using time = new FakeTime();
    await using io = new Server();
    instrument(io, { auth: false });
    await using viewer = await Viewer.open(io);
    time.tick(2_000);
    const stats = (await viewer.take()).find(([name]) =>
      name === "server_stats"
    );
    ids.push((stats?.[1] as { serverId: string }).serverId); // what the UI gets
  }
  assertNotEquals(ids[0], ids[1]);
});

Deno.test("instrument() shows in development each socket, room and event", async () => {
  await using io = serve();
  io.use((socket) => {
    socket.data.user = { name: "ada" };
  });
  io.on("connection", (socket) => {
    socket.join("lobby");
    socket.on("ask", (_question, reply) => {
      socket.data.user.name = "grace";
      socket.data.user.asked = true;
      io.emit("news", Uint8Array.of(1, 2));
      reply();
    });
  });
  await using viewer = await Viewer.open(io);
  await viewer.take();
  const client = await connect(io, {
    headers: { cookie: "a=b", authorization: "Bearer x", "x-shown": "1" },
  });
  const { id } = client;
  const joined = await viewer.take();
  const connected = joined[1] as [string, Record<string, unknown>, string]; // as the table below says
  const { clientId, handshake, ...socket } = connected[1];
  assertEquals(joined.map(([name, ...args]) => [name, ...args.slice(0, -1)]), [
    ["room_joined", "/", id, id],
    ["socket_connected", connected[1]],
    ["room_joined", "/", "lobby", id],
  ]);
  for (const event of joined) assertMatch(String(event.at(-1)), /^\d{4}-.*Z$/);
  assertEquals(socket, {
    id,
    nsp: "/",
    transport: "websocket",
    data: { user: { name: "ada" } },
    rooms: [id],
  });
  assertMatch(String(clientId), /^[\da-f]{12}$/);
  const { headers, address } = handshake as {
    headers: Record<string, string>;
    address: string;
  }; // what the UI shows
  assertEquals(address, "127.0.0.1");
  assertEquals(
    [headers["cookie"], headers["authorization"], headers["x-shown"]],
    ["[hidden]", "[hidden]", "1"],
  );

  await client.emitWithAck("ask", "why?");
  const withoutTimes = (await viewer.take()).map((event) =>
    event[0] === "socket_updated" ? event : event.slice(0, -1)
  );
  assertEquals(withoutTimes, [
    ["event_received", "/", id, ["ask", "why?"]],
    ["event_sent", "/", id, ["news", Uint8Array.of(1, 2)]],
    ["socket_updated", {
      id,
      nsp: "/",
      data: { user: { name: "grace", asked: true } },
    }],
  ]);

  client.disconnect();
  assertEquals((await viewer.take()).map((event) => event.slice(0, -1)), [
    ["socket_disconnected", "/", id, "client namespace disconnect"],
    ["room_left", "/", id, id],
    ["room_left", "/", "lobby", id],
  ]);
  await client[Symbol.asyncDispose]();
});

Deno.test("instrument() follows a server to another adapter", async () => {
  await using io = serve();
  io.of("/chat");
  await using a = await connect(io, { namespace: "/chat" });
  await using viewer = await Viewer.open(io);
  await viewer.take();
  io.adapter(MemoryAdapter);
  assertEquals(await viewer.take(), []); // nobody has gone anywhere
  a.peer.join("red");
  a.peer.leave("red");
  await using b = await connect(io, { namespace: "/chat" });
  assertEquals(
    (await viewer.take()).map(([name, ...args]) => [name, ...args.slice(0, 3)])
      .filter(([name]) => `${name}`.startsWith("room_")),
    [
      ["room_joined", "/chat", "red", a.id],
      ["room_left", "/chat", "red", a.id],
      ["room_joined", "/chat", b.id, b.id],
    ],
  );
});

Deno.test("instrument() lists the sockets there are, by connection", async () => {
  await using io = serve();
  io.of("/chat");
  await using a = await connect(io);
  await using b = await connect(io, { namespace: "/chat" });
  await using viewer = await Viewer.open(io);
  const list = viewer.heard.find(([name]) => name === "all_sockets")?.[1] as {
    id: string;
    nsp: string;
    clientId: string;
  }[]; // what the UI gets
  assertEquals(list.map(({ id, nsp }) => [id, nsp]), [
    [a.id, "/"],
    [viewer.client.id, "/admin"],
    [b.id, "/chat"],
  ]);
  assertEquals(new Set(list.map(({ clientId }) => clientId)).size, 3);
});

Deno.test("instrument() shows the namespaces that come later", async () => {
  await using io = serve();
  io.of(/^\/game-\d+$/);
  await using viewer = await Viewer.open(io);
  await viewer.take();
  await using client = await connect(io, { namespace: "/game-7" });
  const names = (await viewer.take()).map(([name]) => name);
  assertEquals(names, ["room_joined", "socket_connected"]);
  assert(client.connected);
});

const odd: Record<string, unknown> = {
  "a circle": (() => {
    const circle: Record<string, unknown> = {};
    circle["self"] = circle;
    return circle;
  })(),
  "a bigint": { big: 1n },
  "a toJSON() that throws": {
    toJSON() {
      throw new Error("no");
    },
  },
  "nothing": undefined,
  "an object of a class": new Map([[1, 2]]),
  "a getter that throws": {
    get broken() {
      throw new Error("no");
    },
  },
  "a text": "text",
  "what is frozen": Object.freeze({ a: 1 }),
};
for (const [name, data] of Object.entries(odd)) {
  Deno.test(`instrument() shows a socket whose data is ${name}`, async () => {
    await using io = serve();
    const errors: unknown[] = [];
    io.diagnostics.addEventListener("callbackerror", (event) => {
      event.preventDefault();
      errors.push(event.error);
    });
    io.use((socket) => {
      socket.data = data;
    });
    await using viewer = await Viewer.open(io);
    await viewer.take();
    await using client = await connect(io);
    const names = (await viewer.take()).map(([name]) => name);
    assertEquals(names, ["room_joined", "socket_connected"]);
    await using late = await Viewer.open(io);
    assert(late.heard.some(([name]) => name === "all_sockets"));
    assertEquals([errors, client.connected], [[], true]);
  });
}

Deno.test("instrument() shows what is written beside a getter that throws", async () => {
  await using io = serve();
  io.on("connection", (socket) => {
    Object.defineProperty(socket.data, "broken", {
      enumerable: true,
      get() {
        throw new Error("no");
      },
    });
  });
  await using viewer = await Viewer.open(io);
  await viewer.take();
  await using client = await connect(io);
  const names = (await viewer.take()).map(([name]) => name);
  assertEquals(names, ["room_joined", "socket_connected", "socket_updated"]);
  assert(client.connected);
});

/** Says no to all that is to be sent. */
class RefusingAdapter extends MemoryAdapter {
  override broadcast(): void {
    throw new Error("refused");
  }
}

Deno.test("instrument() survives an adapter that throws, and reports it", async () => {
  using time = new FakeTime();
  await using io = new Server({ adapter: RefusingAdapter });
  const errors = new Set<string>();
  io.diagnostics.addEventListener("callbackerror", (event) => {
    event.preventDefault();
    errors.add(`${event.source}: ${event.error}`);
  });
  instrument(io, { auth: false });
  await using client = await connect(io);
  await client.peer.leave(client.id);
  client.peer.data.seen = true;
  await settled();
  time.tick(2_000);
  assertEquals(errors, new Set(["the admin UI: Error: refused"]));
  assert(client.connected);
});

Deno.test("instrument() shows nothing of what it sends itself", async () => {
  await using io = serve();
  await using viewer = await Viewer.open(io);
  await using other = await Viewer.open(io);
  const heard = [...await viewer.take(), ...await other.take()];
  assertEquals(heard.filter(([name]) => `${name}`.startsWith("event")), []);
});

Deno.test("instrument() does what the UI tells it to", async () => {
  await using io = serve();
  await using viewer = await Viewer.open(io);
  await using a = await connect(io);
  await using b = await connect(io);
  const roomsOf = (client: typeof a) =>
    [...client.peer.rooms].filter((room) => room !== client.id);
  const tell = async (name: string, ...args: unknown[]) => {
    viewer.client.emit(name, ...args);
    await settled();
  };
  await tell("join", "/", "red", a.id);
  await tell("join", "/", "all", null);
  assertEquals([roomsOf(a), roomsOf(b)], [["red", "all"], ["all"]]);
  await tell("emit", "/", "red", "hey", 1, { two: 2 });
  await tell("emit", "/", null, "hello");
  assertEquals([a.take("hey"), b.take("hey")], [[[1, { two: 2 }]], []]);
  assertEquals([a.take("hello"), b.take("hello")], [[[]], [[]]]);
  await tell("leave", "/", "all", "red");
  assertEquals([roomsOf(a), roomsOf(b)], [["red"], ["all"]]);
  await tell("leave", "/", "all");
  assertEquals(roomsOf(b), []);
  await tell("_disconnect", "/", false, a.id);
  assertEquals([a.connected, b.connected], [false, true]);
  await tell("_disconnect", "/", true);
  assertEquals([b.connected, viewer.client.connected], [false, true]);
});

Deno.test("instrument() does nothing for who may only look", async () => {
  await using io = serve({ readonly: true });
  await using viewer = await Viewer.open(io);
  await using client = await connect(io);
  viewer.client.emit("join", "/", "red", null);
  viewer.client.emit("_disconnect", "/", true, null);
  await settled();
  assertEquals([client.connected, client.peer.rooms.size], [true, 1]);
});

const nonsense: unknown[][] = [
  ["emit"],
  ["emit", 1, 2, 3],
  ["emit", "/", {}, "hey"],
  ["emit", "/", null, "connect"],
  ["emit", "/", null, "disconnect", 1],
  ["emit", "/", null, {}],
  ["emit", "/nowhere", null, "hey"],
  ["join", "/", null, null],
  ["join", "/", ["a"], null],
  ["join", null, "a", null],
  ["leave", "/", 7],
  ["_disconnect", "nowhere", true],
  ["_disconnect", "/", true, ["a"]],
];
Deno.test("instrument() ignores what the UI does not say", async () => {
  await using io = serve();
  const errors: unknown[] = [];
  io.on("handler_error", (error) => errors.push(error));
  await using viewer = await Viewer.open(io);
  await using client = await connect(io);
  for (const [name, ...args] of nonsense) {
    viewer.client.emit(String(name), ...args);
  }
  viewer.client.emit("emit", "/", null, "ask", () => {});
  await settled();
  assertEquals(client.take("hey"), []);
  assertEquals(client.take("ask"), [[]]);
  assertEquals([client.connected, client.peer.rooms.size], [true, 1]);
  assertEquals(io.stats().namespaces.map(({ name }) => name), ["/", "/admin"]);
  assertEquals(errors, []);
});

Deno.test("instrument() holds nothing of sockets and namespaces that are gone", async () => {
  const held = new Map<AbortSignal, number>();
  const { addEventListener, removeEventListener } = AbortSignal.prototype;
  const count = (signal: AbortSignal, change: number) =>
    held.set(signal, (held.get(signal) ?? 0) + change);
  AbortSignal.prototype.addEventListener = function (...args: unknown[]) {
    count(this, 1);
    Reflect.apply(addEventListener, this, args);
  };
  AbortSignal.prototype.removeEventListener = function (...args: unknown[]) {
    count(this, -1);
    Reflect.apply(removeEventListener, this, args);
  };
  try {
    await using io = serve({}, { cleanupEmptyChildNamespaces: true });
    io.of(/^\/game-\d+$/);
    const before = Math.max(...held.values());
    for (let i = 0; i < 20; i++) {
      await using client = await connect(io, { namespace: `/game-${i}` });
      client.disconnect();
      await settled();
    }
    assertEquals(io.stats().namespaces.length, 2);
    assert(Math.max(...held.values()) <= before + 1, `${[...held.values()]}`);
  } finally {
    AbortSignal.prototype.addEventListener = addEventListener;
    AbortSignal.prototype.removeEventListener = removeEventListener;
  }
});

Deno.test("instrument() listens to a connection for the sockets alone that it has", async () => {
  await using io = serve();
  io.of("/other");
  await using client = await connect(io, { transport: "polling" });
  const { conn } = client.peer;
  const before = conn.listenerCount("upgrade");
  for (let i = 0; i < 3; i++) {
    await using other = await client.of("/other");
    other.disconnect();
    await settled();
  }
  assertEquals(conn.listenerCount("upgrade"), before);
});

Deno.test("instrument() ends with its server", async () => {
  using time = new FakeTime();
  const io = serve();
  await io.close();
  assertEquals(io.diagnostics.observer, undefined);
  assertEquals(time.next(), false);
});

/** What makes the adapters of servers that are one. */
function clustered() {
  const networks = new Map<string, MemoryNetwork>();
  return (nsp: ConstructorParameters<typeof ClusterAdapter>[0]) => {
    let network = networks.get(nsp.name);
    if (network === undefined) {
      networks.set(nsp.name, network = new MemoryNetwork());
    }
    return new ClusterAdapter(nsp, network.bus());
  };
}

Deno.test("instrument() shows and rules the sockets of all servers", async () => {
  const adapter = clustered();
  await using here = serve({ serverId: "here" }, { adapter });
  await using there = serve({ serverId: "there" }, { adapter });
  await using client = await connect(there, { transport: "polling" });
  await using viewer = await connect(here, { namespace: "/admin" });
  const [list] = await viewer.next("all_sockets") as [
    { id: string; transport: string; clientId: string }[],
  ]; // what the UI gets
  const remote = list.find(({ id }) => id === client.id);
  assertEquals(remote?.transport, "polling");
  assertMatch(String(remote?.clientId), /^[\da-f]{12}$/);

  /** Waits for what is told of the client. */
  const told = async (name: string): Promise<unknown[]> => {
    const event: unknown[] = await viewer.next(name);
    return event.includes(client.id) ? event.slice(0, -1) : await told(name);
  };
  viewer.emit("join", "/", "red", client.id);
  assertEquals(await told("room_joined"), ["/", "red", client.id]);
  viewer.emit("_disconnect", "/", false, client.id);
  assertEquals(await told("socket_disconnected"), [
    "/",
    client.id,
    "server namespace disconnect",
  ]);
});

Deno.test("instrument() rules a namespace of other servers, and makes none of it", async () => {
  const adapter = clustered();
  await using here = serve({ serverId: "here" }, { adapter });
  await using there = serve({ serverId: "there" }, { adapter });
  await using locked = serve({ readonly: true }, { adapter });
  for (const io of [there, locked]) io.of(/^\/game-\d+$/);
  await using client = await connect(there, { namespace: "/game-7" });
  await using safe = await connect(locked, { namespace: "/game-7" });
  await using viewer = await connect(here, { namespace: "/admin" });
  await viewer.next("all_sockets");
  const tell = (name: string, ...args: unknown[]) =>
    viewer.emit(name, "/game-7", ...args, () => {}); // whose answer never comes
  tell("join", "red", client.id);
  tell("join", "blue", null);
  tell("leave", "blue", "red");
  tell("emit", null, "connect");
  tell("emit", "red", "hey", 1, { two: 2 });
  viewer.emit("join", "/nowhere", "red", null);
  assertEquals(await client.next("hey"), [1, { two: 2 }]);
  assertEquals([...client.peer.rooms], [client.id, "red"]);
  const gone = new Promise((resolve) => client.on("disconnect", resolve));
  tell("_disconnect", false, null);
  assertEquals(await gone, "io server disconnect");
  assertEquals([...safe.peer.rooms], [safe.id]);
  assertEquals([...here.namespaces.keys()], ["/", "/admin"]);
  assertEquals([...there.namespaces.keys()], ["/", "/admin", "/game-7"]);
});

Deno.test("instrument() does not keep the namespaces that clients have made up", async () => {
  await using io = new Server({ limits: { emptyNamespaces: 1 } });
  io.of(/^\/game-\d+$/);
  const visit = async (name: string) => {
    await using client = await connect(io, { namespace: name });
    client.disconnect();
    await settled();
  };
  await visit("/game-1");
  instrument(io, { auth: false });
  await using viewer = await Viewer.open(io);
  viewer.client.emit("join", "/game-1", "red", null);
  await settled();
  await visit("/game-2");
  assertEquals([...io.namespaces.keys()], ["/", "/admin", "/game-2"]);
});

for (const mode of ["websocket", "upgrade"] as const) {
  Deno.test(`instrument() serves the official client, ${mode}`, async () => {
    await using bed = new TestBed("4.8.4", mode);
    const password = await hashPassword("secret", { iterations: 1_000 });
    instrument(bed.io, {
      auth: { type: "basic", username: "admin", password },
    });
    const refused = bed.open("/admin");
    const [error] = await next(refused, "connect_error") as [Error]; // as the client has it
    assertEquals(error.message, "invalid credentials");
    const viewer = bed.open("/admin", {
      auth: { username: "admin", password: "secret" },
    });
    const session = next(viewer, "session");
    await next(viewer, "all_sockets");
    const [sessionId] = await session;
    const seenAgain = next(viewer, "socket_connected");
    const again = await bed.connect("/admin", { auth: { sessionId } });
    await seenAgain;
    const seen = next(viewer, "socket_connected");
    const client = await bed.connect();
    const [socket] = await seen as [{ id: string }]; // what the UI gets
    assertEquals(socket.id, client.id);
    const joined = next(viewer, "room_joined");
    again.emit("join", "/", "red", client.id);
    assertEquals((await joined).slice(0, 3), ["/", "red", client.id]);
  });
}
