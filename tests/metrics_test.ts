/** `io.metrics()` and `io.stats()`, as a scrape finds them. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { ClusterAdapter } from "@deno-socketio/server/adapter";
import { Server, type ServerOptions } from "@deno-socketio/server";
import { ask, next, TestBed } from "./_support/clients.ts";
import { MemoryNetwork } from "./_support/memory_bus.ts";
import { endpoint } from "./_support/wire.ts";

class Bed extends TestBed {
  constructor(options: ServerOptions = {}) {
    super("4.8.4", "websocket", { metrics: true, ...options });
  }
}

/** The samples of a scrape, by name and labels. Throws for what is no sample. */
function read(text: string): Map<string, number> {
  const samples = new Map<string, number>();
  assert(text.endsWith("\n"));
  let family = "";
  for (const line of text.slice(0, -1).split("\n")) {
    const [, head] = /^# (?:HELP|TYPE) (\w+) /.exec(line) ?? [];
    if (head !== undefined) {
      family = head;
      continue;
    }
    assertMatch(line, /^[a-z_]+(\{(\w+="([^"\\\n]|\\["\\n])*",?)+\})? \S+$/);
    assert(line.startsWith(family), `${line} stands under ${family}`);
    const space = line.lastIndexOf(" ");
    const name = line.slice(0, space);
    assert(!samples.has(name), `${name} is there twice`);
    samples.set(name, Number(line.slice(space + 1)));
  }
  return samples;
}

/** The samples whose names begin with `prefix`, without it. */
function only(io: Server, prefix: string): Record<string, number> {
  return Object.fromEntries(
    [...read(io.metrics())].filter(([name]) => name.startsWith(prefix))
      .map(([name, value]) => [name.slice(prefix.length), value]),
  );
}

Deno.test("io.metrics() tells how a server is, without an option", async () => {
  await using bed = new TestBed("4.8.4", "websocket");
  const [socket, client] = await bed.pair();
  socket.join(["a", "b"]);
  bed.io.of("/other");
  const asked = next(client, "question");
  const answer = socket.emitWithAck("question").catch(() => {});
  const [reply] = await asked;
  assertEquals(Object.fromEntries(read(bed.io.metrics())), {
    'socketio_clients{transport="polling"}': 0,
    'socketio_clients{transport="websocket"}': 1,
    'socketio_sockets{namespace="/"}': 1,
    'socketio_sockets{namespace="/other"}': 0,
    'socketio_rooms{namespace="/"}': 3,
    'socketio_rooms{namespace="/other"}': 0,
    "socketio_namespaces": 2,
    "socketio_send_buffer_bytes": 0,
    "socketio_pending_acks": 1,
  });
  (reply as () => void)(); // the client's acknowledgement
  await answer;
  assertEquals(only(bed.io, "socketio_pending"), { "_acks": 0 });
});

Deno.test("io.stats() counts what polling clients have not fetched", async () => {
  await using bed = new TestBed("4.8.4", "polling");
  const [socket] = await bed.pair();
  for (let i = 0; i < 3; i++) socket.emit("x", "y".repeat(100));
  const { clients, bufferedAmount } = bed.io.stats();
  assertEquals(clients, { polling: 1, websocket: 0 });
  assertEquals(bufferedAmount, 3 * ('42["x",""]'.length + 100));
});

Deno.test("io.metrics() counts packets, bytes and events", async () => {
  await using bed = new Bed({ pingInterval: 1_000_000 });
  bed.io.on("connection", (socket) => {
    socket.on("message", (_text, reply) => {
      bed.io.emit("news");
      reply();
    });
  });
  const client = await bed.connect();
  const news = next(client, "news");
  await ask(client, "message", "hello");
  await news;
  const sid = `{"sid":"${client.id}"}`;
  assertEquals(only(bed.io, "socketio_packets_"), {
    "received_total": 2,
    "sent_total": 3,
  });
  assertEquals(
    only(bed.io, "socketio_received_bytes"),
    { _total: "0".length + '20["message","hello"]'.length },
  );
  assertEquals(
    only(bed.io, "socketio_sent_bytes"),
    { _total: ("0" + sid + '2["news"]' + "30[]").length },
  );
  assertEquals(only(bed.io, "socketio_events_"), {
    'received_total{namespace="/"}': 1,
    'sent_total{namespace="/"}': 1,
  });
});

