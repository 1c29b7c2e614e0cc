/**
 * The code blocks of README.md and docs/ that cannot run by themselves, each in a
 * program that has what the text around it says: the parts of clients, and servers that
 * end when they are told to. All others run as tests of their own.
 */

import "socket.io-client/package.json" with { type: "json" };
import { assertEquals, assertStringIncludes } from "@std/assert";
import { Server } from "@deno-socketio/server";
import { ask, next, Visitors } from "./_support/clients.ts";
import {
  launchChromium,
  requires,
  startRedis,
} from "./_support/environment.ts";
import {
  runExample,
  type RunningExample,
  startExample,
} from "./_support/example.ts";
import { PostgresProcess } from "./_support/postgres_process.ts";
import { DEADLINE } from "./_support/within.ts";

const ROOT = new URL("../", import.meta.url);

/** Where the client's bundles are. */
const CLIENT_FOLDER = new URL(
  "dist/",
  import.meta.resolve("socket.io-client/package.json"),
);

/** The blocks that are marked \`ignore\`, by their page and the first words of each. */
const IGNORED: Readonly<Record<string, readonly string[]>> = {
  // Run by readme_test.ts.
  "README.md": ["// main.ts", "// client.ts"],
  "docs/admin-ui.md": ["import { createClient }"],
  // Of packages that are on JSR alone, like this one.
  "docs/frameworks.md": ["import { App }", "import { Application, Router }"],
  "docs/getting-started.md": ["// client.ts"],
  "docs/middlewares.md": ["const socket = io("],
  "docs/migrating.md": [
    "// before", // which is Node's
    "// after",
    'import "npm:socket.io-client',
  ],
  "docs/namespaces.md": ["const main = io("],
  "docs/observing.md": ["// for the connection"],
  "docs/recovery.md": ['socket.on("connect"'],
  "docs/reliability.md": ["Deno.addSignalListener"],
  "docs/scaling.md": [
    "import { createClient }",
    "import { createShardedAdapter }",
    "import { createClient }", // with streams
    "import pg",
    "import { createClient }", // of a program that only sends
    "Deno.addSignalListener",
  ],
};

/** The blocks of a page that are marked \`ignore\`. */
async function ignoredBlocks(page: string): Promise<string[]> {
  const text = await Deno.readTextFile(new URL(page, ROOT));
  const blocks = text.matchAll(/^```\w+ ignore\n(.*?)^```$/gms);
  return Array.from(blocks, ([, code = ""]) => code);
}

/** The first of them that has some text in it. */
async function block(page: string, text: string): Promise<string> {
  const code = (await ignoredBlocks(page)).find((code) => code.includes(text));
  if (code === undefined) throw new Error(`${page} has no block with ${text}`);
  return code;
}

Deno.test("Every code block that is marked ignore is run here, or known", async () => {
  const found: Record<string, string[]> = {};
  const pages = ["README.md"];
  for await (const { name } of Deno.readDir(new URL("docs/", ROOT))) {
    if (name.endsWith(".md")) pages.push(`docs/${name}`);
  }
  for (const page of pages.toSorted()) {
    const blocks = await ignoredBlocks(page);
    if (blocks.length === 0) continue;
    found[page] = blocks.map((code, i) => {
      const start = IGNORED[page]?.[i];
      return start !== undefined && code.startsWith(start) ? start : code;
    });
  }
  assertEquals(found, IGNORED);
});

/** What stands in front of a block that is a part of a server. */
const SERVER = `import { Server } from "@deno-socketio/server";
const io = new Server();
io.listen({ hostname: "127.0.0.1", port: 0 });
`;

