/** Middlewares that hide how many parameters they have: they wait for next() all the same. */

import { assertEquals } from "@std/assert";
import type { Socket } from "@deno-socketio/server";
import { settle, within } from "./_support/clients.ts";
import { WatchedBed } from "./_support/watched_bed.ts";

type Next = (error?: Error) => void;
type Middleware = (socket: Socket, next: Next) => Promise<void> | void;

/** Decides later than it returns, as one that asks a database does. */
function auth(socket: Socket, next: Next): void {
  queueMicrotask(() =>
    next(socket.handshake.auth.ok ? undefined : new Error("not you"))
  );
}

const spread = (...args: [Socket, Next]) => auth(...args);
const unset: Next = () => {};

/** Hands on all that it gets, as tools do that measure or watch functions. */
function wrap(): Middleware {
  return function () {
    return auth.apply(null, arguments as unknown as [Socket, Next]);
  };
}

/** The same as a compiler writes it for old engines. */
function wrapOne(): Middleware {
  return function (_socket: Socket) {
    return auth.apply(null, arguments as unknown as [Socket, Next]);
  };
}

const wrapped: Record<string, Middleware> = {
  "rest parameters": spread,
  "a default for next": (socket, next = unset) => auth(socket, next),
  "defaults for both": (socket = {} as Socket, next = unset) =>
    auth(socket, next),
  "arguments": wrap(),
  "rest parameters of a method": {
    use(...args: [Socket, Next]) {
      return auth(...args);
    },
  }.use,
  "a bound function": spread.bind(null),
  "a proxy": new Proxy(spread, {}),
};

for (const [name, middleware] of Object.entries(wrapped)) {
  Deno.test(`A middleware with ${name} lets nobody in before next()`, () =>
    refuses(middleware));
}

Deno.test("A middleware with one parameter and arguments waits for next()", () =>
  refuses(wrapOne()));

/** Asserts that clients are let in or refused as `auth` says. */
async function refuses(middleware: Middleware): Promise<void> {
  await using bed = new WatchedBed();
  bed.io.use(middleware);
  const outcome = (ok: boolean) =>
    within(
      new Promise<string>((resolve) => {
        const client = bed.open("/", { auth: { ok } });
        client.once("connect", () => resolve("let in"));
        client.once("connect_error", ({ message }) => resolve(message));
      }),
      "an answer",
    );
  assertEquals(await outcome(false), "not you");
  assertEquals(await outcome(true), "let in");
}

const plain: Record<string, Middleware> = {
  "a bound method": {
    async use(socket: Socket) {
      await Promise.resolve();
      socket.data.seen = true;
    },
  }.use.bind(null),
  "what it takes apart": async ({ data, handshake: { auth } }: Socket) => {
    await Promise.resolve();
    data.seen = auth.ok;
  },
};
for (const [name, middleware] of Object.entries(plain)) {
  Deno.test(`A middleware without next passes with its promise: ${name}`, async () => {
    await using bed = new WatchedBed();
    bed.io.use(middleware);
    const [socket] = await bed.pair("/", { auth: { ok: true } });
    assertEquals(socket.data, { seen: true });
  });
}

Deno.test("A wrapped middleware of socket.use() lets no event through before next()", async () => {
  await using bed = new WatchedBed();
  const [socket, client] = await bed.pair();
  const check = (event: unknown[], next: Next) => {
    queueMicrotask(() =>
      next(event[0] === "bad" ? new Error("no") : undefined)
    );
  };
  socket.use((...args: [unknown[], Next]) => check(...args));
  const heard: string[] = [];
  for (const name of ["bad", "good"]) {
    socket.on(name, () => heard.push(name));
    client.emit(name);
  }
  await settle(client, socket);
  assertEquals(heard, ["good"]);
});
