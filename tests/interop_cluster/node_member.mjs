/**
 * A server of npm's socket.io on Node with one of npm's adapters.
 *
 * Its argument is JSON: `{ packages, adapter, client, options, server }`. Each line it reads is JSON:
 * `{ id, nsp, chain }`, where a chain is what is called on the namespace, one after
 * the other. It writes what comes of it, and ends with its input.
 */

import { createServer } from "node:http";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import process from "node:process";

const { packages, adapter, client, options, server } = JSON.parse(
  process.argv[2],
);
const require = createRequire(`${packages}/package.json`);
const { Server } = require("socket.io");

/** How each adapter is made. */
const ADAPTERS = {
  async redis() {
    const { createAdapter } = require("@socket.io/redis-adapter");
    return createAdapter(...await connectRedis(), options);
  },
  async "redis-sharded"() {
    const { createShardedAdapter } = require("@socket.io/redis-adapter");
    return createShardedAdapter(...await connectRedis(), options);
  },
  async "redis-streams"() {
    const { createAdapter } = require("@socket.io/redis-streams-adapter");
    const [redis, unused] = await connectRedis();
    unused.destroy();
    return createAdapter(redis, options);
  },
  postgres() {
    const { createAdapter } = require("@socket.io/postgres-adapter");
    const { Pool } = require("pg");
    return createAdapter(new Pool(client), options);
  },
};

async function connectRedis() {
  const { createClient } = require("redis");
  const pub = createClient(client);
  const sub = pub.duplicate();
  for (const each of [pub, sub]) each.on("error", () => {});
  await Promise.all([pub.connect(), sub.connect()]);
  return [pub, sub];
}

function report(kind, fields) {
  process.stdout.write(JSON.stringify({ kind, ...fields }) + "\n");
}

/** What JSON has for bytes, and back. */
function pack(value) {
  if (value instanceof Uint8Array) return { $bytes: [...value] };
  if (Array.isArray(value)) return value.map(pack);
  if (value instanceof Set) return [...value].sort();
  if (value === null || typeof value !== "object") return value;
  if ("handshake" in value && "rooms" in value) {
    const { id, data, rooms, handshake } = value;
    return pack({ id, data, rooms: [...rooms].sort(), query: handshake.query });
  }
  const entries = Object.entries(value);
  return Object.fromEntries(entries.map(([key, each]) => [key, pack(each)]));
}

function revive(_key, value) {
  return value?.$bytes === undefined ? value : Buffer.from(value.$bytes);
}

const http = createServer();
const io = new Server(http, {
  ...server,
  serveClient: false,
  adapter: await ADAPTERS[adapter](),
});
for (const name of ["/", "/other"]) {
  const namespace = io.of(name);
  namespace.on("connection", (socket) => {
    if (!socket.recovered) socket.data = { from: "node" };
    socket.on("join", async (rooms, done) => {
      await socket.join(rooms);
      done();
    });
    socket.on("shout", (...args) => socket.broadcast.emit(...args));
  });
  namespace.on("tell", (...args) => report("told", { args: pack(args) }));
  namespace.on("ask", (value, answer) => answer({ node: value }));
}

const lines = createInterface({ input: process.stdin });
lines.on("line", async (line) => {
  const { id, nsp, chain } = JSON.parse(line, revive);
  try {
    let value = io.of(nsp);
    for (const [name, ...args] of chain) {
      const member = value[name];
      value = typeof member === "function"
        ? await member.apply(value, args)
        : member;
    }
    const isPlain = Array.isArray(value) || value instanceof Set ||
      typeof value === "number";
    report("done", { id, value: isPlain ? pack(value) : null });
  } catch (error) {
    const responses = pack(error.responses);
    report("done", { id, error: String(error), responses });
  }
});
lines.on("close", () => process.exit(0));

http.listen(0, "127.0.0.1", () => {
  report("listening", { url: `http://127.0.0.1:${http.address().port}` });
});
