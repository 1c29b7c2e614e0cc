import { assertEquals } from "@std/assert";
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
