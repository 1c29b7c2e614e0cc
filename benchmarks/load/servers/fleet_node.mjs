// npm's socket.io on Node as a member of a fleet, with the official adapter that
// $ADAPTER names; they meet at $BUS.
import { Buffer } from "node:buffer";
import { createServer } from "node:http";
import process from "node:process";
import { options, register } from "./application.js";
import { load } from "./peer.js";

const { ADAPTER, BUS } = process.env;

async function connectRedis() {
  const client = load("redis").createClient({ url: BUS });
  const other = client.duplicate();
  await Promise.all([client.connect(), other.connect()]);
  return [client, other];
}

const ADAPTERS = {
  redis: async () =>
    load("@socket.io/redis-adapter").createAdapter(...await connectRedis()),
  sharded: async () =>
    load("@socket.io/redis-adapter").createShardedAdapter(
      ...await connectRedis(),
    ),
  streams: async () =>
    load("@socket.io/redis-streams-adapter").createAdapter(
      (await connectRedis())[0],
    ),
  postgres: () => {
    const pool = new (load("pg").Pool)({ connectionString: BUS });
    return load("@socket.io/postgres-adapter").createAdapter(pool);
  },
};

const { Server } = load("socket.io");
const adapter = await ADAPTERS[ADAPTER]();
const http = createServer();
register(
  new Server(http, { ...options, adapter }),
  (size) => Buffer.alloc(size, 1),
);
http.listen(0, "127.0.0.1", () => console.log(http.address().port));
