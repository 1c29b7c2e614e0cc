/** A process that runs out of files, as a crowd of clients can bring about. */

import { assert, assertEquals } from "@std/assert";
import { isDenoAtLeast } from "../src/deno_version.ts";
import { findFreePort } from "./_support/environment.ts";
import {
  endpoint,
  PollingSession,
  WireSocket,
  within,
} from "./_support/wire.ts";

/** Whether Deno tells that it stopped listening at once, or when its HTTP connections are closed. */
const TELLS_AT_ONCE = isDenoAtLeast("2.8");
/** Files that the process may have open. */
const MAX_FILES = 100;

// Half a second after its start, or with the first listener, Deno opens files to hear of
// signals, and panics if there are none left.
const PROGRAM = `
  import { Server } from "@deno-socketio/server";
  Deno.addSignalListener("SIGHUP", () => {});
  const io = new Server();
  io.diagnostics.addEventListener("callbackerror", (event) => {
    event.preventDefault();
    console.log(event.source, String(event.error));
  });
  io.on("connection", (socket) => socket.on("ask", (reply) => reply()));
  const port = Number(Deno.args[0]);
  io.listen({ hostname: "127.0.0.1", port, onListen: () => console.log("It listens") });
  for await (const _ of Deno.stdin.readable);
  await io.close();
  Deno.exit();
`;

/** Opens connections that nobody accepts any more, in the end. */
async function crowd(port: number): Promise<Deno.TcpConn[]> {
  const open = Array.from(
    { length: 2 * MAX_FILES },
    () => Deno.connect({ hostname: "127.0.0.1", port }),
  );
  const results = await Promise.allSettled(open);
  return results.flatMap((result) =>
    result.status === "fulfilled" ? [result.value] : []
  );
}

/** Connects as soon as somebody listens. */
async function comeBack(url: string): Promise<PollingSession> {
  for (;;) {
    try {
      return await PollingSession.start(url);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // what fetch() makes of it
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

Deno.test({
  name: "io.listen() survives that there are too many open files",
  ignore: Deno.build.os === "windows",
  async fn() {
    const port = findFreePort();
    const child = new Deno.Command("sh", {
      args: [
        "-c",
        `ulimit -n ${MAX_FILES} && exec "$@"`,
        "sh",
        Deno.execPath(),
        "eval",
        "--no-lock",
        "--config=deno.json",
        PROGRAM,
        // Nobody else gets it while the process does not listen.
        `${port}`,
      ],
      cwd: new URL("../", import.meta.url),
      env: { NO_COLOR: "1" },
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const reader = child.stdout.pipeThrough(new TextDecoderStream())
      .getReader();
    let output = "";
    const read = async (pattern: RegExp) => {
      for (;;) {
        const match = pattern.exec(output);
        if (match !== null) return match;
        const { value } = await within(reader.read(), `${pattern}`);
        assert(value !== undefined, `the process ended: ${output}`);
        output += value;
      }
    };
    await read(/^It listens\n/);
    const url = `http://127.0.0.1:${port}/socket.io/`;
    {
      await using socket = await WireSocket.open(
        endpoint(url, { transport: "websocket" }),
      );
      await socket.receive();
      const connections = await crowd(port);
      const failure = () => read(/the HTTP server .*too many open files/i);
      if (TELLS_AT_ONCE) await failure();
      socket.send("40", '421["ask"]');
      assertEquals((await socket.receiveMany(2))[1], "431[]");
      for (const connection of connections) connection.close();
      if (!TELLS_AT_ONCE) await failure();
      await using session = await within(comeBack(url), "a new connection");
      await session.post('40\x1e421["ask"]');
      assertEquals((await session.receiveMany(2))[1], "431[]");
    }
    await child.stdin.close();
    const { code } = await within(child.status, "the end of the process");
    assertEquals(code, 0);
    await reader.cancel();
  },
});
