import { assertThrows } from "@std/assert";
import type { RedisClient } from "./clients.ts";
import { createStreamsAdapter, type StreamsAdapterOptions } from "./streams.ts";

/** What a client of node-redis has at the least. */
function createClient(more: object = {}): RedisClient {
  const nothing = () => Promise.resolve();
  return {
    isReady: true,
    on: () => {},
    publish: nothing,
    sendCommand: nothing,
    subscribe: nothing,
    unsubscribe: nothing,
    pSubscribe: nothing,
    pUnsubscribe: nothing,
    ...more,
  };
}

Deno.test("createStreamsAdapter() refuses a client that it cannot duplicate", () => {
  assertThrows(
    () => createStreamsAdapter(createClient()),
    TypeError,
    "duplicate()",
  );
  assertThrows(() => createStreamsAdapter({} as RedisClient), TypeError);
});

const UNUSABLE: StreamsAdapterOptions[] = [
  { streamCount: 0 },
  { streamCount: 1.5 },
  { maxLen: -1 },
  { readCount: NaN },
  { maxLen: 1e21 }, // not in digits
  { blockTimeInMs: 0 },
  { blockTimeInMs: 10.5 },
  { requestsTimeout: Infinity },
  { publishTimeout: 0 },
  { maxPendingBytes: -1 },
];
for (const options of UNUSABLE) {
  Deno.test(`createStreamsAdapter() refuses ${Deno.inspect(options)}`, () => {
    const client = createClient({ duplicate: () => createClient() });
    assertThrows(
      () => createStreamsAdapter(client, options),
      RangeError,
      Object.keys(options)[0],
    );
  });
}
