/**
 * What stands before servers: passes each connection on to the first server that does
 * not refuse it with 503.
 */
export class Balancer implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #ports: readonly number[];
  readonly #connections = new Set<Promise<void>>();
  /** How many connections each server has taken. */
  readonly taken: number[];

  /** @param ports The ports of the servers, the preferred first. */
  constructor(ports: readonly number[]) {
    this.#ports = ports;
    this.taken = ports.map(() => 0);
    this.#accept();
  }

  /** Where clients connect. */
  get url(): string {
    return `http://127.0.0.1:${this.#listener.addr.port}`;
  }

  async #accept(): Promise<void> {
    for await (const client of this.#listener) {
      const connection = this.#serve(client).catch(() => {});
      this.#connections.add(connection);
      connection.then(() => this.#connections.delete(connection));
    }
  }

  async #serve(client: Deno.TcpConn): Promise<void> {
    using _closed = client;
    const request = await readSome(client);
    for (const [i, port] of this.#ports.entries()) {
      using server = await connect(port);
      if (server === undefined) continue;
      const answer = await ask(server, request);
      if (answer.length === 0 || text(answer).startsWith("HTTP/1.1 503")) {
        continue;
      }
      this.taken[i]!++;
      await write(client, answer);
      await Promise.allSettled([
        client.readable.pipeTo(server.writable),
        server.readable.pipeTo(client.writable),
      ]);
      return;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await Promise.all(this.#connections);
  }
}

async function connect(port: number): Promise<Deno.TcpConn | undefined> {
  try {
    return await Deno.connect({ hostname: "127.0.0.1", port });
  } catch {
    return undefined; // it has ended
  }
}

/** Sends a request. Returns the beginning of the answer, which is empty if there is none. */
async function ask(
  server: Deno.TcpConn,
  request: Uint8Array,
): Promise<Uint8Array> {
  try {
    await write(server, request);
    return await readSome(server);
  } catch {
    return new Uint8Array(); // it has ended
  }
}

async function readSome(connection: Deno.TcpConn): Promise<Uint8Array> {
  const buffer = new Uint8Array(16_384);
  const length = await connection.read(buffer);
  return buffer.subarray(0, length ?? 0);
}

async function write(
  connection: Deno.TcpConn,
  bytes: Uint8Array,
): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    at += await connection.write(bytes.subarray(at));
  }
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
