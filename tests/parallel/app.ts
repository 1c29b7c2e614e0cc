// An application for `deno serve --parallel`, as tests/parallel_process_test.ts runs it.
import { Server } from "../../mod.ts";

const io = new Server({ parallel: true });
/** Not the worker's real id, but one of its own. */
const worker = crypto.randomUUID();

io.on("connection", (socket) => {
  socket.on("who", (answer) => answer(worker, Deno.pid));
  socket.on("echo", (...args) => args.pop()(...args));
  socket.on("burst", async (count) => {
    // In turns, or the workers' own clients would have to wait for all of it.
    for (let i = 0; i < count;) {
      for (const end = Math.min(count, i + 1_000); i < end; i++) {
        io.emit("count", i);
      }
      await new Promise((resolve) => setTimeout(resolve));
    }
  });
});
Deno.addSignalListener("SIGTERM", () => io.close());

export default {
  fetch: io.handler((request) => {
    if (!request.url.endsWith("/count")) return new Response(worker);
    return io.of("/").adapter.serverCount()
      .then((count) => Response.json({ count, worker }));
  }),
};
