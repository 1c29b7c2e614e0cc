/** Codecs, adapters, listeners and data that fail: a connection at most ends of it. */

import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
} from "@std/assert";
import {
  Diagnostics,
  DisconnectedError,
  Server,
  type ServerOptions,
} from "@deno-socketio/server";
import {
  type AdapterNamespace,
  ClusterAdapter,
  MemoryAdapter,
} from "@deno-socketio/server/adapter";
import {
  type EncodedPacket,
  JsonCodec,
  type Packet,
  PacketType,
} from "@deno-socketio/server/parser";
import { connect, settled } from "@deno-socketio/server/testing";
import {
  connected,
  engineOf,
  next,
  settle,
  within,
} from "./_support/clients.ts";
import { MemoryNetwork } from "./_support/memory_bus.ts";
import { WatchedBed } from "./_support/watched_bed.ts";

const FAILURE = new Error("a part of the application failed");

Deno.test("A question that cannot be sent fails once, and not again with the client's end", async () => {
  await using bed = new WatchedBed();
  const [socket, client] = await bed.pair();
  const asking = [
    socket.emitWithAck("ask", 1n),
    socket.timeout(20).emitWithAck("ask", 1n),
  ];
  for (const answer of asking) await assertRejects(() => answer, TypeError);
  const left = next(socket, "disconnect");
  client.disconnect();
  await left;
  await bed.turn();
  assertEquals(bed.unhandled, []);
});

Deno.test("emitWithAck() throws nothing: what cannot be sent rejects", async () => {
  await using bed = new WatchedBed();
  const [socket] = await bed.pair();
  for (const target of [socket, bed.io]) {
    const answer = target.emitWithAck("ask", 1n);
    await assertRejects(() => answer, TypeError);
  }
});

/** What a middleware sends, in each way to go on. */
const emitting: Record<string, (bed: WatchedBed) => void> = {
  "returns": ({ io }) =>
    io.use((socket) => {
      socket.emit("early", 1n);
    }),
  "resolves": ({ io }) =>
    io.use(async (socket) => {
      await Promise.resolve();
      socket.emit("early", 1n);
    }),
  "calls next() later": ({ io }) =>
    io.use((socket, next) => {
      socket.emit("early", 1n);
      setTimeout(next);
    }),
};
for (const [way, use] of Object.entries(emitting)) {
  Deno.test(`A middleware that ${way} lets a client in though its event cannot be sent`, async () => {
    await using bed = new WatchedBed({ connectionStateRecovery: {} });
    use(bed);
    let connections = 0;
    bed.io.on("connection", () => connections++);
    const [socket, client] = await bed.pair();
    await settle(client, socket);
    assertEquals(connections, 1);
    assertEquals(bed.failures.map(([, error]) => error instanceof TypeError), [
      true,
    ]);
    assertEquals(bed.unhandled, []);
  });
}

class SilentCodec extends JsonCodec {
  override encode(packet: Packet): EncodedPacket {
    if (packet.type === PacketType.CONNECT) throw FAILURE;
    return super.encode(packet);
  }
}

class DeafCodec extends JsonCodec {
  override createDecoder(): never {
    throw FAILURE;
  }
}

/** Finds sessions that are none. */
class ForgetfulAdapter extends MemoryAdapter {
  // deno-lint-ignore no-explicit-any -- the mistake of an application in JavaScript
  override restoreSession(pid: string): any {
    return Promise.resolve({
      sid: "s",
      pid,
      data: {},
      rooms: [],
      missedPackets: 1,
    });
  }
}

const SILENT = { parser: new SilentCodec() };
const failing: Record<string, [ServerOptions, (bed: WatchedBed) => void]> = {
  "a codec cannot encode the answer": [SILENT, () => {}],
  "a codec makes no decoder": [{ parser: new DeafCodec() }, () => {}],
  "an adapter finds a session that is none": [
    { adapter: ForgetfulAdapter, connectionStateRecovery: {} },
    () => {},
  ],
};
/** As the first: what fails runs within the last middleware. */
const failingWithin: typeof failing = {
  "a codec cannot encode the answer behind a middleware": [
    SILENT,
    ({ io }) => io.use(() => {}),
  ],
  "a codec cannot encode the answer behind a promise": [
    SILENT,
    ({ io }) => io.use(() => Promise.resolve()),
  ],
  "a codec cannot encode the answer behind next()": [
    SILENT,
    ({ io }) => io.use((_socket, next) => void setTimeout(next)),
  ],
};

