/** Clients that leave, change their mind or come too late while they join a namespace. */

import { assert, assertEquals } from "@std/assert";
import type { NamespaceMatcher } from "@deno-socketio/server";
import { MemoryAdapter } from "@deno-socketio/server/adapter";
import {
  type Client,
  connected,
  engineOf,
  next,
  settle,
  within,
} from "./_support/clients.ts";
import { WatchedBed } from "./_support/watched_bed.ts";

/** A question to the application that is answered when the test says so. */
class Gate<Answer> {
  readonly #asked = Promise.withResolvers<void>();
  readonly #answer = Promise.withResolvers<Answer>();

  ask(): Promise<Answer> {
    this.#asked.resolve();
    return this.#answer.promise;
  }

  asked(): Promise<void> {
    return within(this.#asked.promise, "a question to the application");
  }

  answer(answer: Answer): void {
    this.#answer.resolve(answer);
  }
}

const departures: Record<string, (bed: WatchedBed, client: Client) => unknown> =
  {
    "left its connection": (_bed, client) => engineOf(client).close(),
    "been disconnected by io.close()": (bed) => bed.io.close(),
  };
for (const [claim, depart] of Object.entries(departures)) {
  Deno.test(`A namespace does not come into being for a client that has ${claim}`, async () => {
    await using bed = new WatchedBed();
    const gate = new Gate<boolean>();
    const parent = bed.io.of(() => gate.ask());
    const ended = bed.nextEnd();
    const client = bed.open("/late");
    await gate.asked();
    await depart(bed, client);
    await ended;
    gate.answer(true);
    await bed.turn();
    assertEquals(parent.children.size, 0);
  });
}

Deno.test("A namespace that is gone while a client is on its way to it is made anew", async () => {
  // The turn in which the namespace goes depends on how many promises lie between.
  for (let turns = 0; turns < 8; turns++) {
    await using bed = new WatchedBed({ cleanupEmptyChildNamespaces: true });
    const gates = [new Gate<boolean>(), new Gate<boolean>()];
    let asked = 0;
    bed.io.of(() => gates[asked++]!.ask());
    const b = bed.open("/x");
    await gates[0]!.asked();
    const c = bed.open("/x");
    await gates[1]!.asked();
    gates[1]!.answer(true);
    await connected(c);
    const socket = bed.socketOf(c, "/x");
    const answered = gates[0]!.ask();
    gates[0]!.answer(true);
    await answered;
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    socket.disconnect();
    await connected(b);
    assertEquals([...bed.io.of("/x").sockets.keys()], [b.id]);
  }
});

/** Looks for sessions as long as it is told to. */
function createRestorer(gate: Gate<undefined>, closed: string[]) {
  return class extends MemoryAdapter {
    // deno-lint-ignore no-explicit-any -- an adapter of the application may take its time
    override restoreSession(): any {
      return gate.ask();
    }

    override close(): void {
      closed.push(this.nsp.name);
    }
  };
}

const RECOVERING = {
  cleanupEmptyChildNamespaces: true,
  connectionStateRecovery: {},
};

Deno.test("A namespace stays for a client whose session is looked for", async () => {
  const gate = new Gate<undefined>();
  const closed: string[] = [];
  await using bed = new WatchedBed({
    ...RECOVERING,
    adapter: createRestorer(gate, closed),
  });
  bed.io.of(/^\/x$/);
  const [socket, client] = await bed.pair("/x");
  const back = bed.open("/x", { auth: { pid: "secret" } });
  await gate.asked();
  const left = next(socket, "disconnect");
  client.disconnect();
  await left;
  assertEquals(closed, []);
  gate.answer(undefined);
  await connected(back);
  assertEquals([...bed.io.of("/x").sockets.keys()], [back.id]);
});

Deno.test("A namespace goes with a client that leaves while its session is looked for", async () => {
  const gate = new Gate<undefined>();
  const closed: string[] = [];
  await using bed = new WatchedBed({
    ...RECOVERING,
    adapter: createRestorer(gate, closed),
  });
  const parent = bed.io.of(/^\/x$/);
  const ended = bed.nextEnd();
  const client = bed.open("/x", { auth: { pid: "secret" } });
  await gate.asked();
  engineOf(client).close();
  await ended;
  gate.answer(undefined);
  await bed.turn();
  assertEquals([parent.children.size, closed], [0, ["/x"]]);
});

Deno.test("A client that connects, disconnects and connects again keeps its other namespaces", async () => {
  await using bed = new WatchedBed();
  const gate = new Gate<void>();
  bed.io.of("/admin").use(() => gate.ask());
  const [socket, main] = await bed.pair();
  const admin = main.io.socket("/admin") as Client; // of the same package
  await gate.asked();
  admin.disconnect();
  admin.connect();
  await settle(main, socket);
  gate.answer();
  await connected(admin);
  await settle(main, socket);
  assertEquals([...bed.io.of("/admin").sockets.keys()], [admin.id]);
});

Deno.test("A client that leaves a namespace while its middlewares run is not let in", async () => {
  await using bed = new WatchedBed();
  const gate = new Gate<void>();
  const held = bed.io.of("/held").use(() => gate.ask());
  let connections = 0;
  held.on("connection", () => connections++);
  await using wire = await bed.wire();
  wire.send("40/held,");
  await gate.asked();
  wire.send("41/held,", "40"); // the second shows that the first was read
  await wire.receive();
  gate.answer();
  await bed.turn();
  assertEquals([connections, held.sockets.size], [0, 0]);
});

Deno.test("A client whose connection is closing is not let in", async () => {
  await using bed = new WatchedBed();
  const gate = new Gate<void>();
  bed.io.use(() => gate.ask());
  let connections = 0;
  bed.io.on("connection", () => connections++);
  await using session = await bed.polling();
  await session.post("40");
  await gate.asked();
  await session.post("4no packet"); // no poll waits, so the end of the connection must
  gate.answer();
  await bed.turn();
  assertEquals(connections, 0);
});

Deno.test("A client at namespacesPerConnection may come back to where it was put out", async () => {
  await using bed = new WatchedBed({ limits: { namespacesPerConnection: 2 } });
  bed.io.of("/other");
  const [socket, main] = await bed.pair();
  const other = main.io.socket("/other") as Client; // of the same package
  await connected(other);
  const left = next(other, "disconnect");
  bed.socketOf(other, "/other").disconnect();
  await left;
  other.connect();
  await connected(other);
  await settle(main, socket);
  assert(main.connected);
});

Deno.test("A socket that ends while it is let in is no connection", async () => {
  await using bed = new WatchedBed({ maxBufferedAmount: 1_000 });
  let connections = 0;
  bed.io.on("connection", (socket) => {
    socket.on("history", () => {
      socket.emit("history", "x".repeat(2_000));
    });
  });
  bed.io.of("/other").on("connection", () => connections++);
  const ended = bed.nextEnd();
  await using session = await bed.polling();
  await session.post("40");
  await session.receive();
  // The answer to the first waits, so that the limit is found passed at the second.
  await session.post('42["history"]\x1e40/other');
  await ended;
  assertEquals([connections, bed.io.of("/other").sockets.size], [0, 0]);
});

Deno.test("A function that decides by next() decides about a namespace, async or not", async () => {
  await using bed = new WatchedBed();
  bed.io.of(async (_name, _auth, next) => {
    await bed.turn();
    setTimeout(() => next(null, true));
  });
  const client = await bed.connect("/later");
  assert(client.connected);
});

for (
  const [way, decide] of Object.entries<NamespaceMatcher>({
    "returns what it likes": (_name, _auth, next) =>
      setTimeout(next, 0, null, true),
    "resolves with what it likes": (_name, _auth, next) =>
      Promise.resolve(setTimeout(next, 0, null, true)),
  })
) {
  Deno.test(`A function that decides by next() ${way}`, async () => {
    await using bed = new WatchedBed();
    bed.io.of(decide);
    const client = await bed.connect("/later");
    assert(client.connected);
  });
}

Deno.test("An adapter is closed once, whoever closes", async () => {
  const closed: string[] = [];
  class ClosingAdapter extends MemoryAdapter {
    override close(): void {
      closed.push(this.nsp.name);
    }
  }
  const bed = new WatchedBed({
    cleanupEmptyChildNamespaces: true,
    adapter: ClosingAdapter,
  });
  bed.io.of(/^\/child$/);
  await bed.connect("/child");
  await Promise.all([bed.io.close(), bed.io.close()]); // puts the last client out
  await bed[Symbol.asyncDispose](); // closes it again
  assertEquals(closed.toSorted(), ["/", "/child"]);
});
