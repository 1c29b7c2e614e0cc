import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { FakeDriver } from "../../../tests/_support/fake_redis.ts";
import type { OwnClient } from "./duplicate.ts";
import type { StreamEntry } from "./stream_entry.ts";
import { StreamReader } from "./stream_reader.ts";

/** A client of a stream that the test writes. */
class FakeClient extends FakeDriver implements OwnClient {
  readonly driver = this;
  readonly stream: FakeStream;
  hasEnded = false;
  /** Fails what is waited for. */
  #fail: (error: unknown) => void = () => {};

  constructor(stream: FakeStream) {
    super();
    this.stream = stream;
  }

  override command(...args: string[]): Promise<unknown> {
    if (args[0] === "XREAD") this.stream.reads.push(args.join(" "));
    const { promise, reject } = Promise.withResolvers<never>();
    this.#fail = reject;
    return Promise.race([promise, this.stream.answer(args)]);
  }

  lose(error: unknown): void {
    for (const listener of this.errorListeners) listener(error);
    this.#fail(error);
  }

  end(): void {
    this.hasEnded = true;
    this.#fail(new Error("ended"));
  }
}

/** A stream without Redis. */
class FakeStream {
  entries: StreamEntry[] = [];
  readonly reads: string[] = [];
  readonly clients: FakeClient[] = [];
  /** Whether nothing is answered. */
  hangs = false;
  #wake: () => void = () => {};

  connect = (): FakeClient => {
    const client = new FakeClient(this);
    this.clients.push(client);
    return client;
  };

  add(id: string, fields: Partial<StreamEntry> = {}): void {
    this.entries.push({ nsp: "/", uid: "a", ...fields, id });
    this.#wake();
  }

