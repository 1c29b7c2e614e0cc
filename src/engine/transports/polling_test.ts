import { assert, assertEquals, assertFalse } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { DelayLine } from "../../delay_line.ts";
import type { Packet } from "../../engine_parser/mod.ts";
import { NO_STORE } from "../compression.ts";
import { POLLING_FORMAT } from "../format.ts";
import { control } from "../message.ts";
import {
  type HeldPoll,
  type PollingSettings,
  PollingTransport,
} from "./polling.ts";
import type {
  CloseDescription,
  TransportLimit,
  TransportOwner,
} from "./transport.ts";

const ENDPOINT = "http://localhost/engine.io/?EIO=4&transport=polling&sid=x";

class FakeOwner implements TransportOwner {
  readonly packets: Packet[] = [];
  readonly events: string[] = [];
  onPacket(packet: Packet): void {
    this.packets.push(packet);
  }
  onLimitExceeded(limit: TransportLimit): void {
    this.events.push(limit);
  }
  onPacketError(): void {
    this.events.push("packet error");
  }
  onTransportError({ description }: CloseDescription): void {
    this.events.push(description);
  }
  onTransportClose({ description }: CloseDescription): void {
    this.events.push(description);
  }
  onFlush(): void {
    this.events.push("flush");
  }
}

function open(
  settings: Partial<Omit<PollingSettings, "idlePolls">> = {},
) {
  const owner = new FakeOwner();
  const idlePolls = new DelayLine<HeldPoll>(1_000, (poll) => poll.onIdle());
  const transport = new PollingTransport(owner, {
    format: POLLING_FORMAT,
    maxHttpBufferSize: 100,
    packetsPerPayload: 10,
    compressionThreshold: undefined,
    ...settings,
    idlePolls,
  });
  const get = () => Promise.resolve(transport.handle(new Request(ENDPOINT)));
  const post = (body: BodyInit, headers: HeadersInit = {}) =>
    Promise.resolve(
      transport.handle(
        new Request(ENDPOINT, { method: "POST", body, headers }),
      ),
    );
  return { owner, transport, idlePolls, get, post };
}

const message = (text: string) => ({ frames: [text] });

async function text(response: Promise<Response>): Promise<string> {
  return await (await response).text();
}

Deno.test("PollingTransport answers a GET at once with what waits", async () => {
  using _time = new FakeTime();
  const { owner, transport, get } = open();
  transport.write(message("a"));
  transport.write({ frames: ["b", Uint8Array.of(1)] });
  const response = await get();
  assertEquals(response.status, 200);
  assertEquals(response.headers.get("cache-control"), NO_STORE);
  assertEquals(await response.text(), "4a\x1e4b\x1ebAQ==");
  assertEquals(owner.events, ["flush"]);
  assertEquals(transport.bufferedAmount, 0);
});

Deno.test("PollingTransport holds a GET until something is written", async () => {
  using _time = new FakeTime();
  const { transport, idlePolls, get } = open();
  const response = get();
  assertEquals(idlePolls.size, 1);
  transport.write(message("a"));
  assertEquals(await text(response), "4a");
  assertEquals(idlePolls.size, 0);
});

Deno.test("PollingTransport puts all of one turn into one answer, in order", async () => {
  using _time = new FakeTime();
  const { owner, transport, get } = open();
  const response = get();
  transport.write(message("a"));
  transport.write(control("2"));
  transport.write(message("b"));
  assertEquals(await text(response), "4a\x1e2\x1e4b");
  assertEquals(owner.events, ["flush"]);
});

Deno.test("PollingTransport is writable while a GET waits and nothing was written", () => {
  using _time = new FakeTime();
  const { transport, get } = open();
  assertFalse(transport.writable);
  get();
  assert(transport.writable);
  transport.write(message("abc"));
  assertFalse(transport.writable);
  assertEquals(transport.bufferedAmount, 4);
  transport.close("failed");
});