/** Asserts that a client loses its connection, that it is told, and that no more comes of it. */
async function endsConnection(
  [options, prepare]: [ServerOptions, (bed: WatchedBed) => void],
): Promise<void> {
  await using bed = new WatchedBed(options);
  prepare(bed);
  const client = bed.open("/", { auth: { pid: "secret" } });
  await next(engineOf(client), "close");
  await bed.turn();
  assertEquals(bed.failures.length, 1);
  assertEquals(bed.unhandled, []);
  assertEquals([bed.io.sockets.sockets.size, bed.io.engine.clientsCount], [
    0,
    0,
  ]);
}
for (
  const [claim, how] of Object.entries({ ...failing, ...failingWithin })
) {
  Deno.test(`A connection ends, and nothing else, where ${claim}`, () =>
    endsConnection(how));
}

Deno.test("Diagnostics survives its listeners", () => {
  const uncaught: unknown[] = [];
  const onError = (event: ErrorEvent) => {
    event.preventDefault();
    uncaught.push(event.error);
  };
  const { error } = console;
  const written: unknown[] = [];
  console.error = (...args: unknown[]) => void written.push(args.at(-1));
  addEventListener("error", onError);
  try {
    const diagnostics = new Diagnostics();
    let calls = 0;
    for (const type of ["callbackerror", "limitexceeded"] as const) {
      diagnostics.addEventListener(type, () => {
        throw FAILURE;
      });
      diagnostics.addEventListener(type, { handleEvent: () => void calls++ });
    }
    diagnostics.reportError("reported", "a test");
    diagnostics.reportLimit("a limit", "an address");
    assertEquals(calls, 2);
  } finally {
    console.error = error;
    removeEventListener("error", onError);
  }
  assertEquals(uncaught, []);
  assertEquals(written, [FAILURE, "reported", FAILURE]);
});

Deno.test("Diagnostics forgets a listener that is removed", () => {
  const diagnostics = new Diagnostics();
  let calls = 0;
  const listener = () => void calls++;
  diagnostics.addEventListener("limitexceeded", listener);
  diagnostics.addEventListener("limitexceeded", listener); // as of any target, once
  diagnostics.reportLimit("a limit", "an address");
  diagnostics.removeEventListener("limitexceeded", listener);
  diagnostics.reportLimit("a limit", "an address");
  assertEquals(calls, 1);
});

Deno.test("A socket that is refused lets go of its questions and its signal", async () => {
  await using bed = new WatchedBed();
  const answers: Promise<unknown>[] = [];
  const signals: AbortSignal[] = [];
  bed.io.use((socket, next) => {
    signals.push(socket.signal);
    answers.push(
      socket.timeout(60_000).emitWithAck("ask").catch((error) => error),
    );
    next(new Error("not you"));
  });
  await next(bed.open(), "connect_error");
  const [answer, signal] = [answers[0]!, signals[0]!];
  assertInstanceOf(await within(answer, "an answer"), DisconnectedError);
  assert(signal.aborted);
});

Deno.test("Nothing behind a Blob is lost when the socket is disconnected", async () => {
  await using bed = new WatchedBed();
  bed.io.on("connection", (socket) => {
    socket.emit("first", new Blob(["x"]));
    socket.emit("second");
    socket.disconnect(true);
  });
  const client = bed.open();
  const heard: string[] = [];
  client.onAny((name) => heard.push(name));
  const ended = next(client, "disconnect");
  await connected(client);
  const [reason] = await ended;
  assertEquals(reason, "io server disconnect");
  assertEquals(heard, ["first", "second"]);
});

for (
  const name of ["connect", "connection", "new_namespace", "handler_error"]
) {
  Deno.test(`Another server cannot call the listeners of "${name}"`, async () => {
    const network = new MemoryNetwork();
    await using io = new Server({
      adapter: (nsp: AdapterNamespace) =>
        new ClusterAdapter(nsp, network.bus()),
    });
    const heard: unknown[] = [];
    io.on(name as "connection", (socket) => heard.push(socket)); // one of the table's
    io.on("told", (what) => heard.push(what));
    const failures: unknown[] = [];
    io.diagnostics.addEventListener("adaptererror", (event) => {
      event.preventDefault();
      failures.push(String(event.error));
    });
    const other = network.bus();
    const send = (...args: unknown[]) =>
      other.publish({ type: "server_side_emit", requestId: undefined, args });
    await send(name, { id: "nobody" });
    await send("told", 1);
    await settled();
    assertEquals([heard, failures], [[1], [
      `Error: Cannot take "${name}" of another server: it is reserved`,
    ]]);
  });
}

Deno.test("A client cannot end the line that tells what failed", async () => {
  await using io = new Server();
  const sources: string[] = [];
  io.diagnostics.addEventListener("callbackerror", (event) => {
    event.preventDefault();
    sources.push(event.source);
  });
  io.on("connection", (socket) => {
    socket.onAny(() => {
      throw FAILURE;
    });
  });
  await using client = await connect(io);
  client.emit("a\nb\x1b");
  await settled();
  assertEquals(sources, ['a listener of "a\\nb\\u001b"']);
});
