/** What a server needs: the network, and nothing else. */

import { assertEquals } from "@std/assert";
import { ask, type Mode, Visitors, within } from "./_support/clients.ts";

const ROOT = new URL("../", import.meta.url);

/** Ends when a client asks it to. */
const PROGRAM = `
import { Server } from "@deno-socketio/server";

const io = new Server();
const http = Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) => console.log("http://127.0.0.1:" + port),
}, io.handler());

io.on("connection", (socket) => {
  socket.join("room");
  socket.on("echo", (value, reply) => {
    io.to("room").emit("echoed");
    reply(value, socket.handshake.address, socket.conn.transport.name);
  });
  socket.on("end", async () => {
    await io.close();
    await http.shutdown();
  });
});
`;

Deno.test("Server needs --allow-net=127.0.0.1 and no other permission", async () => {
  await using program = await start(PROGRAM);
  await using visitors = new Visitors();
  for (const version of ["4.8.4", "3.1.3"] as const) {
    for (const mode of ["polling", "upgrade", "websocket"] satisfies Mode[]) {
      const client = await visitors.connect(version, mode, program.url);
      assertEquals(await ask(client, "echo", "hello"), [
        "hello",
        "127.0.0.1",
        mode === "polling" ? "polling" : "websocket",
      ]);
      const [bytes] = await ask(client, "echo", Uint8Array.of(1, 2));
      assertEquals(new Uint8Array(bytes as Uint8Array), Uint8Array.of(1, 2)); // as it was sent
    }
  }
  const last = await visitors.connect("4.8.4", "websocket", program.url);
  last.emit("end");
  assertEquals(await program.end(), { code: 0, errors: "" });
});

/** Runs a program that prints where it listens. */
async function start(source: string) {
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(file, source);
  const process = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      "--allow-net=127.0.0.1",
      `--config=${new URL("deno.json", ROOT).pathname}`,
      "--no-lock",
      file,
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const errors = new Response(process.stderr).text();
  let hasEnded = false;
  const status = process.status.finally(() => hasEnded = true);
  const reader = process.stdout.pipeThrough(new TextDecoderStream())
    .getReader();
  let url = "";
  while (!url.includes("\n")) {
    const { done, value } = await within(reader.read(), "the address");
    if (done) throw new Error(`Cannot start: ${await errors}`);
    url += value;
  }
  return {
    url: url.trim(),
    async end() {
      const { code } = await within(status, "the end of the program");
      return { code, errors: await errors };
    },
    async [Symbol.asyncDispose]() {
      if (!hasEnded) process.kill();
      await status;
      await reader.cancel();
      await errors;
      await Deno.remove(file);
    },
  };
}