Deno.test("PollingTransport refuses a second GET", async () => {
  using _time = new FakeTime();
  const { owner, transport, get } = open();
  const first = get();
  assertEquals((await get()).status, 400);
  assertEquals(owner.events, ["overlap from client"]);
  transport.close("failed");
  assertEquals(await text(first), "1");
});

Deno.test("PollingTransport reads the packets of a POST", async () => {
  using _time = new FakeTime();
  const { owner, post } = open();
  const response = await post("4a\x1e3\x1ebAQI=");
  assertEquals([response.status, await response.text()], [200, "ok"]);
  assertEquals(owner.packets, [
    { type: "message", data: "a" },
    { type: "pong" },
    { type: "message", data: Uint8Array.of(1, 2) },
  ]);
});

for (const body of ["", "x", "4a\x1e", "b!"]) {
  Deno.test(`PollingTransport reports the body ${JSON.stringify(body)}`, async () => {
    using _time = new FakeTime();
    const { owner, post } = open();
    await text(post(body));
    assertEquals(owner.events, ["packet error"]);
  });
}

Deno.test("PollingTransport reads packetsPerPayload and no more", async () => {
  using _time = new FakeTime();
  const { owner, post } = open({ packetsPerPayload: 2 });
  await text(post("4a\x1e4b"));
  assertEquals(owner.events, []);
  await text(post("4c\x1e4d\x1e4e"));
  assertEquals(owner.events, ["packetsPerPayload", "packet error"]);
  assertEquals(owner.packets.map(({ data }) => data), ["a", "b", "c", "d"]);
});

/** A body in chunks, which has no declared length. */
function stream(...chunks: string[]): ReadableStream<Uint8Array> {
  return ReadableStream.from(chunks).pipeThrough(new TextEncoderStream());
}

Deno.test("PollingTransport takes a body up to maxHttpBufferSize", async () => {
  using _time = new FakeTime();
  const { owner, post } = open({ maxHttpBufferSize: 8 });
  assertEquals((await post("4€€x")).status, 200);
  assertEquals((await post("4€€xy")).status, 413);
  assertEquals((await post(stream("4€€", "x"))).status, 200);
  assertEquals((await post(stream("4€€", "x", "y"))).status, 413);
  assertEquals(owner.packets.map(({ data }) => data), ["€€x", "€€x"]);
  assertEquals(owner.events, ["maxHttpBufferSize", "maxHttpBufferSize"]);
});

for (
  const [declared, status] of [["8", 200], ["9", 413], ["x", 413], [
    "1e400",
    413,
  ]] as const
) {
  Deno.test(`PollingTransport answers a declared length of ${declared} with ${status}`, async () => {
    using _time = new FakeTime();
    const { post } = open({ maxHttpBufferSize: 8 });
    const response = await post("4a", { "content-length": declared });
    assertEquals(response.status, status);
  });
}

Deno.test("PollingTransport stops reading a body that is too large", async () => {
  using _time = new FakeTime();
  const { post } = open({ maxHttpBufferSize: 8 });
  let cancelled = false;
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(5)),
    cancel: () => {
      cancelled = true;
    },
  });
  assertEquals((await post(endless)).status, 413);
  assert(cancelled);
});

Deno.test("PollingTransport decodes characters that chunks cut apart", async () => {
  using _time = new FakeTime();
  const { owner, post } = open();
  const bytes = new TextEncoder().encode("4€🦕");
  const chunks = Array.from(bytes, (byte) => Uint8Array.of(byte));
  await text(post(ReadableStream.from(chunks)));
  assertEquals(owner.packets, [{ type: "message", data: "€🦕" }]);
});

Deno.test("PollingTransport refuses a POST while another is read", async () => {
  using _time = new FakeTime();
  const { owner, transport, post } = open();
  const body = new TransformStream<Uint8Array, Uint8Array>();
  const writer = body.writable.getWriter();
  const first = post(body.readable);
  assertEquals((await post("4b")).status, 400);
  assertEquals(owner.events, ["data request overlap from client"]);
  writer.write(new TextEncoder().encode("4a"));
  await writer.close();
  assertEquals((await first).status, 200);
  assertEquals(owner.packets.length, 1);
  transport.close("failed");
});