/** The programs, each from its blocks; the address of a peer is their argument. */
const PROGRAMS = {
  "a typed client": async () => [
    (await block("docs/getting-started.md", "// client.ts"))
      .replace(/^import type .* from ".\/main.ts";$/m, "")
      .replace('"http://localhost:3000"', "Deno.args[0]!"),
    `interface ServerToClient { said: (text: string, at: number) => void }
     interface ClientToServer { say: (text: string) => void }
     socket.on("said", () => socket.disconnect());`,
  ],
  "parts of clients": async () => [
    `import { io as connect } from "npm:socket.io-client@4";
     const io = (address: string, options = {}) =>
       connect(Deno.args[0] + new URL(address).pathname, options);
     { const token = "wrong";`,
    await block("docs/middlewares.md", "const socket"),
    `socket.once("connect_error", () => socket.disconnect()); } {`,
    await block("docs/namespaces.md", "const main"),
    `for (const socket of [main, admin]) {
       socket.on("connect", () => {
         console.log(socket === main ? "/" : "/admin");
         socket.disconnect();
       });
     } } {
     const socket = io("https://example.com", { forceNew: true });
     const askForEverything = () => {
       console.log("everything");
       socket.disconnect();
     };`,
    await block("docs/recovery.md", "socket.on"),
    `} {
     const [token, traceparent, tracestate] = ["right", "00-1-2-01", ""];`,
    await block("docs/observing.md", "// for the connection"),
    `socket.on("connect", () => {
       console.log("traced");
       socket.disconnect();
     }); }`,
  ],
  "a server that closes": async () => [
    SERVER,
    await block("docs/reliability.md", "Deno.addSignalListener"),
  ],
  "a server that drains": async () => [
    SERVER,
    await block("docs/scaling.md", "Deno.addSignalListener"),
  ],
  "a server that has moved": async () => [
    (await block("docs/migrating.md", "// after")).replace(
      "port: 3000",
      'hostname: "127.0.0.1", port: 0',
    ),
    'io.on("connection", (socket) => socket.on("x", (answer) => answer(1)));',
  ],
  "a server of bundles": async () => [
    await block("docs/migrating.md", 'import "npm:'),
    'io.listen({ hostname: "127.0.0.1", port: 0 });',
  ],
  "a server with Redis": async () => [
    (await block("docs/scaling.md", "createAdapter(pubClient")).replace(
      '"redis://127.0.0.1:6379"',
      "Deno.args[0]!",
    ),
    `console.log(await io.serverSideEmitWithAck("hello"));
     await io.close();
     pubClient.destroy();
     subClient.destroy();`,
  ],
  "a server with sharded Redis": async () => [
    (await block("docs/scaling.md", "createAdapter(pubClient"))
      .split("const io =")[0]!
      .replace('"redis://127.0.0.1:6379"', "Deno.args[0]!"),
    await block("docs/scaling.md", "createShardedAdapter"),
    `await Promise.all([pubClient.connect(), subClient.connect()]);
     console.log(await io.serverSideEmitWithAck("hello"));
     await io.close();
     pubClient.destroy();
     subClient.destroy();`,
  ],
  "a server with Redis streams": async () => [
    (await block("docs/scaling.md", "createStreamsAdapter(client)")).replace(
      '"redis://127.0.0.1:6379"',
      "Deno.args[0]!",
    ),
    `console.log(await io.serverSideEmitWithAck("hello"));
     await io.close();
     client.destroy();`,
  ],
  "a program that only sends": async () => [
    (await block("docs/scaling.md", "new RedisEmitter")).replace(
      '"redis://127.0.0.1:6379"',
      "Deno.args[0]!",
    ),
    'console.log("sent");',
  ],
  "an admin with Redis": async () => [
    `import { Server } from "@deno-socketio/server";
     const io = new Server();
     const auth = () => true;`,
    (await block("docs/admin-ui.md", "new RedisStore(client)")).replace(
      "createClient()",
      "createClient({ url: Deno.args[0]! })",
    ),
    `console.log(io.of("/admin").listenerCount("connection") > 0);
     await io.close();
     client.destroy();`,
  ],
  "a server with PostgreSQL": async () => [
    (await block("docs/scaling.md", "import pg")).replace(
      '"postgres://127.0.0.1/app"',
      "Deno.args[0]!",
    ),
    `console.log(await io.serverSideEmitWithAck("hello"));
     await io.close();
     await pool.end();`,
  ],
};

type ProgramName = keyof typeof PROGRAMS;

/** Files with some programs. */
class Programs implements AsyncDisposable {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async write(...names: ProgramName[]): Promise<Programs> {
    const programs = new Programs(await Deno.makeTempDir());
    for (const name of names) {
      const parts = await PROGRAMS[name]();
      await Deno.writeTextFile(programs.file(name), parts.join("\n"));
    }
    return programs;
  }

  file(name: ProgramName): string {
    return `${this.#folder}/${name.replaceAll(" ", "_")}.ts`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }
}

const NETWORK = ["--allow-net=127.0.0.1", "--allow-env"];

/** Runs a program to its end, and gives what it printed. */
async function run(name: ProgramName, address: string): Promise<string> {
  await using programs = await Programs.write(name);
  const config = ["run", "--config=deno.json", ...NETWORK];
  return await runExample([...config, programs.file(name), address]);
}

/** Starts a program as a server that SIGTERM ends, and hands its address over. */
async function serve(
  name: ProgramName,
  use: (server: RunningExample) => Promise<void>,
  options: { permissions?: readonly string[]; code?: number } = {},
): Promise<void> {
  const { permissions = [], code = 143 } = options;
  await using programs = await Programs.write(name);
  const config = ["run", "--config=deno.json", ...NETWORK, ...permissions];
  await using server = await startExample(
    [...config, programs.file(name)],
    { code },
  );
  await use(server);
}

Deno.test("The code blocks that are run here are of the right types", async () => {
  const names = Object.keys(PROGRAMS) as ProgramName[]; // the keys of this very object
  await using programs = await Programs.write(...names);
  const files = names.map((name) => programs.file(name));
  // All types of all libraries: most of a minute on a busy machine.
  await runExample(["check", "--config=deno.json", ...files], 5 * DEADLINE);
});

