import { Emitter as NpmEmitter } from "@socket.io/redis-emitter";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { decodeMsgpack } from "../parser/msgpack/mod.ts";
import {
  RedisEmitter,
  RedisStreamsEmitter,
  type RedisStreamsEmitterOptions,
} from "./mod.ts";

/** A client which records what it is told, with the shape of node-redis. */
class FakeClient {
  readonly isReady = true;
  readonly published: [channel: string, message: unknown][] = [];
  readonly commands: (readonly string[])[] = [];
  failure: Error | undefined;

  on() {}
  subscribe() {
    return Promise.resolve();
  }
  unsubscribe = this.subscribe;
  pSubscribe = this.subscribe;
  pUnsubscribe = this.subscribe;

  publish(channel: string, message: string | Uint8Array) {
    this.published.push([
      channel,
      typeof message === "string"
        ? JSON.parse(message)
        : decodeMsgpack(message.slice()),
    ]);
    return this.failure === undefined
      ? Promise.resolve(1)
      : Promise.reject(this.failure);
  }

  sendCommand(args: readonly string[]) {
    this.commands.push(args);
    return Promise.resolve("1-0");
  }
}

/** What both emitters can do. */
interface Both {
  of(nsp: string): Pick<Both, "emit">;
  to(room: string | string[]): Both;
  in(room: string): Both;
  except(room: string | string[]): Both;
  compress(compress: boolean): Both;
  readonly volatile: Both;
  emit(event: string, ...args: unknown[]): unknown;
  socketsJoin(rooms: string | string[]): unknown;
  socketsLeave(rooms: string | string[]): unknown;
  disconnectSockets(close?: boolean): unknown;
  serverSideEmit(event: string, ...args: unknown[]): unknown;
}

const DEEDS: Record<string, (emitter: Both) => unknown> = {
  "emits to all": (emitter) => emitter.emit("hello", 1, "é", { a: null }),
  "emits bytes": (emitter) => emitter.emit("bin", [new Uint8Array([1, 2])]),
  "emits to a room": (emitter) => emitter.to("a").emit("x"),
  "emits to rooms but some": (emitter) =>
    emitter.to(["a", "b"]).in("c").except(["d", "e"]).emit("x"),
  "emits with flags": (emitter) => emitter.volatile.compress(true).emit("x"),
  "emits to a namespace": (emitter) => emitter.of("/chat").emit("x"),
  "emits to a namespace without a slash": (emitter) =>
    emitter.of("chat").emit("x"),
  "joins": (emitter) => emitter.in("a").socketsJoin(["b", "c"]),
  "leaves": (emitter) => emitter.except("a").socketsLeave("b"),
  "disconnects": (emitter) => emitter.in("a").disconnectSockets(true),
  "disconnects all": (emitter) => emitter.disconnectSockets(),
  "calls servers": (emitter) => emitter.serverSideEmit("tell", 1, { a: "b" }),
};
for (const [what, act] of Object.entries(DEEDS)) {
  Deno.test(`RedisEmitter ${what} as npm's does`, () => {
    const ours = new FakeClient();
    act(new RedisEmitter(ours) as unknown as Both);
    const theirs = new FakeClient();
    act(new NpmEmitter(theirs) as unknown as Both);
    assertEquals(ours.published.map(withUid), theirs.published.map(withUid));
    assertEquals(ours.published.length, 1);
  });
}

/** npm's leaves its id out of some requests, which servers do not look at. */
function withUid([channel, message]: [string, unknown]): unknown {
  return Array.isArray(message)
    ? [channel, message]
    : [channel, { uid: "emitter", ...message as object }]; // a request
}

Deno.test("RedisEmitter has the adapter's key", () => {
  const client = new FakeClient();
  new RedisEmitter(client, { key: "k" }).emit("x");
  assertEquals(client.published[0]![0], "k#/#");
});