  async answer([name, ...args]: string[]): Promise<unknown> {
    if (this.hangs) return new Promise(() => {});
    switch (name) {
      case "XREVRANGE":
        return this.#list(this.entries.slice(-1));
      case "XADD":
        this.add("1-0", { nsp: "", uid: "nobody" });
        return "1-0";
      case "XRANGE": {
        const [, from] = args;
        return this.#list(
          from === "-"
            ? this.entries.slice(0, 1)
            : this.entries.filter(({ id }) => id === from),
        );
      }
      case "XREAD": {
        const after = args.at(-1)!;
        const found = () => this.entries.filter(({ id }) => id > after);
        while (found().length === 0) {
          await new Promise<void>((resolve) => this.#wake = resolve);
        }
        return [["s", this.#list(found())]];
      }
    }
  }

  #list(entries: readonly StreamEntry[]): unknown[] {
    return entries.map((
      { id, ...fields },
    ) => [id, Object.entries(fields).flat()]);
  }
}

function open(stream = new FakeStream()) {
  const reader = new StreamReader("s", stream.connect, {
    readCount: 10,
    blockTimeInMs: 1_000,
    maxLen: 5,
  });
  const read: string[] = [];
  const errors: string[] = [];
  const gaps: number[] = [];
  const listener = {
    onEntry: ({ id }: StreamEntry) => void read.push(id),
    onError: (error: unknown) => void errors.push(String(error)),
    onGap: () => void gaps.push(read.length),
  };
  reader.add("/", listener);
  return {
    stream,
    reader,
    listener,
    read,
    errors,
    gaps,
    opened: reader.open(),
  };
}

/** Lets all that is ready happen. */
async function turn(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve();
}

Deno.test("StreamReader reads from the end on", async () => {
  const stream = new FakeStream();
  stream.add("5-0");
  const { reader, read, opened } = open(stream);
  await opened;
  assertEquals(reader.position, "5-0");
  assertEquals(stream.reads, ["XREAD BLOCK 1000 COUNT 10 STREAMS s 5-0"]);
  stream.add("5-1");
  stream.add("5-2", { nsp: "/other" });
  stream.add("5-3");
  await turn();
  assertEquals(read, ["5-1", "5-3"]);
  assertEquals(reader.position, "5-3");
  reader.close();
  assertEquals(stream.clients.map(({ hasEnded }) => hasEnded), [true]);
});

Deno.test("StreamReader begins at an entry, though there was none", async () => {
  const { stream, reader, read, opened } = open();
  await opened;
  assertEquals(reader.position, "1-0");
  stream.add("1-1");
  await turn();
  assertEquals(read, ["1-1"]);
  reader.close();
});

Deno.test("StreamReader brings a message once that was added twice", async () => {
  const { stream, reader, read, opened } = open();
  await opened;
  stream.add("1-1", { seq: "1" });
  stream.add("1-2", { seq: "2" });
  stream.add("1-3", { seq: "2" });
  stream.add("1-4", { seq: "1", uid: "b" });
  stream.add("1-5", { seq: "3" });
  stream.add("1-6");
  stream.add("1-7");
  await turn();
  assertEquals(read, ["1-1", "1-2", "1-4", "1-5", "1-6", "1-7"]);
  reader.close();
});

Deno.test("StreamReader goes on after a failure of its connection and of its listener", async () => {
  const { stream, reader, listener, read, errors, opened } = open();
  await opened;
  stream.clients[0]!.lose(new Error("reset"));
  stream.add("1-1");
  await turn();
  assertEquals(read, ["1-1"]);
  assertEquals(errors, ["Error: reset"]);
  assertEquals(stream.clients.map(({ hasEnded }) => hasEnded), [true, false]);
  listener.onEntry = () => {
    throw new Error("cannot read it");
  };
  stream.add("1-2");
  await turn();
  assertEquals(errors, ["Error: reset", "Error: cannot read it"]);
  assertEquals(reader.position, "1-2");
  reader.close();
});

const LOSSES: Record<string, [entries: string[], read: string[]]> = {
  "trimmed": [["7-0", "8-0"], ["7-0", "8-0"]],
  "lost": [["1-1"], ["1-1"]],
};
for (const [what, [entries, expected]] of Object.entries(LOSSES)) {
  Deno.test(`StreamReader tells that a stream was ${what}`, async () => {
    const stream = new FakeStream();
    stream.add("5-0");
    const { reader, read, errors, opened } = open(stream);
    await opened;
    stream.entries = [];
    stream.clients[0]!.lose(new Error("reset"));
    for (const id of entries) stream.add(id);
    await turn();
    assertEquals(read, expected);
    assertEquals(errors.length, 2);
    assertEquals(errors[1]!.includes(what), true);
    reader.close();
  });
}

Deno.test("StreamReader tells that it was too slow for its stream", async () => {
  const { stream, reader, read, errors, gaps, opened } = open();
  await opened;
  for (let i = 1; i <= 5; i++) stream.add(`1-${i}`);
  await turn();
  assertEquals([read.length, errors], [5, []]);
  stream.entries = [];
  for (let i = 1; i <= 5; i++) stream.add(`2-${i}`);
  await turn();
  assertEquals(read.length, 10);
  assertEquals(errors.length, 1);
  assertEquals(errors[0]!.includes("trimmed"), true);
  stream.entries = [];
  for (let i = 1; i <= 5; i++) stream.add(`3-${i}`);
  await turn();
  assertEquals([read.length, errors.length], [15, 1]);
  stream.add("3-6");
  await turn();
  stream.entries = [];
  for (let i = 1; i <= 5; i++) stream.add(`4-${i}`);
  await turn();
  assertEquals([read.length, errors.length], [21, 2]);
  assertEquals(gaps, [5, 10, 16]);
  reader.close();
});

Deno.test("StreamReader gives up a connection that does not answer", async () => {
  using time = new FakeTime();
  const { stream, reader, read, errors, opened } = open();
  await opened;
  stream.hangs = true;
  stream.add("1-1");
  await turn();
  time.tick(6_120); // a fiftieth more, at the most
  await turn();
  assertEquals(errors, ["Error: Redis has not answered within 6000 ms"]);
  assertEquals(reader.isReading, false);
  stream.hangs = false;
  time.tick(6_000);
  await turn();
  stream.add("1-2");
  await turn();
  assertEquals(read, ["1-1", "1-2"]);
  assertEquals(reader.isReading, true);
  reader.close();
});

Deno.test("StreamReader waits for an entry", async () => {
  using time = new FakeTime();
  const { stream, reader, opened } = open();
  await opened;
  assertEquals(await reader.passed("1-0", 100), true);
  const passed = reader.passed("2-0", 100);
  const late = reader.passed("3-0", 100);
  stream.add("2-1");
  assertEquals(await passed, true);
  time.tick(100);
  assertEquals(await late, false);
  const closed = reader.passed("3-0", 100);
  reader.close();
  assertEquals(await closed, false);
});