/** A server in this process for the programs that are clients. */
class Peer implements AsyncDisposable {
  readonly io = new Server({ connectionStateRecovery: {} });

  constructor() {
    this.io.listen({ hostname: "127.0.0.1", port: 0, onListen() {} });
  }

  get url(): string {
    const { port } = this.io.httpServer!.addr as Deno.NetAddr; // it listens
    return `http://127.0.0.1:${port}`;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.io.close();
  }
}

Deno.test("docs/getting-started.md's client hears what it says", async () => {
  await using peer = new Peer();
  peer.io.on("connection", (socket) => {
    socket.on("say", (text) => peer.io.emit("said", text));
  });
  assertEquals(await run("a typed client", peer.url), "hello from Deno\n");
});

Deno.test("The clients of docs/ connect, and are told why not", async () => {
  await using peer = new Peer();
  const { io } = peer;
  io.use((socket, next) => {
    if (socket.handshake.auth.token !== "wrong") return next();
    const data = { retry: false };
    next(Object.assign(new Error("unknown token"), { data }));
  });
  io.of("/admin").use((socket, next) => {
    next(socket.handshake.auth.token === "secret" ? undefined : new Error());
  });
  const output = await run("parts of clients", peer.url);
  assertEquals(output.trim().split("\n").toSorted(), [
    "/",
    "/admin",
    "everything",
    "traced",
    "unknown token { retry: false }",
  ]);
});

Deno.test(
  requires(
    { chromium: true },
    "docs/getting-started.md's page shows what is said",
    async () => {
      const text = await Deno.readTextFile(
        new URL("docs/getting-started.md", ROOT),
      );
      const [, page] = /^```html\n(.*?)^```$/ms.exec(text) ?? [];
      await using io = new Server({ serveClient: CLIENT_FOLDER });
      io.on("connection", (socket) => {
        socket.on("say", (text) => io.emit("said", text));
      });
      await using http = Deno.serve(
        { hostname: "127.0.0.1", port: 0, onListen() {} },
        io.handler(() =>
          new Response(page, { headers: { "content-type": "text/html" } })
        ),
      );
      await using browser = await launchChromium();
      const window = await browser.newPage();
      await window.goto(`http://127.0.0.1:${http.addr.port}/`);
      await window.getByRole("textbox").fill("hello");
      await window.getByRole("textbox").press("Enter");
      await window.getByRole("listitem").filter({ hasText: "hello" }).waitFor();
      await window.close();
      await io.close();
    },
  ),
);

for (
  const [name, claim] of [
    ["a server that closes", "docs/reliability.md's server closes"],
    ["a server that drains", "docs/scaling.md's server moves its clients away"],
  ] as const
) {
  Deno.test(`${claim} at SIGTERM, and the process ends`, async () => {
    await using visitors = new Visitors();
    let gone: Promise<unknown[]> | undefined;
    await serve(name, async ({ url }) => {
      const client = await visitors.connect("4.8.4", "websocket", url, {
        reconnection: false,
      });
      gone = next(client, "disconnect");
    }, { code: 0 });
    assertEquals((await gone)?.[0], "transport close");
  });
}

Deno.test("docs/migrating.md's server serves a client after the move", async () => {
  await serve("a server that has moved", async ({ url }) => {
    await using visitors = new Visitors();
    const client = await visitors.connect("4.8.4", "upgrade", url);
    assertEquals(await ask(client, "x"), [1]);
  });
});

Deno.test("docs/migrating.md finds the bundles of the client", async () => {
  await serve("a server of bundles", async ({ url }) => {
    const response = await fetch(`${url}/socket.io/socket.io.min.js`);
    assertEquals(response.status, 200);
    assertStringIncludes(await response.text(), "Socket.IO v4");
  }, { permissions: ["--allow-read"] });
});

Deno.test(
  requires(
    { redis: true },
    "The servers of docs/ find each other, and what they keep, in Redis",
    async () => {
      await using redis = await startRedis();
      const address = `redis://127.0.0.1:${redis.port}`;
      assertEquals(await run("a server with Redis", address), "[]\n");
      assertEquals(await run("a server with sharded Redis", address), "[]\n");
      assertEquals(await run("a server with Redis streams", address), "[]\n");
      assertEquals(await run("a program that only sends", address), "sent\n");
      assertEquals(await run("an admin with Redis", address), "true\n");
    },
  ),
);

Deno.test(
  requires(
    { postgres: true },
    "docs/scaling.md's server finds its peers in PostgreSQL",
    async () => {
      await using postgres = await PostgresProcess.start();
      assertEquals(await run("a server with PostgreSQL", postgres.url), "[]\n");
    },
  ),
);
