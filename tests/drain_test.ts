/** `io.drain()`: clients are moved away before a server is restarted. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { Server } from "@deno-socketio/server";
import { connect, settled } from "@deno-socketio/server/testing";
import { connected, next, TestBed, Visitors } from "./_support/clients.ts";
import { until } from "./_support/cluster_bed.ts";

Deno.test("io.drain() refuses new clients with 503 and Retry-After", async () => {
  await using bed = new TestBed("4.8.4", "websocket");
  const [socket, client] = await bed.pair();
  const asked = next(client, "question");
  const answered = socket.emitWithAck("question");
  const [answer] = await asked as [() => void]; // the acknowledgement
  const drained = bed.io.drain({ jitter: 1_500 });
  const response = await fetch(
    `${bed.url}/socket.io/?EIO=4&transport=polling`,
  );
  await response.body?.cancel();
  assertEquals(response.status, 503);
  assertEquals(response.headers.get("retry-after"), "2");
  const [error] = await next(bed.open(), "connect_error");
  assertEquals((error as Error).message, "websocket error");
  answer();
  await answered;
  await drained;
});

Deno.test("io.drain() lets acknowledgements come first", async () => {
  await using bed = new TestBed("4.8.4", "upgrade");
  const [socket, client] = await bed.pair();
  const asked = next(client, "question");
  const answered = socket.emitWithAck("question");
  const [answer] = await asked as [(value: string) => void]; // the acknowledgement
  let isDrained = false;
  const left = next(client, "disconnect");
  const drained = bed.io.drain({ jitter: 0 }).then(() => isDrained = true);
  const later = next(socket, "later"); // the session goes on meanwhile
  client.emit("later");
  await later;
  assert(client.connected && !isDrained);
  answer("done");
  assertEquals(await answered, "done");
  assertEquals((await left)[0], "transport close");
  await drained;
  assertEquals(bed.io.engine.clientsCount, 0);
});

Deno.test("io.drain() waits no longer than its timeout", async () => {
  using time = new FakeTime();
  await using io = new Server();
  await using client = await connect(io);
  const answered = client.peer.emitWithAck("question").catch((error) =>
    error.message
  );
  await client.next("question");
  const drained = io.drain({ timeout: 100 });
  for (let i = 0; i < 99; i++) await time.tickAsync(1);
  await settled();
  assert(client.connected);
  await time.tickAsync(1);
  await drained;
  assertEquals(await client.next("disconnect"), ["transport close"]);
  assertEquals(await answered, "socket has been disconnected");
});

Deno.test("io.drain() tells a batch at a time, and resolves when all are gone", async () => {
  using time = new FakeTime();
  await using io = new Server();
  for (let i = 0; i < 10; i++) await connect(io);
  const counts: number[] = [];
  const drained = io.drain({ batch: 4, jitter: 40 });
  for (let i = 0; i <= 80; i++) {
    await settled();
    counts.push(io.engine.clientsCount);
    time.tick(1);
  }
  await drained;
  assertEquals([...new Set(counts)], [6, 2, 0]);
});

Deno.test("io.drain() lets nobody wait for the acknowledgements of others", async () => {
  using time = new FakeTime();
  await using io = new Server();
  const slow = await connect(io);
  for (let i = 0; i < 9; i++) await connect(io);
  slow.peer.emitWithAck("question").catch(() => {}); // it never answers
  await slow.next("question");
  const counts: number[] = [];
  const drained = io.drain({ batch: 3, jitter: 40, timeout: 200 });
  for (let i = 0; i <= 240; i++) {
    await settled();
    counts.push(io.engine.clientsCount);
    await time.tickAsync(1);
  }
  await drained;
  assertEquals([...new Set(counts)], [7, 4, 1, 0]);
  assertEquals(counts.lastIndexOf(1), 199);
});

Deno.test("io.drain() sends official clients to another server", async () => {
  const servers = [new Server(), new Server()] as const;
  let current = 0;
  const http = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request, info) => {
      // As a load balancer does: whoever belongs to a server stays with it.
      const first = servers[0].handler()(request, info);
      if (current === 0 || request.url.includes("sid=")) return first;
      return Promise.resolve(first).then((response) =>
        response.status === 503 ? servers[1].handler()(request, info) : response
      );
    },
  );
  await using visitors = new Visitors();
  const client = await visitors.connect(
    "4.8.4",
    "websocket",
    `http://127.0.0.1:${http.addr.port}`,
    { reconnection: true, reconnectionDelay: 1, reconnectionDelayMax: 1 },
  );
  current = 1;
  const left = next(client, "disconnect");
  await servers[0].drain({ jitter: 0 });
  await left;
  await connected(client);
  await until(() => servers[1].engine.clientsCount === 1, "the other server");
  client.disconnect();
  await Promise.all(servers.map((io) => io.close()));
  await http.shutdown();
});

Deno.test("io.drain() of a server without clients resolves at once", async () => {
  await using io = new Server();
  await io.drain();
});

Deno.test("io.drain() refuses options that cannot work", async () => {
  await using io = new Server();
  for (const options of [{ timeout: -1 }, { batch: 0 }, { jitter: NaN }]) {
    assertThrows(() => io.drain(options), RangeError);
  }
});
