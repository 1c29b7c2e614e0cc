import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { AcceptWebSocket, Handler } from "../engine/mod.ts";
import { infoOf, toRequest } from "./request.ts";

/** Answers a request for a WebSocket. It never rejects. */
export async function answerUpgrade(
  handler: Handler,
  message: IncomingMessage,
  duplex: Duplex,
  head: Uint8Array,
): Promise<void> {
  const socket = duplex as Socket; // of a server of HTTP/1.1
  socket.on("error", () => {}); // whoever uses it hears of it
  const acceptance = new Acceptance(socket, head);
  try {
    const response = await handler(toRequest(message), {
      ...infoOf(message),
      acceptWebSocket: acceptance.accept,
    });
    if (acceptance.isPending) acceptance.send(response.headers);
    else await refuse(socket, response);
  } catch {
    socket.destroy(); // what is not HTTP, or a connection that has gone meanwhile
  }
}

/**
 * Accepts a WebSocket on Node's socket.
 *
 * Deno writes its answer at once. It is held back until the engine has added its headers,
 * such as cookies.
 */
class Acceptance {
  readonly #socket: Socket;
  readonly #head: Uint8Array;
  #answer: string | undefined;
  #onWritten: (error?: Error | null) => void = () => {};

  constructor(socket: Socket, head: Uint8Array) {
    this.#socket = socket;
    this.#head = head;
  }

  /** Whether there is an answer to send. */
  get isPending(): boolean {
    return this.#answer !== undefined;
  }

  readonly accept: AcceptWebSocket = (request, options) => {
    const socket = this.#socket;
    const write = Object.getOwnPropertyDescriptor(socket, "write");
    socket.write =
      ((text: string, onWritten: (error?: Error | null) => void) => {
        this.#answer = text;
        this.#onWritten = onWritten;
        return true;
      }) as Socket["write"]; // as Deno calls it
    try {
      const own = { ...options, socket, head: this.#head }; // for Deno 2.8 and later
      const upgrade = Deno.upgradeWebSocket(request, own);
      for (const type of ["close", "error"]) {
        upgrade.socket.addEventListener(type, () => release(socket));
      }
      return upgrade;
    } finally {
      if (write !== undefined) Object.defineProperty(socket, "write", write);
      else delete (socket as { write?: unknown }).write; // that of its class
    }
  };

  /** Sends the answer, with all that the engine has added to it. */
  send(headers: Headers): void {
    const answer = this.#answer ?? "";
    const [first = ""] = answer.split("\r\n", 1);
    this.#socket.write(`${first}\r\n${toLines(headers)}\r\n`, this.#onWritten);
  }
}

/**
 * Tells Node's side that a socket has ended: Deno takes it over and marks it as
 * destroyed, but its server would count it for ever and never be closed.
 */
function release(socket: Socket): void {
  if (socket.closed) return;
  Object.assign(socket, { destroyed: false }); // which types call read-only
  socket.destroy();
}

/** Tells a client why it gets no WebSocket. */
async function refuse(socket: Socket, response: Response): Promise<void> {
  const { status, headers } = response;
  const body = new Uint8Array(await response.arrayBuffer());
  headers.set("connection", "close");
  headers.set("content-length", `${body.length}`);
  socket.write(`HTTP/1.1 ${status} \r\n${toLines(headers)}\r\n`);
  socket.end(body, () => socket.destroy()); // whatever it still says
}

function toLines(headers: Headers): string {
  return Array.from(headers, ([name, value]) => `${name}: ${value}\r\n`).join(
    "",
  );
}