Deno.test("PollingTransport.close() answers a POST that is under way, and reads no more of it", async () => {
  using _time = new FakeTime();
  const { owner, transport, post } = open();
  const cancelled = Promise.withResolvers<void>();
  const response = post(
    new ReadableStream({
      pull: (controller) => controller.enqueue(Uint8Array.of(0x34)),
      cancel: () => cancelled.resolve(),
    }, { highWaterMark: 0 }),
  );
  transport.close("failed");
  await cancelled.promise;
  assertEquals((await response).status, 400);
  assertEquals(owner.events, []);
  assertEquals(owner.packets, []);
});

Deno.test("PollingTransport refuses bytes as a body", async () => {
  using _time = new FakeTime();
  const { owner, post } = open();
  const response = await post("4a", {
    "content-type": "application/octet-stream",
  });
  assertEquals(response.status, 400);
  assertEquals(owner.events, ["invalid content"]);
});

Deno.test("PollingTransport reports a body that breaks off", async () => {
  using _time = new FakeTime();
  const { owner, post } = open();
  const body = new ReadableStream({
    pull: (controller) => controller.error(new Error("gone")),
  });
  assertEquals((await post(body)).status, 400);
  assertEquals(owner.events, ["data request connection closed prematurely"]);
});

Deno.test("PollingTransport reads a declared length that is long part by part", async () => {
  using _time = new FakeTime();
  const max = 1_000_000;
  const { owner, transport, post } = open({ maxHttpBufferSize: max });
  const length = String(max);
  const data = "é".repeat(max / 2 - 1);
  const response = await post(`4${data}`, {
    "content-length": length,
  });
  assertEquals(response.status, 200);
  assertEquals(owner.packets, [{ type: "message", data }]);
  // What is longer than it says is cut off as well.
  const longer = await post("4".repeat(max + 1), { "content-length": length });
  assertEquals(longer.status, 413);
  transport.close("failed");
});

for (const method of ["PUT", "HEAD", "OPTIONS", "DELETE"]) {
  Deno.test(`PollingTransport answers ${method} with 500`, async () => {
    using _time = new FakeTime();
    const { transport } = open();
    const response = await transport.handle(new Request(ENDPOINT, { method }));
    assertEquals(response.status, 500);
  });
}

Deno.test("PollingTransport answers an idle GET by a stream", async () => {
  using time = new FakeTime();
  const { owner, transport, get } = open();
  const held = get();
  time.tick(1_100);
  const response = await held;
  assertEquals(response.status, 200);
  assertEquals(
    response.headers.get("content-type")?.toLowerCase(),
    "text/plain;charset=utf-8",
  );
  assertEquals(response.headers.get("cache-control"), NO_STORE);
  assert(transport.writable);
  transport.write(message("a"));
  assertEquals(await response.text(), "4a");
  assertEquals(owner.events, ["flush"]);
});

Deno.test("PollingTransport notices that the reader of an idle GET has gone", async () => {
  using time = new FakeTime();
  const { owner, transport, get } = open();
  const held = get();
  time.tick(1_100);
  await (await held).body?.cancel();
  assertEquals(owner.events, ["poll connection closed prematurely"]);
  assertFalse(transport.writable);
  transport.write(message("a"));
  await Promise.resolve();
  assertEquals(transport.bufferedAmount, 2);
  transport.close("failed");
});

/** Longer than what leaves at once. */
const LONG = `4${"x".repeat(200_000)}`;

