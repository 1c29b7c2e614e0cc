import net from "node:net";
import { resetConnection } from "../_support/wire_raw.ts";
import { DEADLINE } from "../_support/within.ts";

/** How a connection ends: a reset, a polite end, or not at all. */
export type Way = "reset" | "end" | "silence";

/** A client that speaks raw TCP, so that it can break off wherever it likes. */
export class Peer {
  readonly #socket: net.Socket;
  /** What all its requests say of it. */
  readonly #query: string;
  readonly #closed: Promise<void>;
  #received = "";
  #wake: () => void = () => {};

  private constructor(socket: net.Socket, query: string) {
    this.#socket = socket;
    this.#query = query;
    this.#closed = new Promise((resolve) =>
      socket.once("close", () => resolve())
    );
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => {
      this.#received += text;
      this.#wake();
    });
    socket.on("error", () => {}); // that is what the other side did
  }

  /** Connects; all requests get `query`. */
  static connect(port: number, query = ""): Promise<Peer> {
    return new Promise((resolve, reject) => {
      const socket = net.connect(port, "127.0.0.1", () => {
        socket.off("error", reject);
        resolve(new Peer(socket, query));
      });
      socket.once("error", reject);
    });
  }

  write(text: string): void {
    this.#socket.write(text, "latin1");
  }

  /** Reads no more: what the server sends stays in its memory. */
  stall(): void {
    this.#socket.pause();
  }

  /** Waits until `pattern` has been received, and drops all up to its end. */
  async read(pattern: RegExp): Promise<RegExpExecArray> {
    const deadline = Date.now() + DEADLINE;
    for (;;) {
      const match = pattern.exec(this.#received);
      if (match !== null) {
        this.#received = this.#received.slice(match.index + match[0].length);
        return match;
      }
      if (Date.now() > deadline) {
        throw new Error(`Cannot read ${pattern}: got "${this.#received}"`);
      }
      await this.#more(deadline - Date.now());
    }
  }

  async #more(milliseconds: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      timer = setTimeout(resolve, milliseconds);
    });
    clearTimeout(timer);
  }

  /** Breaks off. After a silence, call `destroy()` some time. */
  breakOff(way: Way): void {
    if (way === "reset") resetConnection(this.#socket);
    else if (way === "end") this.#socket.end();
  }

  /** Ends the connection for good, and resolves when it has ended. */
  destroy(): Promise<void> {
    this.#socket.destroy();
    return this.#closed;
  }

  // What a client of the protocol does

  #request(method: string, query: string, body = ""): void {
    this.write(
      `${method} /socket.io/?EIO=4${this.#query}&${query} HTTP/1.1\r\nHost: localhost\r\n` +
        (method === "POST" ? `Content-Length: ${body.length}\r\n` : "") +
        `\r\n${body}`,
    );
  }

  get(query: string): void {
    this.#request("GET", query);
  }

  async post(sid: string, body: string): Promise<void> {
    this.#request("POST", `transport=polling&sid=${sid}`, body);
    await this.read(/\r\n\r\nok/);
  }

  /** Begins a session over long-polling, in the main namespace. */
  async openPolling(): Promise<string> {
    this.get("transport=polling");
    const [, sid = ""] = await this.read(/0\{"sid":"([^"]+)".*?\}/);
    await this.post(sid, "40");
    this.get(`transport=polling&sid=${sid}`);
    await this.read(/40\{"sid":"[^"]+"\}/);
    return sid;
  }

  upgrade(query: string): void {
    this.write(
      `GET /socket.io/?EIO=4${this.#query}&transport=websocket${query} HTTP/1.1\r\n` +
        "Host: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
        "Sec-WebSocket-Version: 13\r\n" +
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
    );
  }

  /** Sends a text of less than 126 characters, under a mask of zeros. */
  frame(text: string): void {
    this.write(
      String.fromCharCode(0x81, 0x80 | text.length, 0, 0, 0, 0) + text,
    );
  }

  /** Begins a session over a WebSocket, in the main namespace. */
  async openWebSocket(): Promise<void> {
    this.upgrade("");
    await this.read(/0\{"sid":"[^"]+".*?\}/);
    this.frame("40");
    await this.read(/40\{"sid":"[^"]+"\}/);
  }
}
