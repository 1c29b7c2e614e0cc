/** What `io.close()` leaves behind: nothing that keeps a process alive. */

import { assert, assertEquals } from "@std/assert";
import { within } from "./_support/clients.ts";

const ROOT = new URL("../", import.meta.url);

/** What every script begins with, and the client that it connects to itself. */
const PROLOGUE = `
  import { Server } from "@deno-socketio/server";
  import { io as connect } from "socket.io-client";
  const HOUR = 3_600_000;
  function listen(options) {
    const io = new Server(options);
    io.listen({ hostname: "127.0.0.1", port: 0, onListen() {} });
    return io;
  }
  function urlOf(io) {
    return "http://127.0.0.1:" + io.httpServer.addr.port;
  }
  function visit(io, transports) {
    return connect(urlOf(io), { transports, reconnection: false });
  }
  function next(source, event) {
    return new Promise((resolve) => source.once(event, resolve));
  }
  function heard(target, event) {
    return new Promise((resolve) => target.addEventListener(event, resolve));
  }
`;

/** Runs a script to its end, which must come by itself, and returns what it printed. */
async function run(script: string): Promise<string> {
  const process = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-lock", "--config=deno.json", PROLOGUE + script],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const output = process.output();
  try {
    const { success, stdout, stderr } = await within(
      output,
      "the end of a process",
    );
    assert(success, new TextDecoder().decode(stderr));
    return new TextDecoder().decode(stdout).trim();
  } catch (error) {
    process.kill("SIGKILL");
    await output;
    throw error;
  }
}

const scripts: [name: string, script: string][] = [
  ["a client over polling", lifeWith(`["polling"]`)],
  ["a client over WebSocket", lifeWith(`["websocket"]`)],
  ["a client that has upgraded", lifeWith(`["polling", "websocket"]`)],
  [
    "state that is kept for those who come back",
    lifeWith(`["websocket"]`, `{ connectionStateRecovery: {} }`),
  ],
  [
    "acknowledgements that are waited for",
    `
    const io = listen();
    const client = visit(io, ["websocket"]);
    const socket = await next(io, "connection");
    const errors = [];
    const note = (error) => errors.push(error.name);
    socket.emitWithAck("question").catch(note);
    socket.timeout(HOUR).emitWithAck("question").catch(note);
    io.timeout(HOUR).emitWithAck("question").catch(note);
    await io.close();
    console.log("closed");
    `,
  ],
  [
    "a client in a middleware",
    `
    const io = listen();
    const { promise, resolve } = Promise.withResolvers();
    io.use(resolve);
    const client = visit(io, ["websocket"]);
    await promise;
    await io.close();
    console.log("closed");
    `,
  ],
  [
    "sessions without a namespace, a poll and an upgrade among them",
    `
    const io = listen();
    const url = urlOf(io) + "/socket.io/?EIO=4&transport=";
    const opening = next(io.engine, "connection");
    const open = await (await fetch(url + "polling")).text();
    const { sid } = JSON.parse(open.slice(1));
    const conn = await opening;
    const poll = fetch(url + "polling&sid=" + sid).then((r) => r.text());
    while (!conn.writable) await new Promise((go) => setTimeout(go, 0));
    const socket = new WebSocket(url + "websocket&sid=" + sid);
    const closed = heard(socket, "close");
    await heard(socket, "open");
    await io.close();
    await Promise.all([poll, closed]);
    console.log("closed");
    `,
  ],
  [
    "a server that nobody has visited",
    `
    const io = listen({ connectionStateRecovery: {} });
    io.of("/admin");
    await io.close();
    console.log("closed");
    `,
  ],
];

/** A client that says something, and is there still when the server closes. */
function lifeWith(transports: string, options = "{}"): string {
  return `
    const io = listen(${options});
    io.on("connection", (socket) => {
      socket.on("echo", (value, reply) => reply(value));
      socket.on("disconnect", (reason) => console.log(reason));
    });
    const client = visit(io, ${transports});
    await next(client, "connect");
    const { engine } = client.io;
    if (${transports}.length > 1 && engine.transport.name === "polling") {
      await next(engine, "upgrade");
    }
    await client.emitWithAck("echo", 1);
    const ended = next(client, "disconnect");
    await io.close();
    await ended;
    console.log("closed");
  `;
}

for (const [name, script] of scripts) {
  Deno.test(`io.close() lets a process end that had ${name}`, async () => {
    assertEquals(
      await run(script),
      script.includes("reason") ? "server shutting down\nclosed" : "closed",
    );
  });
}
