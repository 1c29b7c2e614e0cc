/** What compiles with test clients, and what must not. Nothing here is ever connected. */

import { assertType, type IsExact } from "@std/testing/types";
import { type DefaultEventsMap, Server, type Socket } from "../../mod.ts";
import {
  connect,
  type ConnectError,
  type TestClient,
} from "../../src/testing/mod.ts";

interface ClientToServer {
  say: (text: string, loud?: boolean) => void;
  ask: (question: string, reply: (answer: number) => void) => void;
}

interface ServerToClient {
  said: (text: string, from: { id: string }) => void;
  count: (limit: number, reply: (counted: number) => void) => void;
}

interface User {
  name: string;
}

type ChatClient = TestClient<
  ServerToClient,
  ClientToServer,
  DefaultEventsMap,
  User
>;

/** For code that is compiled alone. */
function compiles(_code: (client: ChatClient) => unknown): void {}

Deno.test("connect() reverses the server's events", () => {
  const io = new Server<
    ClientToServer,
    ServerToClient,
    DefaultEventsMap,
    User
  >();
  // deno-lint-ignore require-await -- never called
  const code = async () => connect(io);
  assertType<IsExact<Awaited<ReturnType<typeof code>>, ChatClient>>(true);
});

Deno.test("TestClient knows what it sends, and the answer", () => {
  compiles(async (client) => {
    client.emit("say", "hello").emit("say", "hello", true);
    client.volatile.emit("say", "hello");
    client.emit("ask", "why?", (answer) => {
      assertType<IsExact<typeof answer, number>>(true);
    });
    client.timeout(1_000).emit("ask", "why?", (error, answer) => {
      assertType<IsExact<typeof error, Error>>(true);
      assertType<IsExact<typeof answer, number>>(true);
    });
    const answer = await client.timeout(1_000).emitWithAck("ask", "why?");
    assertType<IsExact<typeof answer, number>>(true);
    // @ts-expect-error misspelt
    client.emit("sya", "hello");
    // @ts-expect-error an event of the server
    client.emit("said", "hello", { id: "" });
    // @ts-expect-error of the wrong type
    client.emit("say", 1);
    // @ts-expect-error it has no answer
    client.emitWithAck("say", "hello");
    // @ts-expect-error the promise is the answer
    client.emitWithAck("ask", "why?", () => {});
  });
});

Deno.test("TestClient knows what it gets", () => {
  compiles(async (client) => {
    client.on("said", (text, { id }) => {
      assertType<IsExact<typeof text, string>>(true);
      assertType<IsExact<typeof id, string>>(true);
    });
    client.once("count", (limit, reply) => reply(limit));
    const [text, from] = await client.next("said");
    assertType<IsExact<typeof text, string>>(true);
    assertType<IsExact<typeof from, { id: string }>>(true);
    const [limit, reply] = await client.next("count");
    reply(limit);
    const all = client.take("said");
    assertType<IsExact<typeof all, [text: string, from: { id: string }][]>>(
      true,
    );
    const [error] = await client.next("connect_error");
    assertType<IsExact<typeof error, ConnectError>>(true);
    client.on("disconnect", (reason) => reason === "io server disconnect");
    // @ts-expect-error misspelt
    client.on("siad", () => {});
    // @ts-expect-error an event of the client
    client.next("say");
    // @ts-expect-error misspelt
    client.take("siad");
  });
});

Deno.test("TestClient.peer has the server's types", () => {
  compiles((client) => {
    const { peer } = client;
    assertType<
      IsExact<
        typeof peer,
        Socket<ClientToServer, ServerToClient, DefaultEventsMap, User>
      >
    >(true);
    assertType<IsExact<typeof peer.data, User>>(true);
  });
});
