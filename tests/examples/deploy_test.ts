/** The example for Deno Deploy, run as it runs there: with all permissions and no flags. */

import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import {
  type Client,
  connected,
  next,
  Visitors,
  within,
} from "../_support/clients.ts";
import { until } from "../_support/cluster_bed.ts";
import { requires, startRedis } from "../_support/environment.ts";
import { startExample } from "../_support/example.ts";
import { RedisProcess } from "../_support/redis_process.ts";
import { keysOf } from "../_support/streams_bed.ts";

const ROOT = new URL("../../", import.meta.url);

// What Deploy does with the `imports` of its folder is done by the root's here.
const ARGS = [
  "run",
  "--allow-all",
  "--config=deno.json",
  "examples/deploy/main.ts",
];

const CLIENTS = 200;

/** Starts an instance, which Deploy would end by a SIGINT. */
function startInstance(redis: { port: number }) {
  return startExample(ARGS, {
    env: {
      DENO_DEPLOY: "1",
      DENO_SERVE_ADDRESS: "tcp:127.0.0.1:0",
      REDIS_URL: `redis://127.0.0.1:${redis.port}`,
    },
    signal: "SIGINT",
    code: 0,
  });
}

Deno.test("examples/deploy/deno.json tells Deploy what is there", async () => {
  const read = (path: string) => Deno.readTextFile(new URL(path, ROOT));
  const { imports, deploy } = JSON.parse(
    await read("examples/deploy/deno.json"),
  );
  assertEquals(deploy.runtime.type, "dynamic");
  const main = await read(`examples/deploy/${deploy.runtime.entrypoint}`);
  for (const [, name = ""] of main.matchAll(/ from "([^"]+)"/g)) {
    const isKnown = (known: string) =>
      name === known || name.startsWith(`${known}/`);
    assert(Object.keys(imports).some(isKnown), name);
  }
  const { name, version } = JSON.parse(await read("deno.json"));
  assertEquals(imports[name], `jsr:${name}@^${version}`);
});

Deno.test("examples/deploy says what it lacks on Deploy", async () => {
  const { code, stderr } = await within(
    new Deno.Command(Deno.execPath(), {
      args: ARGS,
      cwd: ROOT,
      env: { DENO_DEPLOY: "1", REDIS_URL: "" },
      stdout: "null",
    }).output(),
    "the end of the example",
  );
  assertEquals(code, 1);
  assertStringIncludes(new TextDecoder().decode(stderr), "Set REDIS_URL");
});

/** What a client hears when it ends, whenever that is. */
function ending(client: Client): Promise<unknown> {
  return new Promise((resolve) => client.once("disconnect", resolve));
}

Deno.test(
  requires(
    { redis: true },
    "examples/deploy ends at a SIGINT with all its clients, who go on with another instance",
    async () => {
      await using redis = await startRedis();
      await using b = await startInstance(redis);
      await using visitors = new Visitors();
      const other = await visitors.connect("4.8.4", "websocket", b.url);
      const a = await startInstance(redis);
      const clients = await Promise.all(
        Array.from(
          { length: CLIENTS },
          () => visitors.connect("4.8.4", "websocket", a.url),
        ),
      );
      const [client] = clients as [Client];
      const id = client.id;
      const heard = Promise.all(
        [...clients, other].map((client) => next(client, "said")),
      );
      client.emit("say", "hello");
      for (const [said] of await heard) {
        assertEquals(said, { text: "hello", by: id });
      }

      const endings = Promise.all(clients.map(ending));
      await a.end();
      const reasons = await within(endings, "the end of all clients");
      assertEquals(new Set(reasons), new Set(["transport close"]));

      const said = next(other, "said");
      other.emit("say", "while it is away");
      await said;
      const back = visitors.open("4.8.4", "websocket", b.url, {
        auth: keysOf(client),
      });
      const [missed] = await next(back, "said");
      assertEquals(missed, { text: "while it is away", by: other.id });
      await connected(back);
      assertEquals(back.id, id);
    },
  ),
);

Deno.test(
  requires(
    { redis: true },
    "examples/deploy tells those who poll that it does not, and whether Redis is there",
    async () => {
      await using redis = await RedisProcess.start();
      await using instance = await startInstance(redis);
      await using visitors = new Visitors();
      const client = visitors.open("4.8.4", "upgrade", instance.url);
      const [error] = await next(client, "connect_error") as [
        Error & { description: number },
      ]; // of the official client's polling
      assertEquals([error.message, error.description], ["xhr poll error", 400]);
      const polled = await fetch(
        `${instance.url}/socket.io/?EIO=4&transport=polling`,
      );
      assertEquals(
        await polled.json(),
        { code: 0, message: "Transport unknown" },
      );
      const willing = visitors.open("4.8.4", "upgrade", instance.url, {
        tryAllTransports: true,
      });
      await connected(willing);

      const health = async () => {
        const { body, status } = await fetch(instance.url);
        await body?.cancel();
        return status;
      };
      // It serves clients before it has found Redis.
      await until(async () => await health() === 204, "a healthy instance");
      await redis.kill();
      await until(async () => await health() === 503, "an unhealthy instance");
      assertMatch(await instance.end(), /Redis: Error/);
    },
  ),
);
