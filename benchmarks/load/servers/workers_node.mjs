// npm's socket.io on Node as $WORKERS processes of one `cluster`, with the official
// adapter. Prints the port, then the processes.
import { Buffer } from "node:buffer";
import cluster from "node:cluster";
import { createServer } from "node:http";
import process from "node:process";
import { options, register } from "./application.js";
import { load } from "./peer.js";

const { createAdapter, setupPrimary } = load("@socket.io/cluster-adapter");

if (cluster.isPrimary) {
  setupPrimary();
  cluster.setupPrimary({ serialization: "advanced" }); // which bytes need
  const workers = Array.from(
    { length: Number(process.env.WORKERS) },
    () => cluster.fork(),
  );
  const pids = [process.pid, ...workers.map((worker) => worker.process.pid)];
  let listening = 0;
  cluster.on("listening", (_worker, { port }) => {
    if (++listening === workers.length) console.log(`${port} ${pids}`);
  });
} else {
  const { Server } = load("socket.io");
  const http = createServer();
  register(
    new Server(http, { ...options, adapter: createAdapter() }),
    (size) => Buffer.alloc(size, 1),
  );
  http.listen(0, "127.0.0.1");
}