Deno.test("PollingTransport lets a long answer leave as it is read", async () => {
  using _time = new FakeTime();
  const { owner, transport, get } = open();
  transport.write(message(LONG.slice(1)));
  const { headers, body } = await get();
  assertEquals(headers.get("content-length"), "200001");
  assertEquals(headers.get("content-type"), "text/plain;charset=UTF-8");
  assertEquals(headers.get("cache-control"), NO_STORE);
  assertEquals(transport.bufferedAmount, 200_001);
  assert(transport.hasBuffered(200_000));
  const reader = body!.getReader(); // it has one
  let read = "";
  const decoder = new TextDecoder();
  for (const left of [134_465, 68_929, 3_393, 0]) {
    const { value } = await reader.read();
    read += decoder.decode(value, { stream: true });
    assertEquals(transport.bufferedAmount, left);
  }
  assertEquals((await reader.read()).done, true);
  assert(read === LONG);
  assertEquals(owner.events, ["flush"]);
  const next = get();
  transport.write(message("next"));
  assertEquals(await text(next), "4next");
});

Deno.test("PollingTransport compresses a long answer for who takes it so", async () => {
  using _time = new FakeTime();
  const { transport } = open({ compressionThreshold: 100_000 });
  transport.write(message(LONG.slice(1)));
  const { headers, body } = await transport.handle(
    new Request(ENDPOINT, { headers: { "accept-encoding": "gzip" } }),
  );
  assertEquals(headers.get("content-encoding"), "gzip");
  assertEquals(headers.get("content-length"), null);
  const unpacked = body!.pipeThrough(new DecompressionStream("gzip")); // it has one
  assert(await new Response(unpacked).text() === LONG);
  assertEquals(transport.bufferedAmount, 0);
});

Deno.test("PollingTransport refuses a GET while a long answer leaves", async () => {
  using _time = new FakeTime();
  const { owner, transport, get } = open();
  transport.write(message(LONG));
  const { body } = await get();
  assertEquals((await get()).status, 400);
  assertEquals(owner.events, ["flush", "overlap from client"]);
  await body?.cancel();
});

Deno.test("PollingTransport notices that the reader of a long answer has gone", async () => {
  using _time = new FakeTime();
  const { owner, transport, get } = open();
  transport.write(message(LONG));
  await (await get()).body?.cancel();
  assertEquals(owner.events, ["flush", "poll connection closed prematurely"]);
  assertEquals(transport.bufferedAmount, 0);
});

for (const ending of ["failed", "peer closed"] as const) {
  Deno.test(`PollingTransport.close("${ending}") drops a long answer`, async () => {
    using _time = new FakeTime();
    const { owner, transport, get } = open();
    transport.write(message(LONG));
    const response = await get();
    transport.close(ending);
    assertEquals(transport.bufferedAmount, 0);
    assertEquals(await response.text(), "");
    assertEquals(owner.events, ["flush"]);
  });
}

Deno.test("PollingTransport.close() does not let a compressed answer look complete", async () => {
  using _time = new FakeTime();
  const { transport } = open({ compressionThreshold: 1 });
  transport.write(message(LONG));
  const { body } = await transport.handle(
    new Request(ENDPOINT, { headers: { "accept-encoding": "gzip" } }),
  );
  transport.close("failed");
  assertEquals(transport.bufferedAmount, 0);
  const reader = body!.getReader(); // it has one
  let isComplete = false;
  const reading = (async () => {
    while (!(await reader.read()).done);
    isComplete = true;
  })();
  for (let i = 0; i < 100; i++) await Promise.resolve();
  assertEquals(isComplete, false);
  await reader.cancel();
  await reading;
});

Deno.test('PollingTransport.close("server closes") lets a long answer leave', async () => {
  using _time = new FakeTime();
  const { transport, get } = open();
  transport.write(message(LONG.slice(1)));
  const response = get();
  transport.close("server closes");
  assert(await text(response) === LONG);
});

Deno.test('PollingTransport.close("server closes") drops a long answer that outlasts a polite close', async () => {
  using _time = new FakeTime();
  const { transport, get } = open();
  transport.write(message(LONG));
  const response = await get();
  transport.finish(() => {});
  transport.close("server closes");
  assertEquals(await response.text(), "");
});

