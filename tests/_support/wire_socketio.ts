import { assertMatch } from "@std/assert";
import type { RunningServer } from "./target.ts";
import { endpoint, parseOpen, PollingSession, WireSocket } from "./wire.ts";

/** A client that speaks Socket.IO: packets are still written out by the cases. */
export interface WireClient extends AsyncDisposable {
  /** The ID of the Engine.IO session. */
  readonly engineSid: string;
  /** Joins a namespace, and returns the Socket.IO ID. */
  join(namespace?: string, auth?: unknown): Promise<string>;
  send(...messages: (string | Uint8Array<ArrayBuffer>)[]): void;
  receive(): Promise<string | Uint8Array>;
  receiveMany(count: number): Promise<(string | Uint8Array)[]>;
  /** Waits for the end, and returns what nobody received. */
  drain(): Promise<(string | Uint8Array)[]>;
}

/** One over a WebSocket. */
export interface WebSocketClient extends WireClient {
  readonly socket: WireSocket;
}

/** Opens a WebSocket session that has joined no namespace yet. */
export async function openClient(
  server: RunningServer,
): Promise<WebSocketClient> {
  const socket = await WireSocket.open(
    endpoint(server.url, { transport: "websocket" }),
  );
  const { sid } = parseOpen(await socket.receive());
  return {
    socket,
    engineSid: sid,
    async join(namespace = "/", auth) {
      const name = namespace === "/" ? "" : `${namespace},`;
      socket.send(`40${name}${auth === undefined ? "" : JSON.stringify(auth)}`);
      return readConnect(await socket.receive(), namespace);
    },
    send: (...messages) => socket.send(...messages),
    receive: () => socket.receive(),
    receiveMany: (count) => socket.receiveMany(count),
    drain: () => socket.drain(),
    [Symbol.asyncDispose]: () => socket[Symbol.asyncDispose](),
  };
}

/** Opens a WebSocket session that has joined the main namespace. */
export async function joinClient(
  server: RunningServer,
): Promise<WebSocketClient> {
  const client = await openClient(server);
  await client.join();
  return client;
}

/** Bytes that a payload may have, and some less. */
const MAX_PAYLOAD = 900_000;

/** Opens a long-polling session that has joined no namespace yet. */
export async function openPollingClient(
  server: RunningServer,
): Promise<WireClient> {
  const session = await PollingSession.start(server.url);
  let sent: Promise<unknown> = Promise.resolve();
  const post = (body: string) => {
    sent = sent.then(() => session.post(body)).catch(() => {}); // it has ended
  };
  const send = (...messages: (string | Uint8Array<ArrayBuffer>)[]) => {
    let body = "";
    for (const message of messages) {
      const packet = typeof message === "string"
        ? message
        : `b${message.toBase64()}`;
      if (body === "") body = packet;
      else if (body.length + packet.length < MAX_PAYLOAD) {
        body += `\x1e${packet}`;
      } else {
        post(body);
        body = packet;
      }
    }
    post(body);
  };
  return {
    engineSid: session.sid,
    async join(namespace = "/", auth) {
      const name = namespace === "/" ? "" : `${namespace},`;
      send(`40${name}${auth === undefined ? "" : JSON.stringify(auth)}`);
      return readConnect(await session.receive(), namespace);
    },
    send,
    receive: () => session.receive(),
    receiveMany: (count) => session.receiveMany(count),
    async drain() {
      const rest: string[] = [];
      for (;;) {
        const { status, body } = await session.get();
        if (status !== 200 || body === "1") return rest;
        rest.push(...body.split("\x1e"));
      }
    },
    async [Symbol.asyncDispose]() {
      await sent;
      await session[Symbol.asyncDispose]();
    },
  };
}

/** Opens a long-polling session that has joined the main namespace. */
export async function joinPollingClient(
  server: RunningServer,
): Promise<WireClient> {
  const client = await openPollingClient(server);
  await client.join();
  return client;
}

/** Checks the answer to a CONNECT, and returns its ID. */
export function readConnect(
  message: string | Uint8Array | undefined,
  namespace = "/",
): string {
  const prefix = namespace === "/" ? "40" : `40${namespace},`;
  const text = String(message);
  const json = text.startsWith(prefix) ? text.slice(prefix.length) : "";
  assertMatch(json, /^\{"sid":"[^"]+"\}$/, `the answer was ${text}`);
  return JSON.parse(json).sid;
}
