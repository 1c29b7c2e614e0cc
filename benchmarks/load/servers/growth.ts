// This project's server for growth.ts: also namespaces made on demand, and on
// SIGUSR2 a line that tells how many clients there are and what memory is used
// after a garbage collection (--v8-flags=--expose-gc).
import { Server } from "../../../mod.ts";
import { options } from "./application.js";
import { apply, serve } from "./serve.ts";

const io = new Server({
  ...options,
  cleanupEmptyChildNamespaces: true,
  limits: { namespacesPerConnection: Infinity },
});
io.of(/^\/n\d+$/);
apply(io);

Deno.addSignalListener("SIGUSR2", () => {
  // A function that only the flag defines: TypeScript cannot know it.
  (globalThis as { gc?: () => void }).gc?.();
  const { heapUsed, rss } = Deno.memoryUsage();
  console.log(
    JSON.stringify({ clients: io.engine.clientsCount, heapUsed, rss }),
  );
});

serve(io);
