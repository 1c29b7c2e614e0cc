/**
 * Runs npm's engine.io or socket.io on Node for the conformance suites.
 *
 * Its argument is JSON: `{ packages, level, app, options }`. It writes reports as
 * lines of JSON, answers the lines `sessions` and `stop`, and ends with its input.
 */

import { createServer } from "node:http";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import process from "node:process";

const { packages, level, app, options } = JSON.parse(process.argv[2]);
const require = createRequire(`${packages}/package.json`);

function report(kind, fields) {
  process.stdout.write(JSON.stringify({ kind, ...fields }) + "\n");
}

async function load(name) {
  const url = new URL(`../conformance/apps/${name}.mjs`, import.meta.url);
  return (await import(url.href)).default;
}

const { refuse, ...rest } = options;
if (refuse !== undefined) {
  rest.allowRequest = (_request, answer) => answer(refuse, false);
}

const http = createServer((_request, response) => {
  response.writeHead(404).end();
});
let engine;
let stop;
let path;
if (level === "engine") {
  const { Server } = require("engine.io");
  engine = new Server(rest);
  (await load(app))(engine, report);
  engine.attach(http, rest);
  path = rest.path ?? "/engine.io";
  stop = () => engine.close();
} else {
  const { Server } = require("socket.io");
  const io = new Server(http, { serveClient: false, ...rest });
  engine = io.engine;
  (await load("observe"))(engine, report);
  (await load(app))(io, report);
  path = rest.path ?? "/socket.io";
  stop = () => io.close();
}
path = path.replace(/\/$/, "");
if (rest.addTrailingSlash !== false) path += "/";

http.listen(0, "127.0.0.1", () => {
  report("listening", {
    url: `http://127.0.0.1:${http.address().port}${path}`,
  });
});

const lines = createInterface({ input: process.stdin });
lines.on("line", async (line) => {
  if (line === "sessions") report("sessions", { count: engine.clientsCount });
  if (line === "stop") {
    await stop();
    report("stopped", {});
  }
});
lines.on("close", () => process.exit(0));
