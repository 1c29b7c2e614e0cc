import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { FrameReader, Link } from "./link.ts";

Deno.test("Link keeps nothing for a connection that has ended", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepting = listener.accept();
  const conn = await Deno.connect({ port: listener.addr.port });
  using _other = await accepting;
  const link = new Link(conn, new FrameReader(conn), 1_000);
  link.start({ onFrame: () => {}, onClose: () => {} });
  link.close();
  for (let i = 0; i < 3; i++) link.send(new Uint8Array(100));
  assertEquals(link.pendingBytes, 0);
});

/** A connection whose other side reads as much as a test lets it, and says nothing. */
class FakeConn {
  #writing: { readonly size: number; done(size: number): void } | undefined;

  unref(): void {}
  setNoDelay(): void {}
  close(): void {}

  read(): Promise<null> {
    return new Promise(() => {});
  }

  write({ length: size }: Uint8Array): Promise<number> {
    const { promise, resolve: done } = Promise.withResolvers<number>();
    this.#writing = { size, done };
    return promise;
  }

  /** Reads a byte, or all of it. */
  take(size = this.#writing?.size ?? 0): void {
    this.#writing?.done(size);
  }

  /** What a link takes it for. */
  get real(): Deno.TcpConn {
    return this as unknown as Deno.TcpConn; // all that a link uses
  }
}

/** A link that may keep 100 bytes for a side that does not read. */
function open() {
  const conn = new FakeConn();
  const errors: unknown[] = [];
  const link = new Link(conn.real, new FrameReader(conn.real), 100);
  link.start({ onFrame: () => {}, onClose: (error) => errors.push(error) });
  return { conn, link, errors };
}

Deno.test("Link ends if too much waits for a side that reads nothing", async () => {
  using time = new FakeTime();
  const { link, errors } = open();
  link.send(new Uint8Array(97));
  await time.tickAsync(4_999);
  assertEquals(errors, []);
  await time.tickAsync(1);
  assertEquals(errors.map(String), [
    "Error: 101 bytes wait for a worker",
  ]);
});

Deno.test("Link takes four times as much at once for a side that reads", async () => {
  using time = new FakeTime();
  const { conn, link, errors } = open();
  for (let i = 0; i < 4; i++) link.send(new Uint8Array(96));
  await time.tickAsync(4_000);
  conn.take(1);
  await time.tickAsync(4_000);
  for (let i = 0; i < 10; i++) {
    conn.take();
    await time.runMicrotasks();
  }
  await time.tickAsync(10_000);
  assertEquals([errors, link.pendingBytes], [[], 0]);
  link.close();
});

Deno.test("Link ends if still more waits", () => {
  const { link, errors } = open();
  for (let i = 0; i < 4; i++) link.send(new Uint8Array(96));
  assertEquals(errors, []);
  link.send(new Uint8Array(96));
  assertEquals(errors.map(String), ["Error: 500 bytes wait for a worker"]);
});