Deno.test("io.metrics() counts attachments as packets", async () => {
  await using bed = new Bed({ pingInterval: 1_000_000 });
  const [socket, client] = await bed.pair();
  const before = only(bed.io, "socketio_sent_bytes")["_total"] ?? 0;
  const got = next(client, "x");
  socket.emit("x", new Uint8Array(100));
  await got;
  const header = '51-["x",{"_placeholder":true,"num":0}]'.length;
  assertEquals(
    only(bed.io, "socketio_sent_bytes")["_total"],
    before + header + 100,
  );
  assertEquals(only(bed.io, "socketio_packets_sent"), { _total: 3 });
});

Deno.test("io.metrics() names the events that it is told to, and no other", async () => {
  await using bed = new Bed({ metrics: { events: ["known", "news"] } });
  bed.io.on("connection", (socket) => {
    socket.on("known", (reply) => reply());
  });
  const [socket, client] = await bed.pair();
  for (let i = 0; i < 3; i++) client.emit(`unknown ${i}`);
  await ask(client, "known");
  const told = next(client, "told");
  socket.emit("news");
  socket.emit("told");
  await told;
  assertEquals(only(bed.io, "socketio_events_"), {
    'received_total{namespace="/",event="other"}': 3,
    'received_total{namespace="/",event="known"}': 1,
    'sent_total{namespace="/",event="news"}': 1,
    'sent_total{namespace="/",event="other"}': 1,
  });
});

Deno.test("io.metrics() counts namespaces that clients choose as one, and no more than 100", async () => {
  await using bed = new Bed();
  bed.io.of(/^\/game-\d+$/);
  bed.io.of((_name, { isPlayer }) => isPlayer === true);
  const client = await bed.connect("/game-1");
  for (const name of ["/game-2", "/any"]) {
    const socket = client.io.socket(name, { auth: { isPlayer: true } });
    await next(socket, "connect");
  }
  const groups = { "/_1": 1, "/^\\\\/game-\\\\d+$/": 2 };
  const connections = only(bed.io, "socketio_connections_total");
  for (const [group, count] of Object.entries(groups)) {
    const label = `{namespace="${group}",recovered="false"}`;
    assertEquals(connections[label], count);
  }
  for (let i = 0; i < 200; i++) bed.io.of(`/tenant-${i}`);
  assertEquals(Object.keys(only(bed.io, "socketio_sockets")).length, 101);
  await next(client.io.socket("/tenant-199"), "connect");
  assertEquals(only(bed.io, "socketio_sockets")['{namespace="other"}'], 1);
  assertEquals(
    only(bed.io, "socketio_connections_total")[
      '{namespace="other",recovered="false"}'
    ],
    1,
  );
  assertEquals(only(bed.io, "socketio_namespaces"), { "": 204 });
});

