import { assertEquals } from "@std/assert";
import type { StreamPart } from "./frame.ts";
import { Owner, type SessionHost } from "./owner.ts";

/** An owner of a poll, which its host has not answered yet. */
function openPoll() {
  const { promise, resolve } = Promise.withResolvers<Response>();
  const released: string[] = [];
  const host: SessionHost = {
    answer: () => promise,
    release: ({ url }) => released.push(url),
  };
  const sent: StreamPart[] = [];
  const end = {
    pendingBytes: 0,
    drained: () => Promise.resolve(),
    send: (part: StreamPart) => sent.push(part),
  };
  const owner = new Owner(host, end, () => {});
  const url = "http://localhost/?sid=a";
  const done = owner.start({
    type: "request",
    method: "GET",
    url,
    headers: [],
    hasBody: false,
  });
  return { owner, url, answer: resolve, done, released, sent };
}

Deno.test("Owner lets the session's poll go when the front is released", async () => {
  const { owner, url, answer, done, released, sent } = openPoll();
  owner.onPart({ type: "release" });
  assertEquals(released, [url]);
  answer(new Response("6"));
  await done;
  assertEquals(sent.map(({ type }) => type), ["response", "data", "end"]);
});

Deno.test("Owner drops an answer that comes when the front is gone", async () => {
  const { owner, answer, done } = openPoll();
  owner.onGone();
  let isCancelled = false;
  const body = new ReadableStream({ cancel: () => void (isCancelled = true) });
  answer(new Response(body));
  await done;
  assertEquals(isCancelled, true);
});
