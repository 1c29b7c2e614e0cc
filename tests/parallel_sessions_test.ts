/** Sessions whose requests come to any of several workers. */

import { Buffer } from "node:buffer";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { Server, type ServerOptions } from "@deno-socketio/server";
import {
  ask,
  type Client,
  type ClientOptions,
  engineOf,
  type Mode,
  next,
  plain,
  type Version,
  Visitors,
  within,
} from "./_support/clients.ts";
import { until } from "./_support/cluster_bed.ts";
import { isDenoAtLeast } from "../src/deno_version.ts";
import { testFrom } from "./_support/environment.ts";

const test = testFrom("2.7");

/** Workers behind a port that gives each request to the next of them. */
class Workers implements AsyncDisposable {
  readonly servers: readonly Server[];
  readonly url: string;
  readonly #http: Deno.HttpServer<Deno.NetAddr>;
  readonly #visitors = new Visitors();
  /** Those that get requests. */
  #serving: readonly Server[];
  /** How many requests each has got. */
  readonly requests: number[];
  /** How many GETs each has not answered. */
  readonly polls: number[];

  private constructor(servers: readonly Server[]) {
    this.servers = servers;
    this.requests = servers.map(() => 0);
    this.polls = servers.map(() => 0);
    this.#serving = servers;
    const handlers = servers.map((io) => io.handler());
    // New sessions are shared out by themselves: each gets as many as the next.
    const counts = { new: 0, begun: 0 };
    const choose = ({ url }: Request) => {
      const count = counts[url.includes("&sid=") ? "begun" : "new"]++;
      return servers.indexOf(this.#serving[count % this.#serving.length]!);
    };
    this.#http = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      async (request, info) => {
        const index = choose(request);
        const get = request.method === "GET" ? 1 : 0;
        this.requests[index]!++;
        this.polls[index]! += get;
        const response = await handlers[index]!(request, info);
        this.polls[index]! -= get;
        return response;
      },
    );
    this.url = `http://127.0.0.1:${this.#http.addr.port}`;
  }

  static async start(
    size: number,
    options: ServerOptions = {},
  ): Promise<Workers> {
    const parallel = { name: crypto.randomUUID() };
    const workers = new Workers(
      Array.from({ length: size }, () => new Server({ ...options, parallel })),
    );
    const adapters = workers.servers.map((io) => io.of("/").adapter);
    await until(async () => {
      const counts = await Promise.all(adapters.map((a) => a.serverCount()));
      return counts.every((count) => count === size);
    }, `${size} workers`);
    return workers;
  }

  connect(
    mode: Mode,
    options: ClientOptions = {},
    version: Version = "4.8.4",
  ): Promise<Client> {
    return this.#visitors.connect(version, mode, this.url, options);
  }

  open(mode: Mode, options: ClientOptions = {}): Client {
    return this.#visitors.open("4.8.4", mode, this.url, options);
  }

  /** Lets no others get requests from now on. */
  serveBy(...servers: readonly Server[]): void {
    this.#serving = servers;
  }

  /** Ends a worker: it gets no more requests. */
  async end(server: Server): Promise<void> {
    this.serveBy(...this.#serving.filter((io) => io !== server));
    await server.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#visitors[Symbol.asyncDispose]();
    await Promise.all(this.servers.map((io) => io.close()));
    await within(this.#http.shutdown(), "the end of the HTTP server");
  }
}

/** Answers `echo` with what came, and sends `news` to everybody when told to. */
function echo({ servers }: Workers): void {
  for (const io of servers) {
    io.on("connection", (socket) => {
      socket.on("echo", (...args) => args.pop()(...args));
      socket.on("tell all", (text) => io.emit("news", text));
    });
  }
}

for (const mode of ["polling", "upgrade", "websocket"] as const) {
  test(`workers share the sessions of official clients (${mode})`, async () => {
    await using workers = await Workers.start(3, { allowEIO3: true });
    echo(workers);
    const versions = ["4.8.4", "2.5.0", "4.8.4", "2.5.0", "4.8.4"] as const;
    const clients = await Promise.all(
      versions.map((version) => workers.connect(mode, {}, version)),
    );
    const lists = clients.map((client) => {
      const heard: unknown[] = [];
      client.on("news", (text) => heard.push(text));
      return heard;
    });
    const bytes = Buffer.alloc(5_000, 9); // an old client knows no other bytes
    const values = ["é", { deep: [bytes] }];
    for (const client of clients) {
      assertEquals(plain(await ask(client, "echo", ...values)), plain(values));
    }
    const last = Promise.all(clients.map((client) => next(client, "last")));
    clients[0]!.emit("tell all", "one");
    await ask(clients[0]!, "echo");
    workers.servers[1]!.emit("last");
    await last;
    await Promise.all(clients.map((client) => ask(client, "echo")));
    assertEquals(lists, lists.map(() => ["one"]));
    assert(workers.requests.every((count) => count > 0));
    for (const client of clients) assert(client.connected);
  });
}

test("workers keep the order of a session's messages, both ways", async () => {
  await using workers = await Workers.start(3);
  const got: number[] = [];
  const done = Promise.withResolvers<void>();
  for (const io of workers.servers) {
    io.on("connection", (socket) => {
      socket.on("count", (number) => {
        got.push(number);
        socket.emit("count", number);
        if (number === 499) done.resolve();
      });
    });
  }
  for (const mode of ["polling", "upgrade"] as const) {
    got.length = 0;
    const client = await workers.connect(mode);
    const back: number[] = [];
    client.on("count", (number) => back.push(number));
    const all = Promise.withResolvers<void>();
    client.on("count", (number) => number === 499 && all.resolve());
    for (let i = 0; i < 500; i++) client.emit("count", i);
    await within(all.promise, "all answers");
    const expected = Array.from({ length: 500 }, (_, i) => i);
    assertEquals(got, expected);
    assertEquals(back, expected);
    client.disconnect();
  }
  await within(done.promise, "all messages");
});

test("workers see that a client of another has gone", async () => {
  await using workers = await Workers.start(3);
  for (const mode of ["polling", "upgrade"] as const) {
    const gone = Promise.withResolvers<string>();
    for (const io of workers.servers) {
      io.once("connection", (socket) => socket.on("disconnect", gone.resolve));
    }
    const client = await workers.connect(mode);
    for (const io of workers.servers) io.removeAllListeners("connection");
    engineOf(client).close();
    assertEquals(await within(gone.promise, "disconnect"), "transport close");
  }
});

test("workers end a session of another's client", async () => {
  await using workers = await Workers.start(3);
  for (const mode of ["polling", "upgrade"] as const) {
    const client = await workers.connect(mode);
    const left = next(client, "disconnect");
    workers.servers[0]!.disconnectSockets(true);
    assertEquals((await left)[0], "io server disconnect");
  }
});

test("workers tell a client of a session that nobody has", async () => {
  await using workers = await Workers.start(2);
  const { servers } = workers;
  const sids = [
    "0".repeat(26), // of a worker that is not there
    "127.0.0.1:80", // an address is not what is looked for
    await sidOf(workers),
  ];
  for (const sid of sids) {
    const query = `?EIO=4&transport=polling&sid=${sid}x`;
    for (const io of servers) {
      const response = await io.handler()(
        new Request(`http://localhost/socket.io/${query}`),
      );
      assertEquals(response.status, 400);
      assertEquals(await response.json(), {
        code: 1,
        message: "Session ID unknown",
      });
    }
  }
});

async function sidOf(workers: Workers): Promise<string> {
  const client = await workers.connect("polling");
  return engineOf(client).id;
}

test("a worker that is gone costs its own sessions alone", async () => {
  await using workers = await Workers.start(3);
  echo(workers);
  const clients = await Promise.all(
    Array.from({ length: 6 }, () => workers.connect("polling")),
  );
  const [victim] = workers.servers;
  const theirs = clients.filter(({ id }) => victim!.sockets.sockets.has(id!));
  assert(theirs.length > 0 && theirs.length < clients.length);
  const others = clients.filter((client) => !theirs.includes(client));
  const interrupted: unknown[] = [];
  for (const client of others) {
    client.on("disconnect", (reason) => interrupted.push(reason));
  }
  const left = theirs.map((client) => next(client, "disconnect"));
  await workers.end(victim!);
  await Promise.all(left);
  for (const client of others) {
    assertEquals(await ask(client, "echo", 1), [1]);
  }
  assertEquals(interrupted, []);
  const { adapter } = workers.servers[1]!.of("/");
  await until(async () => await adapter.serverCount() === 2, "two workers");
  assertEquals(
    (await workers.servers[1]!.fetchSockets()).length,
    clients.length - theirs.length,
  );
});

test("a worker that ends lets go of the polls that it holds for others", async () => {
  await using workers = await Workers.start(2);
  echo(workers);
  const [owner, front] = workers.servers as [Server, Server]; // two
  workers.serveBy(owner);
  const client = await workers.connect("polling");
  const reasons: unknown[] = [];
  client.on("disconnect", (reason) => reasons.push(reason));
  workers.serveBy(front);
  assertEquals(await ask(client, "echo", 1), [1]);
  await until(
    () => Promise.resolve(workers.polls[1] === 1),
    "the poll that the front holds",
  );
  workers.serveBy(owner);
  await front.close();
  assertEquals(await ask(client, "echo", 2), [2]);
  assertEquals(reasons, []);
});

Deno.test({
  name: "Server says that workers take Deno 2.7",
  ignore: isDenoAtLeast("2.7"),
  fn() {
    assertThrows(
      () => new Server({ parallel: true }),
      Deno.errors.NotSupported,
      `Cannot serve in parallel with Deno ${Deno.version.deno}: it takes Deno 2.7`,
    );
  },
});

test("workers refuse what only an adapter for all of them can do", () => {
  let message = "";
  try {
    new Server({ parallel: true, connectionStateRecovery: {} });
  } catch (error) {
    message = (error as Error).message; // what was thrown
  }
  assert(
    message.startsWith("Cannot use connectionStateRecovery with parallel"),
  );
});

test("a body above maxHttpBufferSize is refused by the worker with the session", async () => {
  await using workers = await Workers.start(2, { maxHttpBufferSize: 1_000 });
  const sid = await sidOf(workers);
  for (const io of workers.servers) {
    const response = await io.handler()(
      new Request(
        `http://localhost/socket.io/?EIO=4&transport=polling&sid=${sid}`,
        { method: "POST", body: "4" + "x".repeat(5_000) },
      ),
    );
    await response.body?.cancel();
    assertEquals(response.status, 413);
  }
});
