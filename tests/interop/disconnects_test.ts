/** How connections end, and how clients come back. */

import { assertEquals, assertNotEquals, assertStrictEquals } from "@std/assert";
import type { Socket } from "../../mod.ts";
import {
  type Client,
  connected,
  engineOf,
  next,
  settle,
  type TestBed,
  testClients,
  Visitors,
  within,
} from "../_support/clients.ts";
import { findFreePort } from "../_support/environment.ts";

/** A client in two namespaces, and what both ends hear of their end. */
class Ending {
  readonly socket: Socket;
  readonly client: Client;
  readonly bed: TestBed;
  /** `disconnecting` and `disconnect`, each with its reason and the number of rooms. */
  readonly atServer: unknown[] = [];
  readonly #ends: Promise<unknown[]>[];

  private constructor(bed: TestBed, socket: Socket, client: Client) {
    this.bed = bed;
    this.socket = socket;
    this.client = client;
    socket.join("room");
    for (const name of ["disconnecting", "disconnect"] as const) {
      socket.on(name, (reason) => {
        this.atServer.push([name, reason, socket.rooms.size]);
      });
    }
    this.#ends = [next(socket, "disconnect"), next(client, "disconnect")];
  }

  static async prepare(bed: TestBed): Promise<Ending> {
    const [socket, client] = await bed.pair();
    await settle(client, socket);
    return new Ending(bed, socket, client);
  }

  /** Sends a frame as the engine would, on the transport that is in use. */
  async sendRaw(frame: string): Promise<void> {
    const engine = engineOf(this.client);
    const { ws } = engine.transport;
    if (ws !== undefined) return ws.send(frame);
    await this.#poll("POST", frame);
  }

  /** Makes a request in the name of the client. */
  async #poll(method: string, body?: string): Promise<void> {
    const { id } = engineOf(this.client);
    const response = await fetch(
      `${this.bed.url}/socket.io/?EIO=4&transport=polling&sid=${id}`,
      { method, ...(body === undefined ? {} : { body }) },
    );
    await response.body?.cancel();
  }

  async overlap(): Promise<void> {
    // One of the two comes while the client's own request waits.
    await this.#poll("GET");
  }

  /** Checks why the client left the server, and why it believes to have left. */
  async reasons(server: string, client: string | string[]): Promise<void> {
    const [[reason], [clientReason]] = await Promise.all(this.#ends) as [
      unknown[],
      unknown[],
    ]; // both have arguments
    assertEquals(reason, server);
    assertEquals(this.atServer, [
      ["disconnecting", server, 2],
      ["disconnect", server, 0],
    ]);
    assertEquals(
      [client].flat().includes(String(clientReason)),
      true,
      `the client says "${clientReason}"`,
    );
    assertEquals(this.socket.connected, false);
    assertEquals(this.socket.disconnected, true);
    assertEquals(this.bed.io.sockets.sockets.has(this.socket.id), false);
  }
}

testClients('"client namespace disconnect": the client leaves', async (bed) => {
  const ending = await Ending.prepare(bed);
  ending.client.disconnect();
  await ending.reasons("client namespace disconnect", "io client disconnect");
});

testClients(
  '"server namespace disconnect": socket.disconnect()',
  async (bed) => {
    const ending = await Ending.prepare(bed);
    assertStrictEquals(ending.socket.disconnect(), ending.socket);
    await ending.reasons("server namespace disconnect", "io server disconnect");
  },
);

testClients(
  '"server namespace disconnect": socket.disconnect(true)',
  async (bed) => {
    const ending = await Ending.prepare(bed);
    const closed = [
      next(ending.socket.conn, "close"),
      next(engineOf(ending.client), "close"),
    ];
    ending.socket.disconnect(true);
    await ending.reasons("server namespace disconnect", "io server disconnect");
    await Promise.all(closed);
    assertEquals(bed.io.engine.clientsCount, 0);
  },
);

testClients(
  '"transport close": the client closes its connection',
  async (bed) => {
    const ending = await Ending.prepare(bed);
    engineOf(ending.client).close();
    await ending.reasons("transport close", "forced close");
  },
);

testClients(
  '"transport error": the client does what no client may',
  async (bed) => {
    const ending = await Ending.prepare(bed);
    await ending.sendRaw("2");
    await ending.reasons("transport error", [
      "transport close",
      "transport error",
    ]);
  },
);

