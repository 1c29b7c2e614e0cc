import { assertEquals } from "@std/assert";
import { findFreePort } from "../_support/environment.ts";
import { Balancer } from "./balancer.ts";

/** Listens for connections, each of which is answered, and closed when it is served. */
function listen(answer: (connection: Deno.TcpConn) => Promise<unknown>) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepted = (async () => {
    for await (const connection of listener) {
      using _closed = connection;
      await answer(connection);
    }
  })();
  return {
    port: listener.addr.port,
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepted;
    },
  };
}

/**
 * Starts a process that listens, and kills it when it has begun to read a request: what it
 * has not read makes the system reset the connection.
 */
async function startKilled() {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "eval",
      `const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
       console.log(listener.addr.port);
       const connection = await listener.accept();
       await connection.read(new Uint8Array(1));
       Deno.kill(Deno.pid, "SIGKILL");`,
    ],
    stdout: "piped",
  }).spawn();
  const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value: port } = await output.read();
  return {
    port: Number(port),
    async [Symbol.asyncDispose]() {
      await output.cancel();
      await child.status;
    },
  };
}

/** Sends a request and reads all that comes back. */
async function request(url: string): Promise<string> {
  using connection = await Deno.connect({
    hostname: "127.0.0.1",
    port: Number(new URL(url).port),
  });
  await connection.write(new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"));
  return await new Response(connection.readable).text();
}

async function answer(connection: Deno.TcpConn, text: string) {
  await connection.read(new Uint8Array(1_024));
  await connection.write(new TextEncoder().encode(text));
}

Deno.test("Balancer: takes the first server that does not refuse", async () => {
  await using busy = listen((it) => answer(it, "HTTP/1.1 503 No\r\n\r\n"));
  await using open = listen((it) => answer(it, "HTTP/1.1 200 OK\r\n\r\n"));
  await using balancer = new Balancer([busy.port, open.port]);

  assertEquals(await request(balancer.url), "HTTP/1.1 200 OK\r\n\r\n");
  assertEquals(balancer.taken, [0, 1]);
});

Deno.test("Balancer: takes the next server when one is killed over a request", async () => {
  await using killed = await startKilled();
  await using open = listen((it) => answer(it, "HTTP/1.1 200 OK\r\n\r\n"));
  await using balancer = new Balancer([killed.port, open.port]);

  assertEquals(await request(balancer.url), "HTTP/1.1 200 OK\r\n\r\n");
  assertEquals(balancer.taken, [0, 1]);
});

Deno.test("Balancer: takes the next server when one does not listen", async () => {
  await using open = listen((it) => answer(it, "HTTP/1.1 200 OK\r\n\r\n"));
  await using balancer = new Balancer([findFreePort(), open.port]);

  assertEquals(await request(balancer.url), "HTTP/1.1 200 OK\r\n\r\n");
});

Deno.test("Balancer: closes the connection when all servers refuse", async () => {
  await using busy = listen((it) => answer(it, "HTTP/1.1 503 No\r\n\r\n"));
  await using balancer = new Balancer([busy.port]);

  assertEquals(await request(balancer.url), "");
});