Deno.test("RedisStreamsEmitter adds entries as npm's does", () => {
  const client = new FakeClient();
  const emitter = new RedisStreamsEmitter(client);
  emitter.to("a").volatile.emit("x", 1);
  emitter.of("/chat").socketsJoin("r");
  const add = ["XADD", "socket.io", "MAXLEN", "~", "10000", "*"];
  assertEquals(client.commands, [
    [
      ...add,
      ...["uid", "emitter", "nsp", "/", "type", "3", "data"],
      '{"packet":{"type":2,"data":["x",1]},"opts":{"rooms":["a"],"except":[],"flags":{"volatile":true}}}',
      ...["room", "a"],
    ],
    [
      ...add,
      ...["uid", "emitter", "nsp", "/chat", "type", "4", "data"],
      '{"opts":{"rooms":[],"except":[],"flags":{}},"rooms":["r"]}',
    ],
  ]);
});

Deno.test("an operator of an emitter can be kept", () => {
  const client = new FakeClient();
  const players = new RedisEmitter(client).to("players");
  players.except("banned").emit("x");
  players.emit("y");
  assertEquals(client.published.map(([, message]) => message), [
    ["emitter", { type: 2, data: ["x"], nsp: "/" }, {
      rooms: ["players"],
      except: ["banned"],
      flags: {},
    }],
    ["emitter", { type: 2, data: ["y"], nsp: "/" }, {
      rooms: ["players"],
      except: [],
      flags: {},
    }],
  ]);
});

Deno.test("an emitter refuses what cannot be sent", () => {
  const client = new FakeClient();
  const streams = new RedisStreamsEmitter(client);
  for (const emitter of [new RedisEmitter(client), streams]) {
    assertThrows(() => emitter.emit("disconnect"), Error, "reserved");
    assertThrows(() => emitter.emit("x", () => {}), TypeError, "no answers");
    assertThrows(() => emitter.to("a").emit("x", 1, () => {}), TypeError);
    assertThrows(() => emitter.serverSideEmit("x", () => {}), TypeError);
    assertThrows(() => emitter.emit("x", 1n), Error);
  }
  assertEquals([client.published, client.commands], [[], []]);
});

Deno.test("an emitter tells who waits that Redis did not get it", async () => {
  const client = new FakeClient();
  const emitter = new RedisEmitter(client);
  await emitter.emit("x");
  client.failure = new Error("away");
  await assertRejects(() => emitter.to("a").emit("x"), Error, "away");
  emitter.emit("nobody waits");
  const small = new RedisEmitter(client, { maxPendingBytes: 10 });
  await assertRejects(() => small.emit("x".repeat(20)), Error, "10 bytes");
});

const UNUSABLE: RedisStreamsEmitterOptions[] = [
  { streamCount: 0 },
  { streamCount: 1.5 },
  { maxLen: NaN },
  { maxLen: Infinity },
  { maxPendingBytes: -1 },
];
for (const options of UNUSABLE) {
  Deno.test(`RedisStreamsEmitter refuses ${Deno.inspect(options)}`, () => {
    assertThrows(
      () => new RedisStreamsEmitter(new FakeClient(), options),
      RangeError,
      Object.keys(options)[0],
    );
  });
}

Deno.test("an emitter knows the events that are declared", () => {
  interface Events {
    headline: (text: string) => void;
    asked: (id: number, answer: (text: string) => void) => void;
  }
  interface ServerEvents {
    reload: () => void;
  }
  const client = new FakeClient();
  const emitter = new RedisEmitter<Events, ServerEvents>(client);
  emitter.emit("headline", "It works");
  emitter.of("/chat").to("a").emit("asked", 1);
  emitter.serverSideEmit("reload");
  // @ts-expect-error: it has a text
  emitter.emit("headline", 1);
  // @ts-expect-error: nobody knows it
  emitter.to("a").emit("another");
  // @ts-expect-error: it is for clients
  emitter.serverSideEmit("headline", "It works");
  assert(client.published.length === 6);
});