testClients('"transport error": two requests wait at once', async (bed) => {
  const ending = await Ending.prepare(bed);
  while (!ending.socket.conn.writable) await macrotask();
  await ending.overlap();
  await ending.reasons("transport error", "transport close");
}, { modes: ["polling"] });

testClients('"ping timeout": the client does not answer', async (bed) => {
  const ending = await Ending.prepare(bed);
  mute(ending.client);
  await ending.reasons("ping timeout", "transport close");
}, {
  // The client gives up by itself if it has not heard of the server for so long, which
  // must not happen on a busy machine before it is mute.
  server: { pingInterval: 50, pingTimeout: 1_500 },
});

testClients("A client that answers pings stays", async (bed) => {
  const [socket, client] = await bed.pair();
  const pongs: number[] = [];
  const { promise: enough, resolve } = Promise.withResolvers<void>();
  socket.conn.on("heartbeat", () => {
    if (pongs.push(1) === 5) resolve();
  });
  await within(enough, "five pongs");
  await settle(client, socket);
  assertEquals(socket.connected, true);
}, { server: { pingInterval: 20, pingTimeout: 10_000 } });

testClients(
  '"parse error": the client sends what is no packet',
  async (bed) => {
    const ending = await Ending.prepare(bed);
    await ending.sendRaw("x");
    await ending.reasons("parse error", ["transport close", "transport error"]);
  },
);

testClients('"forced close": socket.conn.close()', async (bed) => {
  const ending = await Ending.prepare(bed);
  ending.socket.conn.close();
  await ending.reasons("forced close", "transport close");
});

for (const junk of ["9", '2["disconnect"]', "5", '2[{"toString":"x"}]']) {
  testClients(`"forced close": the client sends ${junk}`, async (bed) => {
    const ending = await Ending.prepare(bed);
    const errors: unknown[] = [];
    ending.socket.on("error", (error) => errors.push(error instanceof Error));
    engineOf(ending.client).write(junk);
    await ending.reasons("forced close", "transport close");
    assertEquals(errors, [true]);
  });
}

testClients(
  '"forced server close": a packet of a namespace without its client',
  async (bed) => {
    const ending = await Ending.prepare(bed);
    engineOf(ending.client).write('2/elsewhere,["hello"]');
    await ending.reasons("forced server close", "transport close");
  },
);

testClients('"forced server close": a second CONNECT', async (bed) => {
  const ending = await Ending.prepare(bed);
  engineOf(ending.client).write("0");
  await ending.reasons("forced server close", "transport close");
});

testClients('"server shutting down": io.close()', async (bed) => {
  const ending = await Ending.prepare(bed);
  await bed.io.close();
  // Without a request that waits, it is the next that fails.
  await ending.reasons("server shutting down", [
    "transport close",
    "transport error",
  ]);
  assertEquals(bed.io.engine.clientsCount, 0);
});

testClients(
  "connectTimeout ends a connection that enters no namespace",
  async (bed) => {
    const client = bed.open("/unknown");
    const error = next(client, "connect_error");
    const closed = new Promise((resolve) => {
      client.io.once("close", resolve);
    });
    const [{ message }] = await error as [Error]; // what the event carries
    assertEquals(message, "Invalid namespace");
    await within(closed, "the end of the connection");
  },
  { server: { connectTimeout: 100 } },
);

testClients("All namespaces of a connection hear of its end", async (bed) => {
  bed.io.of("/a");
  const [socket, client] = await bed.pair();
  const a = client.io.socket("/a");
  await connected(a);
  const ends = [
    next(socket, "disconnect"),
    next(bed.socketOf(a, "/a"), "disconnect"),
  ];
  engineOf(client).close();
  const reasons = await Promise.all(ends);
  assertEquals(reasons.map(([reason]) => reason), [
    "transport close",
    "transport close",
  ]);
});

testClients(
  "What is sent just before socket.disconnect() arrives",
  async (bed) => {
    for (const close of [false, true]) {
      const [socket, client] = await bed.pair();
      await settle(client, socket);
      const heard: unknown[] = [];
      client.on("bye", (...args) => heard.push(args.length));
      const end = next(client, "disconnect");
      socket.emit("bye", 1);
      bed.io.emit("bye", new Uint8Array(3), 2);
      socket.disconnect(close);
      await end;
      assertEquals(heard, [1, 2]);
    }
  },
);

