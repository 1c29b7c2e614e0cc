import { assertEquals } from "@std/assert";
import type { StreamPart } from "./frame.ts";
import { Front } from "./front.ts";

Deno.test("Front is over when its client leaves before its WebSocket has opened", async () => {
  const sent: StreamPart[] = [];
  let over = 0;
  const opened = Promise.withResolvers<Front>();
  const gone = Promise.withResolvers<void>();
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      const end = {
        pendingBytes: 0,
        drained: () => Promise.resolve(),
        send: (part: StreamPart) => sent.push(part),
      };
      const front = new Front(request, end, 1_000, () => over++);
      front.start();
      front.onPart({ type: "accepted" });
      opened.resolve(front);
      await gone.promise;
      return await front.response;
    },
  );
  const client = await Deno.connect({ port: server.addr.port });
  await client.write(new TextEncoder().encode(
    [
      ...["GET / HTTP/1.1", "host: localhost", "connection: upgrade"],
      ...["upgrade: websocket", "sec-websocket-version: 13"],
      ...["sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==", "", ""],
    ].join("\r\n"),
  ));
  const front = await opened.promise;
  client.close();
  const close = { type: "close", reason: "", failure: undefined } as const;
  front.onPart({ ...close, code: undefined });
  gone.resolve();
  assertEquals([sent.at(-1), over], [{ ...close, code: undefined }, 1]);
});