Deno.test("io.metrics() counts sessions, connections, refusals, and why they end", async () => {
  await using bed = new Bed({ limits: { eventsPerSecond: 2 } });
  bed.io.of("/closed").use(() => {
    throw new Error("no");
  });
  await next(bed.open("/closed"), "connect_error");
  await next(bed.open("/nowhere"), "connect_error");
  const leaving = await bed.connect();
  leaving.disconnect();
  const flooding = await bed.connect();
  for (let i = 0; i < 5; i++) flooding.emit("x");
  await next(flooding, "disconnect");
  for (const transport of ["pigeon", "polling"]) {
    const url = endpoint(`${bed.url}/socket.io/`, { transport, sid: "x" });
    await (await fetch(url)).body?.cancel();
  }
  const samples = read(bed.io.metrics());
  const expected = {
    'socketio_sessions_total{transport="websocket"}': 4,
    'socketio_connections_total{namespace="/",recovered="false"}': 2,
    'socketio_connections_refused_total{namespace="/closed"}': 1,
    'socketio_connections_refused_total{namespace="other"}': 1,
    'socketio_disconnections_total{namespace="/",reason="client namespace disconnect"}':
      1,
    'socketio_disconnections_total{namespace="/",reason="transport error"}': 1,
    'socketio_session_ends_total{reason="transport error"}': 1,
    'socketio_handshakes_refused_total{code="0"}': 1,
    'socketio_handshakes_refused_total{code="1"}': 1,
    'socketio_limits_exceeded_total{limit="eventsPerSecond"}': 1,
  };
  for (const [name, value] of Object.entries(expected)) {
    assertEquals(samples.get(name), value, name);
  }
});

Deno.test("io.metrics() measures answers of clients, and counts those that do not come", async () => {
  await using bed = new Bed();
  const [socket, client] = await bed.pair();
  client.on("question", (reply) => reply());
  await socket.emitWithAck("question");
  await bed.io.timeout(10_000).emitWithAck("question");
  await socket.timeout(1).emitWithAck("silence").catch(() => {});
  const gone = socket.emitWithAck("silence").catch(() => {});
  client.disconnect();
  await gone;
  const durations = only(bed.io, "socketio_ack_duration_seconds");
  assertEquals(durations['_count{namespace="/"}'], 2);
  assertEquals(durations['_bucket{namespace="/",le="+Inf"}'], 2);
  assert(durations['_sum{namespace="/"}']! > 0);
  assertEquals(only(bed.io, "socketio_acks_missing_total"), {
    '{namespace="/",reason="timeout"}': 1,
    '{namespace="/",reason="disconnected"}': 1,
  });
});

Deno.test("io.metrics() counts volatile events that were dropped", async () => {
  await using bed = new Bed();
  await using polling = new TestBed("4.8.4", "polling", { metrics: true });
  const [socket] = await polling.pair();
  for (let i = 0; i < 5; i++) {
    socket.emit("x"); // now something waits for the client
    socket.volatile.emit("y");
  }
  assertEquals(only(polling.io, "socketio_volatile_dropped_total"), {
    '{namespace="/"}': 5,
  });
  assertEquals(only(bed.io, "socketio_volatile_dropped_total"), {});
});

Deno.test("io.metrics() measures the requests of an adapter", async () => {
  const network = new MemoryNetwork();
  const servers = Array.from({ length: 2 }, () =>
    new Server({
      metrics: true,
      adapter: (nsp) => new ClusterAdapter(nsp, network.bus()),
    }));
  const [io] = servers;
  assert(io);
  await Promise.resolve();
  await io.fetchSockets();
  for (const bus of network.members.values()) bus.failure = new Error("down");
  io.of("/").adapter.on("error", () => {});
  await io.of("/").adapter.fetchSockets({
    rooms: new Set(),
    except: new Set(),
    flags: { timeout: 1 },
  }).catch(() => {});
  assertEquals(
    only(io, "socketio_adapter_request_duration_seconds")["_count"],
    1,
  );
  assertEquals(
    only(io, "socketio_adapter_request_failures_total"),
    { "": 1 },
  );
  for (const bus of network.members.values()) bus.failure = undefined;
  for (const io of servers) await io.close();
});

Deno.test("io.metrics() counts failures of the application's functions", async () => {
  await using bed = new Bed();
  bed.io.diagnostics.addEventListener(
    "callbackerror",
    (event) => event.preventDefault(),
  );
  bed.io.on("connection", (socket) => {
    socket.on("bad", () => {
      throw new Error("bad");
    });
    socket.on("end", (reply) => reply());
  });
  const client = await bed.connect();
  client.emit("bad");
  await ask(client, "end");
  assertEquals(only(bed.io, "socketio_callback_errors_total"), { "": 1 });
});