testClients("What is sent just before io.close() arrives", async (bed) => {
  const [socket, client] = await bed.pair();
  await settle(client, socket);
  while (!socket.conn.writable) await macrotask();
  const heard: unknown[] = [];
  client.on("bye", (...args) => heard.push(args.length));
  const end = next(client, "disconnect");
  bed.io.emit("bye", 1);
  await bed.io.close();
  await end;
  assertEquals(heard, [1]);
});

testClients(
  "What a client sends just before it leaves arrives",
  async (bed) => {
    const [socket, client] = await bed.pair();
    const heard: unknown[] = [];
    socket.on("bye", (...args) => heard.push(args.length));
    const end = next(socket, "disconnect");
    client.emit("bye", 1);
    client.emit("bye", new Uint8Array(3), 2);
    client.disconnect();
    await end;
    assertEquals(heard, [1, 2]);
  },
);

testClients("A socket that has left sends and hears nothing", async (bed) => {
  const [socket, client] = await bed.pair();
  const end = next(socket, "disconnect");
  client.disconnect();
  await end;
  assertEquals(socket.emit("hello"), true);
  assertStrictEquals(socket.disconnect(true), socket);
  socket.join("room");
  assertEquals([...socket.rooms], []);
  assertEquals(bed.io.of("/").adapter.sids.size, 0);
});

testClients(
  "A client comes back by itself when the server drops its connection",
  async (bed) => {
    bed.io.of("/a");
    const [socket, client] = await bed.pair("/", {
      reconnection: true,
      reconnectionDelay: 5,
      reconnectionDelayMax: 5,
    });
    const a = client.io.socket("/a");
    await connected(a);
    let previous = socket;
    for (let round = 0; round < 3; round++) {
      const reason = next(client, "disconnect");
      const back = [next(client, "connect"), next(a, "connect")];
      previous.conn.close();
      // What is sent meanwhile arrives afterwards.
      assertEquals((await reason)[0], "transport close");
      const heard = new Promise((resolve) => {
        bed.io.once("connection", (socket) => socket.once("missed", resolve));
      });
      client.emit("missed", round);
      await Promise.all(back);
      assertEquals(await within(heard, "what was missed"), round);
      const socket = bed.socketOf(client);
      assertNotEquals(socket.id, previous.id);
      assertEquals(socket.recovered, false);
      await settle(a, bed.socketOf(a, "/a"));
      previous = socket;
    }
    assertEquals(bed.io.engine.clientsCount, 1);
  },
);

testClients(
  "A client that the server puts out comes back when it is told to",
  async (bed) => {
    for (const close of [false, true]) {
      const [socket, client] = await bed.pair("/", {
        reconnection: true,
        reconnectionDelay: 5,
        reconnectionDelayMax: 5,
      });
      let attempts = 0;
      client.io.on("reconnect_attempt", () => attempts++);
      const end = next(client, "disconnect");
      socket.disconnect(close);
      assertEquals((await end)[0], "io server disconnect");
      assertEquals(client.active, false);
      client.connect();
      await connected(client);
      await settle(client, bed.socketOf(client));
      assertEquals(attempts, 0);
    }
  },
  { versions: ["4.8.4"] },
);

testClients(
  "A client waits for a server that is not there yet",
  async (bed) => {
    const port = findFreePort();
    await using listening = new AsyncDisposableStack();
    await using visitors = new Visitors();
    const client = visitors.open(
      bed.version,
      bed.mode,
      `http://127.0.0.1:${port}`,
      { reconnection: true, reconnectionDelay: 5, reconnectionDelayMax: 5 },
    );
    await next(client, "connect_error");
    listening.use(
      Deno.serve(
        { hostname: "127.0.0.1", port, onListen() {} },
        bed.io.handler(),
      ),
    );
    await within(
      new Promise<void>((resolve) => client.once("connect", resolve)),
      "the connection",
    );
    await settle(client, bed.socketOf(client));
  },
);

/** Lets a client answer no pings, nor leave by itself when none come. */
function mute(client: Client): void {
  const engine = engineOf(client) as unknown as Record<string, unknown>; // private members, whose names depend on the version
  const prefix = "_sendPacket" in engine ? "_" : "";
  const send = engine[prefix + "sendPacket"] as (
    type: string,
    ...rest: unknown[]
  ) => void; // in both versions
  engine[prefix + "pingInterval"] = 60_000;
  (engine[prefix + "resetPingTimeout"] as () => void).call(engine); // in both versions
  engine[prefix + "sendPacket"] = (type: string, ...rest: unknown[]) => {
    if (type !== "pong") send.call(engine, type, ...rest);
  };
}

function macrotask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
