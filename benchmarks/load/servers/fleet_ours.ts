// This project's server as a member of a fleet, with the adapter that $ADAPTER names;
// they meet at $BUS.
import pg from "pg";
import { createClient } from "redis";
import { type AdapterFactory, Server } from "../../../mod.ts";
import { createAdapter as createPostgresAdapter } from "../../../src/adapter/postgres/mod.ts";
import {
  createAdapter,
  createShardedAdapter,
  createStreamsAdapter,
} from "../../../src/adapter/redis/mod.ts";
import { options } from "./application.js";
import { apply, serve } from "./serve.ts";

const url = Deno.env.get("BUS") ?? "";

async function connectRedis() {
  const client = createClient({ url });
  const other = client.duplicate();
  await Promise.all([client.connect(), other.connect()]);
  return [client, other] as const;
}

const ADAPTERS: Record<string, () => Promise<AdapterFactory>> = {
  redis: async () => createAdapter(...await connectRedis()),
  sharded: async () => createShardedAdapter(...await connectRedis()),
  streams: async () => createStreamsAdapter((await connectRedis())[0]),
  postgres: () => {
    const pool = new pg.Pool({ connectionString: url });
    return Promise.resolve(createPostgresAdapter(pool));
  },
};

const adapter = await ADAPTERS[Deno.env.get("ADAPTER") ?? ""]!(); // one of those above
const io = new Server({ ...options, adapter });
apply(io);
serve(io);
