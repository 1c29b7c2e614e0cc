/** Every row of the API that an application can see, on both servers. */

import { assertEquals } from "@std/assert";
import {
  ask,
  type Client,
  engineOf,
  next,
  Visitors,
} from "../_support/clients.ts";
import { target } from "../_support/target.ts";
import { rows as adapter } from "./apps/api_adapter.mjs";
import { rows as broadcast } from "./apps/api_broadcast.mjs";
import { rows as namespace } from "./apps/api_namespace.mjs";
import plain from "./apps/plain.mjs";
import { rows as server } from "./apps/api_server.mjs";
import { rows as socket } from "./apps/api_socket.mjs";
import { suite } from "./cases.ts";

/** What comes of a row: its result, and what each client hears of it. */
interface Row {
  readonly result?: unknown;
  readonly heard?: Readonly<Record<string, unknown[]>>;
}

const ROWS: Record<string, Row> = {
  ...server,
  ...namespace,
  ...socket,
  ...broadcast,
  ...adapter,
};

/** What a client is told that may not enter a namespace. */
interface Refusal extends Error {
  readonly data?: unknown;
}

/** A client that does what the rows expect of one. Lists what it hears. */
function teach(client: Client, name: string): unknown[] {
  const heard: unknown[] = [];
  client.onAny((event, ...args) => {
    const values = args.filter((value) => typeof value !== "function");
    heard.push(plain([event, ...values]));
  });
  client.on("disconnect", (reason) => heard.push(["disconnect", reason]));
  let isQuiet = false;
  client.on("be quiet", () => isQuiet = true);
  client.on("ask", (...args) => {
    if (!isQuiet) args.at(-1)(name);
  });
  client.on("ask once more", (reply) => reply());
  client.on("send", (event, ...args) => client.emit(event, ...args));
  client.on("leave", () => client.disconnect());
  client.on("drop", () => engineOf(client).close());
  client.on("babble", () => engineOf(client).transport.ws?.send("9"));
  client.on("write", (frame) => engineOf(client).transport.ws?.send(frame));
  client.on("enter", (namespace, reply) => {
    const other = client.io.socket(namespace);
    other.on("ask", (answer) => answer(name));
    other.onAny((event, ...args) => {
      const values = args.filter((value) => typeof value !== "function");
      heard.push(plain([namespace, event, ...values]));
    });
    other.on(
      "disconnect",
      (reason) => heard.push([namespace, "disconnect", reason]),
    );
    other.on("connect", () => reply(namespace));
    other.on(
      "connect_error",
      ({ message, data }: Refusal) => reply({ message, data }),
    );
  });
  return heard;
}

const claim = suite("api");

for (const [name, { result, heard = {} }] of Object.entries(ROWS)) {
  claim(name, async () => {
    await using running = await target.startSocketIo("api");
    await using visitors = new Visitors();
    const clients: [string, Client, unknown[]][] = [];
    for (const token of ["a", "b", "c"]) {
      const { origin } = new URL(running.url);
      const client = visitors.open("4.8.4", "websocket", origin, {
        auth: { token },
      });
      const list = teach(client, token);
      await ask(client, "flush");
      clients.push([token, client, list]);
    }
    const [[, first]] = clients as [[string, Client, unknown[]]]; // there are three
    assertEquals(await ask(first, "run", name), [result ?? null]);
    const expected: Record<string, unknown[]> = {
      a: [],
      b: [],
      c: [],
      ...heard,
    };
    const actual: Record<string, unknown[]> = {};
    for (const [name, client, list] of clients) {
      const leaves = (expected[name] as unknown[][]).some(([event]) =>
        event === "disconnect"
      );
      if (client.connected) {
        await (leaves ? next(client, "disconnect") : ask(client, "flush"));
      }
      actual[name] = list;
    }
    assertEquals(actual, expected);
  });
}