Deno.test("PollingTransport lets the next GET fetch what is too long for an idle one", async () => {
  using time = new FakeTime();
  const { transport, get } = open();
  const idle = get();
  time.tick(1_100);
  const response = await idle;
  transport.write(message("short"));
  transport.write(message(LONG.slice(1)));
  assertEquals(await response.text(), "6");
  assertEquals(await text(get()), `4short\x1e${LONG}`);
});

Deno.test("PollingTransport.hasBuffered() counts what messages take beside their content", () => {
  using _time = new FakeTime();
  const { transport } = open();
  for (let i = 0; i < 100; i++) transport.write(message(""));
  assertEquals(transport.bufferedAmount, 100);
  assert(transport.hasBuffered(10_000));
  assertFalse(transport.hasBuffered(20_000));
});

Deno.test("PollingTransport.finish() is done when the close packet has left", async () => {
  using _time = new FakeTime();
  const { transport, get } = open();
  let done = 0;
  transport.write(message("a"));
  transport.finish(() => done++);
  assertEquals(done, 0);
  assertEquals(await text(get()), "4a");
  assertEquals(done, 0);
  assertEquals(await text(get()), "1");
  assertEquals(done, 1);
});

Deno.test("PollingTransport.finish() uses the GET that waits", async () => {
  using _time = new FakeTime();
  const { transport, get } = open();
  let done = 0;
  const held = get();
  transport.finish(() => done++);
  assertEquals(await text(held), "1");
  assertEquals(done, 1);
});

for (
  const [ending, packet] of [
    ["server closes", "1"],
    ["failed", "1"],
    ["peer closed", "6"],
  ] as const
) {
  Deno.test(`PollingTransport.close("${ending}") answers the GET with ${packet}`, async () => {
    using _time = new FakeTime();
    const { owner, transport, idlePolls, get } = open();
    const held = get();
    transport.close(ending);
    assertEquals(await text(held), packet);
    assertEquals(idlePolls.size, 0);
    assertEquals(owner.events, []);
  });
}

Deno.test("PollingTransport.release() answers the GET that waits, and those that follow", async () => {
  using _time = new FakeTime();
  const { transport, get } = open();
  const held = get();
  transport.release();
  assertEquals(await text(held), "6");
  assertEquals(await text(get()), "6");
  assertEquals(await text(get()), "6");
  transport.write(message("a"));
  assertEquals(await text(get()), "4a");
});

Deno.test("PollingTransport.resume() lets a GET wait again", async () => {
  using _time = new FakeTime();
  const { transport, get } = open();
  transport.release();
  transport.resume();
  const held = get();
  assert(transport.writable);
  transport.write(message("a"));
  assertEquals(await text(held), "4a");
});

Deno.test("PollingTransport.takeQueue() hands over what has not left, once", () => {
  using _time = new FakeTime();
  const { transport } = open();
  transport.write(message("a"));
  transport.write(message("b"));
  assertEquals(
    transport.takeQueue().flatMap(({ frames }) => frames),
    ["a", "b"],
  );
  assertEquals(transport.takeQueue(), []);
  assertEquals(transport.bufferedAmount, 0);
});

Deno.test("PollingTransport.takeQueue() keeps its own close packet back", () => {
  using _time = new FakeTime();
  const { transport } = open();
  transport.write(message("a"));
  transport.finish(() => {});
  assertEquals(transport.takeQueue().flatMap(({ frames }) => frames), ["a"]);
});

Deno.test("PollingTransport answers with what was written before the GET came and after", async () => {
  using _time = new FakeTime();
  const { transport, get } = open();
  const held = get();
  transport.write(message("a"));
  assertEquals(await text(held), "4a");
  transport.write(message("b"));
  transport.write(message("c"));
  assertEquals(await text(get()), "4b\x1e4c");
});
