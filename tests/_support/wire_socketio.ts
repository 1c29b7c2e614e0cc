import { assertMatch } from "@std/assert";
import type { RunningServer } from "./target.ts";
import { endpoint, parseOpen, WireSocket } from "./wire.ts";

/** A WebSocket that speaks Socket.IO: frames are still written out by the cases. */
export interface WireClient extends AsyncDisposable {
  readonly socket: WireSocket;
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

/** Opens a WebSocket session that has joined no namespace yet. */
export async function openClient(server: RunningServer): Promise<WireClient> {
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
export async function joinClient(server: RunningServer): Promise<WireClient> {
  const client = await openClient(server);
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
