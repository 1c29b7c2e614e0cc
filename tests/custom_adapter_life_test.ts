/** An adapter of the application: how it is given, made and closed. */

import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertNotStrictEquals,
  assertStrictEquals,
} from "@std/assert";
import { Server } from "@deno-socketio/server";
import {
  Adapter,
  type AdapterNamespace,
  MemoryAdapter,
} from "@deno-socketio/server/adapter";
import {
  AdapterBed,
  callsOf,
  RecordingAdapter,
} from "./_support/adapter_bed.ts";
import { next } from "./_support/clients.ts";

const given: Record<string, ConstructorParameters<typeof Server>[0]> = {
  "a class": { adapter: RecordingAdapter },
  "an arrow function": { adapter: (nsp) => new RecordingAdapter(nsp) },
  "a function": {
    adapter: function (nsp: AdapterNamespace) {
      return new RecordingAdapter(nsp);
    },
  },
  "a class without a name": { adapter: class extends RecordingAdapter {} },
};
for (const [name, options] of Object.entries(given)) {
  Deno.test(`adapter may be ${name}`, async () => {
    await using io = new Server(options);
    assertInstanceOf(io.of("/").adapter, RecordingAdapter);
    assertEquals(io.of("/").adapter.nsp.name, "/");
  });
}

Deno.test("adapter is made for each namespace, at once, and asked to init()", async () => {
  const made: string[] = [];
  class NamingAdapter extends RecordingAdapter {
    constructor(nsp: AdapterNamespace) {
      super(nsp);
      made.push(nsp.name);
    }
  }
  await using io = new Server({ adapter: NamingAdapter });
  assertEquals(made, ["/"]);
  const chat = io.of("/chat");
  assertEquals(made, ["/", "/chat"]);
  io.of("/chat");
  assertEquals(made, ["/", "/chat"]);
  assertNotStrictEquals(chat.adapter, io.of("/").adapter);
  assertStrictEquals(chat.adapter, io.of("chat").adapter);
  assertEquals(callsOf({ io }), [["init"]]);
});

Deno.test("adapter is made for a namespace that a client asks for", async () => {
  const made: string[] = [];
  await using bed = new AdapterBed({
    adapter: (nsp) => {
      made.push(nsp.name);
      return new MemoryAdapter(nsp);
    },
  });
  bed.io.of(/^\/room-/);
  const before = made.length;
  await bed.connect("/room-1");
  assertEquals(made.slice(before), ["/room-1"]);
});

Deno.test("adapter.close() is called once, by io.close()", async () => {
  const io = new Server({ adapter: RecordingAdapter });
  await io.close();
  assertEquals(callsOf({ io }), [["init"], ["close"]]);
});

Deno.test("adapter.close() is called for an empty child namespace", async () => {
  const adapters: RecordingAdapter[] = [];
  await using bed = new AdapterBed({
    cleanupEmptyChildNamespaces: true,
    adapter: (nsp) => {
      const adapter = new RecordingAdapter(nsp);
      if (nsp.name === "/child") adapters.push(adapter);
      return adapter;
    },
  });
  bed.io.of(/^\/child$/);
  const [socket, client] = await bed.pair("/child");
  const left = next(socket, "disconnect");
  client.disconnect();
  await left;
  assertEquals(adapters.length, 1);
  assertEquals(adapters[0]!.calls.at(-1), ["close"]);
});

Deno.test("io.close() waits for adapter.close()", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  class SlowAdapter extends MemoryAdapter {
    override close(): Promise<void> {
      return promise;
    }
  }
  const io = new Server({ adapter: SlowAdapter });
  let isClosed = false;
  const closed = io.close().then(() => isClosed = true);
  await new Promise((resolve) => setTimeout(resolve));
  assert(!isClosed);
  resolve();
  await closed;
});

Deno.test("Adapter is the class of all adapters", async () => {
  await using io = new Server();
  assertInstanceOf(io.of("/").adapter, Adapter);
  assertInstanceOf(io.of("/").adapter, MemoryAdapter);
});
