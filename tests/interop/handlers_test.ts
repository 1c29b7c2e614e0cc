/** Handlers that answer by what they return, and what becomes of their failures. */

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import type { CallbackErrorEvent, Socket } from "../../mod.ts";
import {
  ask,
  next,
  settle,
  type TestBed,
  testClients,
} from "../_support/clients.ts";

const once = { versions: ["4.8.4"], modes: ["websocket"] } as const;

/** Collects what `handler_error` tells. */
function failures(bed: TestBed): [message: string, event: string, Socket][] {
  const heard: [string, string, Socket][] = [];
  bed.io.on("handler_error", (error, { socket, event }) => {
    heard.push([
      error instanceof Error ? error.message : `${error}`,
      event,
      socket,
    ]);
  });
  return heard;
}

testClients(
  "Socket.handle() answers with what its handler returns",
  async (bed) => {
    bed.io.on("connection", (socket) => {
      socket.handle("add", (a: number, b: number) => a + b);
      socket.handle("later", async (text: string) => {
        await Promise.resolve();
        return { text, bytes: Uint8Array.of(1, 2) };
      });
      socket.handle("nothing", () => {});
    });
    const client = await bed.connect();
    assertEquals(await ask(client, "add", 1, 2), [3]);
    const [answer] = await ask(client, "later", "x");
    assertEquals((answer as { text: string }).text, "x");
    assertEquals(await ask(client, "nothing"), [null]);
  },
);

testClients(
  "Socket.handle() answers a failure with message and data alone",
  async (bed) => {
    const heard = failures(bed);
    bed.io.on("connection", (socket) => {
      socket.handle("throws", () => {
        throw Object.assign(new TypeError("no"), {
          data: { code: 7 },
          secret: 1,
        });
      });
      socket.handle("rejects", () => Promise.reject(new Error("later")));
      socket.handle("odd", () => Promise.reject("a text"));
      socket.handle("too much", () => 10n);
      socket.handle("worse", () => {
        throw Object.assign(new Error("data"), { data: 10n });
      });
    });
    const [socket, client] = await bed.pair();
    const expected: Record<string, unknown> = {
      throws: { message: "no", data: { code: 7 } },
      rejects: { message: "later" },
      odd: { message: "a text" },
      "too much": { message: "Do not know how to serialize a BigInt" },
      worse: { message: "data" },
    };
    for (const [event, error] of Object.entries(expected)) {
      assertEquals(await ask(client, event), [{ error }], event);
    }
    await settle(client, socket);
    assertEquals(heard.map(([, event]) => event), Object.keys(expected));
    assertStrictEquals(heard[0]?.[2], socket);
  },
  once,
);

testClients(
  "Socket.handle() needs nobody who wants its answer",
  async (bed) => {
    const heard = failures(bed);
    const [socket, client] = await bed.pair();
    const seen: unknown[] = [];
    socket.handle("say", (...args) => {
      seen.push(args);
      if (args[0] === 2) throw new Error("two");
    });
    client.emit("say", 1);
    client.emit("say", 2);
    await settle(client, socket);
    assertEquals(seen, [[1], [2]]);
    assertEquals(heard.map(([message]) => message), ["two"]);
  },
  once,
);

testClients(
  "Socket.handle() is called with the socket as this, and removed by its signal",
  async (bed) => {
    const [socket, client] = await bed.pair();
    const controller = new AbortController();
    const seen: unknown[] = [];
    socket.handle("say", function (this: unknown) {
      seen.push(this);
    }, { signal: controller.signal });
    client.emit("say");
    await settle(client, socket);
    controller.abort();
    client.emit("say");
    await settle(client, socket);
    assertEquals(seen.length, 1);
    assertStrictEquals(seen[0], socket);
  },
  once,
);

testClients(
  "handler_error hears what listeners throw and reject, with socket and event",
  async (bed) => {
    const heard = failures(bed);
    bed.io.on("connection", (socket) => {
      socket.on("throws", () => {
        throw new Error("thrown");
      });
      socket.on("rejects", () => Promise.reject(new Error("rejected")));
      socket.onAny((name) => {
        if (name === "watched") throw new Error("watcher");
      });
      socket.on("disconnect", () => {
        throw new Error("goodbye");
      });
    });
    const [socket, client] = await bed.pair();
    for (const event of ["throws", "rejects", "watched"]) client.emit(event);
    await settle(client, socket);
    const gone = next(bed.io.of("/").adapter, "delete-room");
    client.disconnect();
    await gone;
    assertEquals(
      new Set(heard.map(([message, event]) => `${event}: ${message}`)),
      new Set([
        "throws: thrown",
        "rejects: rejected",
        "watched: watcher",
        "disconnect: goodbye",
      ]),
    );
    assert(heard.every(([, , from]) => from === socket));
  },
  once,
);

testClients(
  "handler_error hears of a connection handler, in any namespace",
  async (bed) => {
    const heard = failures(bed);
    bed.io.of("/other").on("connection", async () => {
      await Promise.resolve();
      throw new Error("welcome");
    });
    const [socket, client] = await bed.pair("/other");
    await settle(client, socket);
    assertEquals(heard.map(([message, event]) => [message, event]), [
      ["welcome", "connection"],
    ]);
    assertStrictEquals(heard[0]?.[2], socket);
  },
  once,
);

testClients(
  "A handler's failure goes to io.diagnostics where nobody listens to handler_error",
  async (bed) => {
    const heard: string[] = [];
    const onError = (event: CallbackErrorEvent) => {
      event.preventDefault();
      heard.push(`${event.source}: ${(event.error as Error).message}`);
    };
    bed.io.diagnostics.addEventListener("callbackerror", onError);
    const [socket, client] = await bed.pair();
    const fail = () => {
      throw new Error("first");
    };
    socket.on("fail", fail);
    client.emit("fail");
    await settle(client, socket);
    bed.io.on("handler_error", () => {
      throw new Error("and the hearer");
    });
    client.emit("fail");
    await settle(client, socket);
    assertEquals(heard, [
      'a listener of "fail": first',
      'a listener of "handler_error": and the hearer',
    ]);
  },
  once,
);
